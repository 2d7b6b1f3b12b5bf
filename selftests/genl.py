# SPDX-License-Identifier: GPL-2.0-or-later
"""A generic netlink client of a few lines that can also send what no library would; the words of hypha_netlink.h.

netlink_spec.py holds the lists of names to the header.
"""
import errno
import os
import re
import select
import socket
import struct


def numbers(text, start=1):
    return {name: start + i for i, name in enumerate(text.split())}


CMD = numbers("""GUEST_GET EVENT NET_GET NET_SET VIF_GET VIF_SET FLOW_GET FLOW_DEL FORWARD_GET FORWARD_ADD FORWARD_DEL
    FLOW_EVENT DROP_EVENT""")
N = numbers("""PAD GUEST GUEST_NAME EVENT SEQ TIME COUNT NET4 PLEN4 NET6 PLEN6 GATEWAY4 GATEWAY6 DNS PORT_MIN PORT_MAX MAX_FLOWS
    MAX_GUEST_FLOWS MAX_HALF_OPEN NR_FLOWS NR_HALF_OPEN STATE POLICY MAC GATEWAY_MAC IP4 IP6 MTU FEATURES QUEUE DROP FLOW_ID
    FLOW_FLAGS FLOW_STATE VERSION PROTO ORIG REPLY AGE REMAINING FORWARD""")
FORWARD = numbers("PAD PROTO VERSION ADDR HOST PORTS GUEST HITS")
TUPLE = numbers("PAD FROM SRC DST SPORT DPORT PACKETS BYTES")
DROP = numbers("PAD REASON NAME COUNT")
FLOW_EVENT = numbers("NEW UPDATE DESTROY", 0)

NLMSG_ERROR, NLMSG_DONE = 2, 3
REQUEST, MULTI, ACK, DUMP, CAPPED, ACK_TLVS = 1, 2, 4, 0x300, 0x100, 0x200
DUMP_INTR = 0x10
NESTED = 0x8000
SOL_NETLINK, ADD_MEMBERSHIP, CAP_ACK, EXT_ACK = 270, 1, 10, 11
CTRL, GETFAMILY, GETPOLICY = 16, 3, 10


class Refused(Exception):
    def __init__(self, code, text):
        super().__init__(f"{errno.errorcode.get(code, code)}: {text}")
        self.code, self.text = code, text


def attr(kind, payload=b"", length=None):
    """One attribute, padded; @length: what it claims to be, header included."""
    head = struct.pack("=HH", 4 + len(payload) if length is None else length, kind)
    return head + payload + b"\0" * (-len(payload) % 4)


def u8(kind, value):
    return attr(kind, struct.pack("=B", value))


def u16(kind, value):
    return attr(kind, struct.pack("=H", value))


def u32(kind, value):
    return attr(kind, struct.pack("=I", value))


def u64(kind, value):
    return attr(kind, struct.pack("=Q", value))


def text(kind, value):
    return attr(kind, value.encode() + b"\0")


def nest(kind, payload):
    return attr(kind | NESTED, payload)


def address(value):
    return socket.inet_pton(socket.AF_INET6 if ":" in value else socket.AF_INET, value)


def forward(proto, host, guest=None, ports=None, addr=None, version=None):
    """HYPHA_N_FORWARD; what is None is left out."""
    parts = [u8(FORWARD["PROTO"], proto), u16(FORWARD["HOST"], host)]
    parts += [u8(FORWARD["VERSION"], version)] if version is not None else []
    parts += [u16(FORWARD["GUEST"], guest)] if guest is not None else []
    parts += [u16(FORWARD["PORTS"], ports)] if ports is not None else []
    parts += [attr(FORWARD["ADDR"], address(addr))] if addr is not None else []
    return nest(N["FORWARD"], b"".join(parts))


def parse(data):
    """{type: [payload, …]}"""
    out, at = {}, 0
    while at + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, at)
        assert 4 <= length <= len(data) - at, f"attribute {kind} of {length} bytes, {len(data) - at} are left"
        out.setdefault(kind & 0x3fff, []).append(data[at + 4:at + length])
        at += (length + 3) & ~3
    return out


def number(payload):
    return int.from_bytes(payload, "little")


class Genl:
    def __init__(self, family="hypha"):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
        self.socket.bind((0, 0))
        for option in CAP_ACK, EXT_ACK:
            self.socket.setsockopt(SOL_NETLINK, option, 1)
        self.seq = 1
        self.family = CTRL
        family_attrs = parse(self.ask(GETFAMILY, text(2, family), version=1)[0])
        self.family = number(family_attrs[1][0])
        self.groups = {}
        for entry in parse(family_attrs[7][0]).values():
            group = parse(entry[0])
            self.groups[group[1][0].rstrip(b"\0").decode()] = number(group[2][0])

    def message(self, command, attrs=b"", flags=REQUEST | ACK, version=1, reserved=0):
        self.seq += 1
        body = struct.pack("=BBH", command, version, reserved) + attrs
        return struct.pack("=IHHII", 16 + len(body), self.family, flags, self.seq, 0) + body

    def join(self, group):
        self.socket.setsockopt(SOL_NETLINK, ADD_MEMBERSHIP, self.groups[group])

    def receive(self, timeout=10):
        """[(type, flags, seq, payload)] of one datagram; [] if none came."""
        if not select.select([self.socket], [], [], timeout)[0]:
            return []
        data, out, at = self.socket.recv(1 << 17), [], 0
        while at + 16 <= len(data):
            length, kind, flags, seq, _ = struct.unpack_from("=IHHII", data, at)
            out.append((kind, flags, seq, data[at + 16:at + length]))
            at += (length + 3) & ~3
        return out

    def transact(self, message):
        """(errno, text, [attributes of each answer]): all until an ack, an error or the end of a dump."""
        self.socket.send(message)
        answers, seq = [], struct.unpack_from("=I", message, 8)[0]
        self.interrupted = False
        while True:
            messages = self.receive()
            assert messages, "no answer within 10 s"
            for kind, flags, its, payload in messages:
                if its != seq:
                    continue
                self.interrupted |= bool(flags & DUMP_INTR)
                if kind == NLMSG_ERROR:
                    return self.error(payload, flags, 20, answers)
                if kind == NLMSG_DONE:
                    return self.error(payload, flags, 4, answers)
                answers.append(payload[4:])

    @staticmethod
    def error(payload, flags, at, answers):
        code = -struct.unpack_from("=i", payload)[0]
        said = parse(payload[at:]).get(1, [b""])[0] if flags & ACK_TLVS else b""
        return code, said.rstrip(b"\0").decode(errors="replace"), answers

    def ask(self, command, attrs=b"", flags=REQUEST | ACK, version=1):
        code, said, answers = self.transact(self.message(command, attrs, flags, version))
        if code:
            raise Refused(code, said)
        return answers

    def dump(self, command, attrs=b""):
        return [parse(a) for a in self.ask(command, attrs, REQUEST | DUMP)]

    def refuses(self, code, pattern, command, attrs=b"", flags=REQUEST | ACK):
        """The command is refused with this error and a text that matches."""
        got, said, _ = self.transact(self.message(command, attrs, flags))
        names = {v: k for k, v in CMD.items()}
        what = f"{names.get(command, command)} {attrs.hex()}: {errno.errorcode.get(got, got)} '{said}'"
        assert got == code, f"{what}, not {errno.errorcode[code]}"
        assert said and re.search(pattern, said), f"{what}, not '{pattern}'"


def drop_to(uid):
    """Be nobody: no capability is left."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
