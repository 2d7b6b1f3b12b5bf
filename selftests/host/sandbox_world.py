#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Who there is to talk to for sandbox.sh: prints a TCP port of 127.0.0.1 where connections are taken and nothing is ever said.

Names end in .test and mean 127.0.0.1, by the DNS at 127.0.0.2; it sends who asks for long.test by UDP to TCP. What asks for any
other name gets none. @sandbox-test and /run/daemon are sockets of daemons."""
import os
import socket
import socketserver
import struct
import threading


class Silent(socketserver.BaseRequestHandler):
    def handle(self):
        while self.request.recv(4096):
            pass


class Threads(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = allow_reuse_address = True


class UnixThreads(Threads):
    address_family = socket.AF_UNIX


def answer(query, udp):
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]])
        at += 1 + query[at]
    kind = struct.unpack_from("!H", query, at + 1)[0]
    question, known = query[12:at + 5], labels[-1] == b"test"
    cut = udp and labels[0] == b"long"
    data = b"\xc0\x0c" + struct.pack("!HHIH4B", 1, 1, 60, 4, 127, 0, 0, 1) if known and kind == 1 and not cut else b""
    flags = 0x8180 | (0x200 if cut else 0) | (0 if known else 3)
    return query[:2] + struct.pack("!HHHHH", flags, 1, 1 if data else 0, 0, 0) + question + data


class ByUdp(socketserver.BaseRequestHandler):
    def handle(self):
        query, sock = self.request
        sock.sendto(answer(query, True), self.client_address)


class ByTcp(socketserver.StreamRequestHandler):
    def handle(self):
        while head := self.rfile.read(2):
            reply = answer(self.rfile.read(struct.unpack("!H", head)[0]), False)
            self.wfile.write(struct.pack("!H", len(reply)) + reply)


silent = Threads(("127.0.0.1", 0), Silent)
servers = [silent, socketserver.ThreadingUDPServer(("127.0.0.2", 53), ByUdp), Threads(("127.0.0.2", 53), ByTcp),
           UnixThreads("\0sandbox-test", Silent), UnixThreads("/run/daemon", Silent)]
os.chmod("/run/daemon", 0o666)
for server in servers:
    threading.Thread(target=server.serve_forever).start()
print(silent.server_address[1], flush=True)
