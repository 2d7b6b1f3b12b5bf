#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What stands before registries and tells what it is sent: registry_front.py DIR FRONT…

A FRONT is NAME:PORT[,WORD=VALUE…]; NAME is also the host it listens at. Each request becomes a line in DIR/sent:
NAME METHOD PATH AUTHORIZATION CLIENT-CERTIFICATE, "-" for what is not there. Words:
  to=PORT        what is asked goes there, to 127.0.0.1, and its answer back
  tls=yes        with DIR/server.pem; a client's certificate by DIR/ca.pem is taken
  blobs=URL      blobs are redirected there
  moved=URL      everything is
  realm=URL      in place of the one a registry names
  basic=yes      everything wants Basic credentials, any
  token=post|get a token server, which takes forms or does not; user:secret and the identity token "identity" are known to it
  proxy=yes      a proxy, for CONNECT and plain requests
"""
import base64, http.client, json, os, re, select, socket, ssl, subprocess, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

top = sys.argv[1]
log = open(os.path.join(top, "sent"), "a", buffering=1)


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def make_token(scopes):
    """As docker-registry checks it: signed with the key of the certificate beside."""
    der = ssl.PEM_cert_to_DER_cert(open(os.path.join(top, "token.pem")).read().split("-----END PRIVATE KEY-----\n")[-1])
    now = int(time.time())
    access = [dict(zip(("type", "name", "actions"), (*s.rsplit(":", 1)[0].split(":", 1), ["pull"]))) for s in scopes]
    parts = [{"typ": "JWT", "alg": "RS256", "x5c": [base64.b64encode(der).decode()]},
             {"iss": "issuer", "sub": "", "aud": "service", "exp": now + 300, "nbf": now - 10, "iat": now, "jti": "1", "access": access}]
    text = b".".join(encode(json.dumps(p).encode()) for p in parts)
    signed = subprocess.run(["openssl", "dgst", "-sha256", "-sign", os.path.join(top, "token.pem")], input=text, capture_output=True, check=True)
    return (text + b"." + encode(signed.stdout)).decode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def record(self):
        auth = self.headers.get("Authorization", "-").replace(" ", "_")[:60]
        cert = isinstance(self.connection, ssl.SSLSocket) and self.connection.getpeercert()
        log.write(f"{self.server.name} {self.command} {self.path} {auth} {'cert' if cert else '-'}\n")

    def reply(self, status, body=b"", headers=()):
        self.send_response(status)
        for key, value in headers:
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self):
        self.record()
        words = self.server.words
        if "moved" in words:
            return self.reply(307, b"", [("Location", words["moved"])])
        if "token" in words:
            return self.token(parse_qs(urlsplit(self.path).query))
        if "basic" in words and "Authorization" not in self.headers:
            return self.reply(401, b"{}", [("WWW-Authenticate", 'Basic realm="front"')])
        if "blobs" in words and "/blobs/" in self.path:
            return self.reply(307, b"", [("Location", words["blobs"] + self.path)])
        if "to" in words:
            return self.forward("127.0.0.1", int(words["to"]), self.path)
        if "proxy" in words:
            url = urlsplit(self.path)
            return self.forward(url.hostname, url.port or 80, url.path)
        return self.reply(404, b'{"errors":[{"code":"NAME_UNKNOWN","message":"nothing here"}]}')

    do_HEAD = do_GET

    def forward(self, host, port, path):
        upstream = http.client.HTTPConnection(host, port, timeout=20)
        upstream.request(self.command, path, headers={k: v for k, v in self.headers.items() if k != "Host"})
        answer = upstream.getresponse()
        body = answer.read()
        headers = [(k, v) for k, v in answer.getheaders() if k.lower() not in ("content-length", "connection", "transfer-encoding")]
        if "realm" in self.server.words:
            headers = [(k, re.sub('realm="[^"]*"', f'realm="{self.server.words["realm"]}"', v)) for k, v in headers]
        self.reply(answer.status, body, headers)

    def do_POST(self):
        self.record()
        form = parse_qs(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())
        if "moved" in self.server.words:
            return self.reply(307, b"", [("Location", self.server.words["moved"])])
        if self.server.words.get("token") != "post":
            return self.reply(405)
        if form.get("grant_type") != ["refresh_token"] or form.get("service") != ["service"] or form.get("refresh_token") != ["identity"]:
            return self.reply(400, b'{"error":"invalid_grant"}')
        return self.reply(200, json.dumps({"access_token": make_token(form["scope"][0].split())}).encode())

    def token(self, query):
        known = ["Basic " + base64.b64encode(c).decode() for c in (b"user:secret", b"<token>:identity")]
        auth, scopes = self.headers.get("Authorization"), query.get("scope", [])
        if auth not in known and (auth or not all(s.startswith("repository:public/") for s in scopes)):
            return self.reply(401, b"{}")
        return self.reply(200, json.dumps({"token": make_token(scopes)}).encode())

    def do_CONNECT(self):
        self.record()
        host, port = self.path.rsplit(":", 1)
        self.close_connection = True
        with socket.create_connection((host, int(port)), 20) as far:
            self.send_response(200)
            self.end_headers()
            ends = {self.connection: far, far: self.connection}
            while True:
                for end in select.select(list(ends), [], [], 20)[0]:
                    data = end.recv(65536)
                    if not data:
                        return
                    ends[end].sendall(data)


class Server(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        pass  # clients that hang up, or that do not trust us

    def finish_request(self, request, client_address):
        if "tls" in self.words:  # the handshake in the connection's thread
            request = self.context.wrap_socket(request, server_side=True)
        super().finish_request(request, client_address)


def start(front):
    place, *words = front.split(",")
    name, port = place.split(":")
    server = Server((name, int(port)), Handler)
    server.name, server.words = name, dict(w.split("=", 1) for w in words)
    if "tls" in server.words:
        server.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.context.load_cert_chain(os.path.join(top, "server.pem"))
        server.context.load_verify_locations(os.path.join(top, "ca.pem"))
        server.context.verify_mode = ssl.CERT_OPTIONAL
    threading.Thread(target=server.serve_forever, daemon=True).start()


for front in sys.argv[2:]:
    start(front)
print("ready", flush=True)
threading.Event().wait()
