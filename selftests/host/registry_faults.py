#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A registry that misbehaves as the repository's name says: registry_faults.py LOG. Prints its port; logs requests to LOG."""
import gzip, hashlib, io, json, sys, tarfile, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

OCI = "application/vnd.oci.image."
log = open(sys.argv[1], "a", buffering=1)
USER = "Basic dXNlcjpzZWNyZXQ="  # user:secret


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def make_image(files, os="linux", arch="amd64"):
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    layer = gzip.compress(raw.getvalue(), mtime=0)
    config = json.dumps({"os": os, "architecture": arch, "config": {"Cmd": ["/hello"]},
                         "rootfs": {"type": "layers", "diff_ids": [digest(raw.getvalue())]}}).encode()
    return pack(config, layer)


def pack(config, layer):
    manifest = json.dumps({"schemaVersion": 2, "mediaType": OCI + "manifest.v1+json",
                           "config": {"mediaType": OCI + "config.v1+json", "digest": digest(config), "size": len(config)},
                           "layers": [{"mediaType": OCI + "layer.v1.tar+gzip", "digest": digest(layer),
                                       "size": len(layer)}]}).encode()
    return {"manifest": manifest, digest(config): config, digest(layer): layer, "layer": digest(layer)}


image = make_image([("hello", b"hello\n" * 40000)])
arm = make_image([("hello", b"arm")], arch="arm64")
diffid = dict(image)
config = json.loads(next(v for k, v in image.items() if v[:5] == b'{"os"'))
config["rootfs"]["diff_ids"] = [digest(b"something else")]
diffid = pack(json.dumps(config).encode(), image[image["layer"]])
bomb = make_image([("zeros", b"\0" * (64 << 20))])
images = {"arm": arm, "diffid": diffid, "zeros": bomb}


