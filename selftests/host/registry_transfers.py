#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A registry whose transfers go wrong as the repository's name says: registry_transfers.py LOG. Prints its two ports.

LOG gets a line for each request, "PORT PATH RANGE AUTHORIZATION", and "sent PATH BYTES" when as much of a blob was sent."""
import base64, email.utils, gzip, hashlib, io, json, random, sys, tarfile, threading, time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

OCI = "application/vnd.oci.image."
log = open(sys.argv[1], "a", buffering=1)
asked = Counter()  # requests so far, by repository and object
issued = {}  # tokens and when


def digest(data, algorithm="sha256"):
    return f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}"


def make_layer(seed, size):
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as tar:
        info = tarfile.TarInfo(f"file{seed}")
        info.size = size
        tar.addfile(info, io.BytesIO(random.Random(seed).randbytes(size)))
    return raw.getvalue(), gzip.compress(raw.getvalue(), 1, mtime=0)


def make_image(layers, algorithm="sha256", config_extra=(), layer_extra=()):
    """layers: pairs of what is in a blob and the blob."""
    config = json.dumps({"os": "linux", "architecture": "amd64", "config": {"Cmd": ["/x"]},
                         "rootfs": {"type": "layers", "diff_ids": [digest(raw) for raw, _ in layers]}}).encode()
    entry = lambda kind, blob, extra: {"mediaType": OCI + kind, "digest": digest(blob, algorithm), "size": len(blob), **dict(extra)}
    if "data" in dict(config_extra):
        config_extra = {"data": base64.b64encode(config_extra["data"] or config).decode()}
    manifest = json.dumps({"schemaVersion": 2, "mediaType": OCI + "manifest.v1+json",
                           "config": entry("config.v1+json", config, config_extra),
                           "layers": [entry("layer.v1.tar+gzip", blob, layer_extra) for _, blob in layers]}).encode()
    return {"manifest": manifest, "config": digest(config, algorithm), digest(config, algorithm): config,
            **{digest(blob, algorithm): blob for _, blob in layers}}


layers = [make_layer(seed, 200000) for seed in range(3)]
usual = make_image(layers)
images = {
    "sha512": make_image(layers, "sha512"),
    "empty": make_image([]),
    "zerolayer": make_image([layers[0], (b"", b"")]),
    "data": make_image(layers, config_extra={"data": None}),
    "baddata": make_image(layers, config_extra={"data": b"{}"}),
    "large": make_image([make_layer(7, 8 << 20)]),
    "two": make_image([make_layer(seed, 2 << 20) for seed in (8, 9)]),
    "die": make_image([make_layer(11, 4 << 20)]),
}
images["small"] = images["two"]
images["along"] = images["large"]
images["early"] = make_image([(b"not what is in it", layers[0][1]), make_layer(12, 8 << 20)])

# How many bytes of the rest of a blob to send before the connection is closed; the first two times, or always.
drops = {"drop-0": lambda n: 0, "drop-1": lambda n: 1, "drop-half": lambda n: n // 2, "drop-last": lambda n: n - 1,
         "pieces": lambda n: min(n, 20000), "never": lambda n: 0}
for name in ("noranges", "badrange", "tworanges", "othersize", "range416", "stall", "expiring", "drop-nolength", "drop-moved", "tired"):
    drops[name] = drops["drop-half"]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def reply(self, status, body=b"", headers=()):
        self.send_response(status)
        for key, value in headers:
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.auth, self.range = self.headers.get("Authorization", "-"), self.headers.get("Range", "-")
        log.write(f"{self.server.server_port} {self.path} {self.range} {self.auth}\n")
        path = self.path.split("?")[0]
        if path == "/token":
            token = f"t{len(issued)}"
            issued[token] = time.monotonic()
            short = "expiring" in self.path or "shortlived" in self.path
            return self.reply(200, json.dumps({"token": token, "expires_in": 1 if short else 300}).encode())
        if path == "/guarded":
            return self.reply(401, b"", [("WWW-Authenticate", self.challenge("x"))])
        if path.startswith("/foreign/"):
            return self.blob("foreign", usual[path.split("/")[2]])
        parts = path.split("/")
        name, self.kind, self.object = "/".join(parts[2:-2]), parts[-2], parts[-1]
        self.repo = name.removesuffix("-mirror")  # the same once more, from the first request on
        self.count = asked[name, self.object] = asked[name, self.object] + 1
        return self.fault() or (self.manifest() if self.kind == "manifests" else self.send())

    def challenge(self, repo):
        return f'Bearer realm="http://127.0.0.1:{self.server.server_port}/token",service="s",scope="repository:{repo}:pull"'

    def fault(self):
        """Faults that are an answer, or none; True if that was all."""
        repo, first = self.repo, self.count <= 2
        if repo == "expiring" and time.monotonic() - issued.get(self.auth[7:], 0) > 1:
            self.reply(401, b"", [("WWW-Authenticate", self.challenge(repo))])
        elif repo == "shortlived" and self.auth == "-":
            self.reply(401, b"", [("WWW-Authenticate", self.challenge(repo))])
        elif repo == "fickle" and self.kind == "blobs":  # says no to every token
            self.reply(401, b"", [("WWW-Authenticate", self.challenge(repo))])
        elif repo in ("secret", "moved") and self.auth != "Basic dXNlcjpzZWNyZXQ=":
            self.reply(401, b"", [("WWW-Authenticate", 'Basic realm="r"')])
        elif repo == "drop-before" and first:
            self.close_connection = True
        elif repo == "drop-inside" and first:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Le")
            self.close_connection = True
        elif repo == "busy503" and first:
            self.reply(503)
        elif repo == "always503" or (repo == "tired" and self.kind == "blobs" and 2 <= self.count <= 7):
            self.reply(503)
        elif repo == "wait429" and self.count == 1:
            self.reply(429, b"", [("Retry-After", "1"), ("RateLimit-Limit", "100;w=60"), ("RateLimit-Remaining", "0;w=60")])
        elif repo == "date503" and self.count == 1:
            self.reply(503, b"", [("Retry-After", email.utils.formatdate(time.time() + 2, usegmt=True))])
        elif repo == "later429":
            self.reply(429, b"", [("Retry-After", "3600")])
        elif repo == "gone":
            self.reply(404)
        elif repo in ("bad400", "no403"):
            self.reply(int(repo[-3:]))
        elif self.kind == "blobs" and repo == "moved":
            self.reply(307, b"x" * 9000, [("Location", f"http://127.0.0.1:{other.server_port}/v2/drop-moved/blobs/{self.object}")])
        elif self.kind == "blobs" and repo in ("foreign", "foreign401", "foreignhttp", "secret") and self.object != usual["config"]:
            self.reply(404)
        elif self.kind == "blobs" and repo == "data" and self.object == images["data"]["config"]:
            self.reply(404)
        else:
            return False
        return True

    def manifest(self):
        body, headers = images.get(self.repo, usual)["manifest"], [("Content-Type", OCI + "manifest.v1+json")]
        there = f"http://127.0.0.1:{other.server_port}"
        urls = {"foreign": f"{there}/foreign/", "secret": f"{there}/foreign/", "foreign401": f"{there}/guarded?",
                "foreignhttp": "http://192.0.2.1/"}
        if self.repo in urls:
            manifest = json.loads(body)
            for layer in manifest["layers"]:
                layer["urls"] = [urls[self.repo] + layer["digest"]]
            body = json.dumps(manifest).encode()
        if self.repo == "warn":
            headers += [("Warning", f'299 - "old \x1b[31mstuff {i % 3}"') for i in range(9)]
            headers.append(("Warning", f'299 - "{"x" * 5000}"'))
        if self.repo == "shortlived":
            time.sleep(1.2)
        if self.repo == "low":
            headers += [("RateLimit-Limit", "100;w=21600"), ("RateLimit-Remaining", "3;w=21600")]
        self.reply(200, body, headers)

    def send(self):
        body = images.get(self.repo, usual).get(self.object)
        return self.reply(404) if body is None else self.blob(self.repo, body)

    def blob(self, repo, body):
        if repo == "endless":
            return self.endless()
        start = int(self.range[6:-1]) if self.range != "-" and repo != "noranges" else 0
        if repo == "range416" and start:
            return self.reply(416, b"", [("Content-Range", f"bytes */{len(body)}")])
        self.head(repo, body, start)
        rest = body[start:]
        cut = repo in drops and (self.count <= 2 or repo in ("pieces", "never"))
        self.trickle(repo, rest[: drops[repo](len(rest))] if cut else rest)
        if cut and repo in ("stall", "expiring"):
            time.sleep(4 if repo == "stall" else 1.2)
        self.close_connection |= cut
        return None

    def head(self, repo, body, start):
        self.send_response(206 if start else 200)
        if start:
            first, size = (0 if repo == "badrange" else start), len(body) + (repo == "othersize")
            for _ in range(2 if repo == "tworanges" else 1):
                self.send_header("Content-Range", f"bytes {first}-{len(body) - 1}/{size}")
        if repo == "drop-nolength":
            self.close_connection = True
        else:
            self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()

    def trickle(self, repo, data):
        slow = {"large": 0.02, "two": 0.01, "small": 0.01, "die": 0.02, "slow": 0.01, "early": 0.05, "along": 0.02}.get(repo, 0)
        piece = 4096 if repo == "slow" else 65536
        sent = 0
        try:
            for at in range(0, len(data), piece):
                self.wfile.write(data[at : at + piece])
                sent += len(data[at : at + piece])
                time.sleep(slow)
        finally:
            log.write(f"sent {self.path} {sent}\n")

    def endless(self):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        sent = 0
        try:
            while sent < 1 << 30:
                self.wfile.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")
                sent += 65536
        finally:
            log.write(f"sent {self.path} {sent}\n")
            self.close_connection = True


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # clients that hang up are what we are here for


other = Server(("127.0.0.1", 0), Handler)
server = Server(("127.0.0.1", 0), Handler)
threading.Thread(target=other.serve_forever, daemon=True).start()
print(server.server_port, other.server_port, flush=True)
server.serve_forever()
