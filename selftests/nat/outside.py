#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""outside.py DIR: the world outside dom0 (world.py draws it) while it runs: far serves DIR by HTTP on port 80 and, on 7000,
bytes and echoes; so does near; a resolver on 127.0.0.53 knows far's addresses as far.example. Says "ready", then what
far's HTTP server is asked."""
import functools
import http.server
import signal
import socket
import struct
import sys
import threading

import world


class Server(http.server.ThreadingHTTPServer):
    def __init__(self, version, directory):
        self.address_family = world.FAMILIES[version]
        handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=directory)
        super().__init__((("0.0.0.0", "::")[version == 6], 80), handler)

    def server_bind(self):
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        socket.socket.bind(self.socket, self.server_address)
        self.server_name, self.server_port = "far.example", 80


def serve_http(directory):
    for version in world.VERSIONS:
        with world.at("far"):
            server = Server(version, directory)
        threading.Thread(target=server.serve_forever, daemon=True).start()


def answer(query):
    """far.example has two addresses; no other name exists (RFC 1035, section 4)."""
    end = query.index(b"\0", 12) + 5
    kind, = struct.unpack(">H", query[end - 4:end - 2])
    known = query[12:end - 4].lower() == b"\3far\7example\0"
    data = {1: socket.inet_aton(world.FAR[0]), 28: socket.inet_pton(socket.AF_INET6, world.FAR[1])}.get(kind, b"") if known else b""
    record = b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(data)) + data if data else b""
    return query[:2] + struct.pack(">HHHHH", 0x8580 if known else 0x8583, 1, 1 if record else 0, 0, 0) + query[12:end] + record


def serve_names():
    s = world.udp("host", 4)
    s.settimeout(None)
    s.bind(("127.0.0.53", 53))
    while True:
        query, peer = s.recvfrom(4096)
        s.sendto(answer(query), peer)


def main(directory):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    world.build_outside()
    try:
        held = [world.Service("far"), world.Service("near")]
        serve_http(directory)
        threading.Thread(target=serve_names, daemon=True).start()
        print("ready", len(held), flush=True)
        threading.Event().wait()
    finally:
        world.sh("ip link del up0; ip link del up1; ip netns del near; ip netns del far", check=False)


main(sys.argv[1])