def index_of(manifest, depth=0, arch="amd64"):
    body = json.dumps({"schemaVersion": 2, "mediaType": OCI + "index.v1+json", "manifests": [
        {"mediaType": OCI + ("index" if depth else "manifest") + ".v1+json", "digest": digest(manifest), "size": len(manifest),
         "platform": {"os": "linux", "architecture": arch}}]}).encode()
    return body


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def reply(self, status, body=b"", headers=(), length=None):
        self.send_response(status)
        for key, value in headers:
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)
        if length is not None and length != len(body):
            self.close_connection = True

    def error(self, status, code, message, headers=()):
        self.reply(status, json.dumps({"errors": [{"code": code, "message": message}]}).encode(), headers)

    def do_GET(self):
        auth = self.headers.get("Authorization", "-")
        log.write(f"{self.server.server_port} {self.path} {auth}\n")
        path = self.path.split("?")[0]
        if path == "/token":
            return self.token(auth)
        if path == "/elsewhere":
            return self.reply(200, image[image["layer"]])
        if path == "/guarded":
            return self.reply(401, b"", [("WWW-Authenticate", f'Bearer realm="{self.base()}/token",service="s"')])
        parts = path.split("/")
        if len(parts) < 5 or parts[1] != "v2":
            return self.error(404, "UNSUPPORTED", "no")
        self.repo, self.kind, self.object = "/".join(parts[2:-2]), parts[-2], parts[-1]
        if not self.authorized(auth):
            return None
        return self.manifest() if self.kind == "manifests" else self.blob()

    def base(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def token(self, auth):
        if "private" in self.path and auth != USER:
            return self.reply(401)
        if "evil" in self.path:
            return self.reply(200, json.dumps({"token": "a\r\nX-Injected: 1"}).encode())
        return self.reply(200, json.dumps({"access_token": "good"}).encode())

    def authorized(self, auth):
        realm = f'Bearer realm="{self.base()}/token",service="the \\"service\\"",scope="repository:{self.repo}:pull,push"'
        if self.repo in ("token", "private", "evil") and auth != "Bearer good":
            self.error(401, "UNAUTHORIZED", "who are you?", [("WWW-Authenticate", "Negotiate"), ("WWW-Authenticate", realm)])
        elif self.repo == "basic" and auth != USER:
            self.error(401, "UNAUTHORIZED", "who are you?", [("WWW-Authenticate", 'Basic realm="r"')])
        elif self.repo == "loop":
            self.error(401, "UNAUTHORIZED", "never enough", [("WWW-Authenticate", realm)])
        elif self.repo == "cleartoken":
            self.error(401, "UNAUTHORIZED", "x", [("WWW-Authenticate", 'Bearer realm="http://192.0.2.1/token"')])
        elif self.repo == "expired" and self.kind == "blobs" and auth == "Bearer good" and not expired.is_set():
            expired.set()
            self.error(401, "UNAUTHORIZED", "expired", [("WWW-Authenticate", realm)])
        elif self.repo == "expired" and auth != "Bearer good":
            self.error(401, "UNAUTHORIZED", "who are you?", [("WWW-Authenticate", realm)])
        else:
            return True
        return False

    def manifest(self):
        body = images.get(self.repo, image)["manifest"]
        kind, headers = OCI + "manifest.v1+json", []
        if self.repo == "absent":
            return self.error(404, "MANIFEST_UNKNOWN", "manifest \x1b[31munknown")
        if self.repo == "denied":
            return self.error(403, "DENIED", "go away")
        if self.repo == "limited":
            return self.error(429, "TOOMANYREQUESTS", "slow down")
        if self.repo == "broken":
            return self.reply(500, b"<html>oops")
        if self.repo == "huge":
            body = b" " * (5 << 20)
        if self.repo == "endless":
            self.send_response(200)
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b" " * 65536)
            except OSError:
                self.close_connection = True
            return None
        if self.repo == "schema1":
            body, kind = b'{"schemaVersion":1,"name":"x","fsLayers":[]}', "application/vnd.docker.distribution.manifest.v1+prettyjws"
        if self.repo == "both":
            body = body[:-1] + b',"manifests":[]}'
        if self.repo == "lying":
            headers.append(("Docker-Content-Digest", digest(b"other")))
        if self.repo == "otherarch":
            body, kind = index_of(body, arch="arm64"), OCI + "index.v1+json"
        if self.repo == "index" and not self.object.startswith("sha256"):
            body, kind = index_of(body), OCI + "index.v1+json"
        if self.repo == "swapped":  # the index's entry has one digest, the registry sends another document
            if self.object.startswith("sha256"):
                body = body.replace(b"2,", b"2 ,", 1)
            else:
                body, kind = index_of(body), OCI + "index.v1+json"
        return self.reply(200, body, headers + [("Content-Type", kind + "; charset=utf-8")])

    def blob(self):
        store = images.get(self.repo, image)
        body = store.get(self.object)
        if body is None:
            return self.error(404, "BLOB_UNKNOWN", "blob unknown")
        if self.object != store["layer"]:
            return self.reply(200, body)
        if self.repo == "flipped":
            return self.reply(200, body[:20] + bytes([body[20] ^ 1]) + body[21:])
        if self.repo == "short":
            return self.reply(200, body[:-1])
        if self.repo == "cut":
            return self.reply(200, body[: len(body) // 2], length=len(body))
        if self.repo == "long":
            return self.reply(200, body + b"x")
        if self.repo == "chunked":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for at in range(0, len(body), 100):
                piece = body[at : at + 100]
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")
            return None
        if self.repo == "nolayer":
            return self.error(404, "BLOB_UNKNOWN", "blob unknown")
        target = {"redirect": f"http://127.0.0.1:{other.server_port}/elsewhere", "basic": f"http://127.0.0.1:{other.server_port}/elsewhere",
                  "redirected401": f"http://127.0.0.1:{other.server_port}/guarded", "outside": "http://192.0.2.1/x",
                  "file": "file:///etc/passwd", "circle": self.path}.get(self.repo)
        if target:
            return self.reply(307, b"", [("Location", target)])
        return self.reply(200, body)


class Server(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        pass  # clients that hang up are what we are here for


expired = threading.Event()
other = Server(("127.0.0.1", 0), Handler)
server = Server(("127.0.0.1", 0), Handler)
threading.Thread(target=other.serve_forever, daemon=True).start()
print(server.server_port, other.server_port, flush=True)
server.serve_forever()
