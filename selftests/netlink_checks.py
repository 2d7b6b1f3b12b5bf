#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The network's netlink commands, asked well and badly: netlink_checks.py CHECK GUEST-ID [GUEST-ID]. Exit 0 if it holds.

CHECK is one of the functions below; their first lines say what they believe. The first guest has a network and published no
ports, the second one has none.
"""
import errno
import os
import random
import socket
import struct
import sys
import time

sys.dont_write_bytecode = True
from genl import (CMD, CTRL, DROP, DUMP, FLOW_EVENT, FORWARD, GETPOLICY, N, NESTED, REQUEST, ACK, TUPLE, Genl, Refused, address, attr, drop_to,
                  forward, nest, number, parse, text, u8, u16, u32, u64)  # noqa: E402

TCP, UDP = 6, 17
genl = Genl()

# What each command takes: {attribute: lengths that are right}, and how it may be asked.
GUEST = {"GUEST": {4}, "GUEST_NAME": set(range(1, 65))}
TAKES = {
    "NET_GET": ({}, "do"),
    "NET_SET": ({"NET4": {4}, "PLEN4": {1}, "NET6": {16}, "PLEN6": {1}, "DNS": {4, 16}, "PORT_MIN": {2}, "PORT_MAX": {2},
                 "MAX_FLOWS": {4}, "MAX_GUEST_FLOWS": {4}, "MAX_HALF_OPEN": {4}}, "do"),
    "VIF_GET": (GUEST, "do dump"),
    "VIF_SET": (GUEST | {"POLICY": {4}}, "do"),
    "FLOW_GET": (GUEST | {"PROTO": {1}, "VERSION": {1}}, "dump"),
    "FLOW_DEL": (GUEST | {"PROTO": {1}, "VERSION": {1}, "FLOW_ID": {8}}, "do"),
    "FORWARD_GET": (GUEST, "dump"),
    "FORWARD_ADD": (GUEST | {"FORWARD": None}, "do"),
    "FORWARD_DEL": (GUEST | {"FORWARD": None}, "do"),
}
FORWARD_TAKES = {"PROTO": {1}, "VERSION": {1}, "ADDR": {4, 16}, "HOST": {2}, "PORTS": {2}, "GUEST": {2}}


def settings():
    return parse(genl.ask(CMD["NET_GET"])[0])


def vif(guest):
    return parse(genl.ask(CMD["VIF_GET"], u32(N["GUEST"], guest))[0])


def forwards(guest=None):
    """[{name: payload}] without what counts."""
    found = genl.dump(CMD["FORWARD_GET"], u32(N["GUEST"], guest) if guest else b"")
    return [{k: v for k, v in parse(f[N["FORWARD"]][0]).items() if k != FORWARD["HITS"]} for f in found]


def flows(attrs=b""):
    return genl.dump(CMD["FLOW_GET"], attrs)


def state():
    """All that commands can change and traffic does not."""
    net = {k: v for k, v in settings().items() if k not in (N["NR_FLOWS"], N["DROP"])}
    keep = [N[k] for k in "GUEST GUEST_NAME POLICY MAC IP4 IP6 MTU".split()]
    vifs = [{k: v for k, v in f.items() if k in keep} for f in genl.dump(CMD["VIF_GET"])]
    return net, vifs, forwards()


def unchanged(fn):
    def check(*guests):
        before = state()
        fn(*guests)
        assert state() == before, f"{before} has become {state()}"
    check.__doc__ = fn.__doc__
    return check


def restore(net):
    """Settings as they were; resolvers cannot be none again."""
    kept = ("DNS", "PORT_MIN", "PORT_MAX", "MAX_FLOWS", "MAX_GUEST_FLOWS", "MAX_HALF_OPEN")
    genl.ask(CMD["NET_SET"], b"".join(attr(N[name], value) for name in kept for value in net.get(N[name], [])))


def flags_of(how):
    return {"do": REQUEST | ACK, "dump": REQUEST | DUMP}[how]


def each():
    """(command, attributes it takes, flags) of every way to ask."""
    for name, (takes, ways) in TAKES.items():
        for how in ways.split():
            yield name, takes, flags_of(how)


# --- malformed ---

@unchanged
def lengths(guest, _):
    """An attribute of any wrong length is refused, with a text."""
    for name, takes, flags in each():
        for a, right in takes.items():
            for length in range(0, 70):
                if right is not None and length not in right:
                    genl.refuses_any((errno.EINVAL, errno.ERANGE), CMD[name], attr(N[a], b"x" * length), flags)


@unchanged
def strangers(guest, _):
    """Attributes that are unknown, or not this command's, are refused."""
    for name, takes, flags in each():
        for kind in (0, max(N.values()) + 1, 200, 0x3fff):
            genl.refuses(errno.EINVAL, "[Uu]nknown attribute", CMD[name], attr(kind, b"1234"), flags)
        for other in N:
            if other not in takes:
                genl.refuses(errno.EINVAL, "Unsupported attribute", CMD[name], attr(N[other], b"1234"), flags)


@unchanged
def frames(guest, _):
    """Attributes that leave the message, bytes after the last one, and headers with reserved bits are refused."""
    for name, takes, flags in each():
        command = CMD[name]
        for junk in (b"\0", b"xxx", attr(N["GUEST"], b"1234", length=3), attr(N["GUEST"], b"1234", length=9),
                     attr(N["GUEST"], b"1234", length=0xffff), attr(N["GUEST"], b"", length=0)):
            genl.refuses(errno.EINVAL, "leftover", command, junk, flags)
        for message in (genl.message(command, b"", flags, reserved=1), genl.message(command, b"", flags | 0x800)):
            code, said, _ = genl.transact(message)
            assert code == errno.EINVAL and said, f"{name}: {code} '{said}'"
        short = struct.pack("=IHHII", 16, genl.family, flags, genl.seq, 0)
        assert genl.transact(short)[0] == errno.EINVAL, f"{name} without its header"


def ways(guest, _):
    """A command that only dumps cannot be done, and the other way round; there are no others."""
    for name, (_, how) in TAKES.items():
        for other in {"do", "dump"} - set(how.split()):
            code, _, _ = genl.transact(genl.message(CMD[name], b"", flags_of(other)))
            assert code == errno.EOPNOTSUPP, f"{name} {other}: {code}"
    for command in (0, CMD["EVENT"], CMD["FLOW_EVENT"], CMD["DROP_EVENT"], max(CMD.values()) + 1, 255):
        code, _, _ = genl.transact(genl.message(command))
        assert code == errno.EOPNOTSUPP, f"command {command}: {code}"


@unchanged
def nests(guest, _):
    """A forward that is no nest, is cut, too deep, or has strangers or wrong lengths in it is refused."""
    who = u32(N["GUEST"], guest)
    whole = forward(TCP, 8080, 80)
    for name in "FORWARD_ADD", "FORWARD_DEL":
        genl.refuses(errno.EINVAL, "NLA_F_NESTED is missing", CMD[name], who + attr(N["FORWARD"], whole[4:]))
        genl.refuses(errno.EINVAL, "NLA_F_NESTED not expected", CMD[name], attr(N["GUEST"] | NESTED, struct.pack("=I", guest)) + whole)
        for cut in range(1, len(whole) - 4):
            if any(at < cut < at + length for at, length in ((0, 5), (8, 6), (16, 6))):	# within an attribute
                genl.refuses_any((errno.EINVAL, errno.ERANGE), CMD[name], who + nest(N["FORWARD"], whole[4:4 + cut]))
        for kind in [0, FORWARD["PAD"], FORWARD["HITS"], max(FORWARD.values()) + 1, 999]:
            genl.refuses_any((errno.EINVAL,), CMD[name], who + nest(N["FORWARD"], attr(kind, b"12345678")))
        for a, right in FORWARD_TAKES.items():
            for length in set(range(0, 24)) - right:
                genl.refuses_any((errno.EINVAL, errno.ERANGE), CMD[name], who + nest(N["FORWARD"], attr(FORWARD[a], b"x" * length)))
        genl.refuses(errno.EINVAL, "needed", CMD[name], who + nest(N["FORWARD"], b""))
        deep = b""
        for _ in range(200):
            deep = nest(N["FORWARD"], deep)
        genl.refuses_any((errno.EINVAL,), CMD[name], who + deep)


def fuzz(guest, _):
    """Valid messages with bytes changed, cut or doubled: an answer each time, and none that refuses changes anything."""
    who = u32(N["GUEST"], guest)
    seeds = [(CMD["NET_SET"], attr(N["DNS"], address("127.0.0.53")) + u16(N["PORT_MIN"], 61001)),
             (CMD["VIF_SET"], who + u32(N["POLICY"], 0)), (CMD["FORWARD_ADD"], who + forward(TCP, 8080, 80, 4, "127.0.0.1")),
             (CMD["FORWARD_DEL"], who + forward(UDP, 53)), (CMD["FLOW_DEL"], who + u8(N["PROTO"], TCP)),
             (CMD["VIF_GET"], text(N["GUEST_NAME"], "nobody"))]
    seed = int(os.environ.get("SEED", time.time_ns() & 0xffffffff))
    print(f"# SEED={seed}")
    rng = random.Random(seed)
    first = settings()
    before = state()
    for _ in range(2000):
        command, attrs = rng.choice(seeds)
        body = bytearray(attrs)
        for _ in range(rng.randint(1, 4)):
            body[rng.randrange(len(body))] = rng.choice((0, 1, 3, 4, 0x7f, 0x80, 0xff, rng.randrange(256)))
        body = bytes(body[:rng.randrange(4, len(body) + 1)]) * rng.choice((1, 1, 1, 2, 50))
        code, said, _ = genl.transact(genl.message(command, body, rng.choice((REQUEST | ACK, REQUEST | ACK, REQUEST | DUMP))))
        if code:
            assert said or code in (errno.EOPNOTSUPP, errno.EPERM), f"{command} {body.hex()}: {code} without a word"
            assert state() == before, f"{command} {body.hex()} was refused: {code} '{said}', and changed something"
        before = state()
    genl.ask(CMD["FORWARD_DEL"], who)
    restore(first)


# --- senseless ---

@unchanged
def guests(guest, other):
    """Unknown guests, two names or none, guests without a network: an error that says so."""
    absent, needs = u32(N["GUEST"], 0xfffffff0), {"VIF_SET": u32(N["POLICY"], 0), "FORWARD_ADD": forward(TCP, 1, 1)}
    for name, takes, flags in each():
        if "GUEST" not in takes:
            continue
        more = needs.get(name, b"")
        genl.refuses(errno.ENOENT, "no such guest: 4294967280", CMD[name], absent + more, flags)
        genl.refuses(errno.ENOENT, 'no such guest: "nobody"', CMD[name], text(N["GUEST_NAME"], "nobody") + more, flags)
        for odd in (b"a\033[1m\0", b"\xff\0", b"a b\0"):
            genl.refuses(errno.ENOENT, "the name has characters", CMD[name], attr(N["GUEST_NAME"], odd) + more, flags)
    for name, more in (("VIF_GET", b""), ("VIF_SET", u32(N["POLICY"], 0)), ("FORWARD_ADD", forward(TCP, 1, 1)), ("FORWARD_DEL", b"")):
        genl.refuses(errno.EINVAL, "a guest: one of its id and its name", CMD[name], more)
        genl.refuses(errno.ENODEV, "has no network interface", CMD[name], u32(N["GUEST"], other) + more)
    both = u32(N["GUEST"], guest) + attr(N["GUEST_NAME"], vif(guest)[N["GUEST_NAME"]][0])
    genl.refuses(errno.EINVAL, "not both", CMD["VIF_GET"], both)
    code, _, answers = genl.transact(genl.message(CMD["FLOW_GET"], both, REQUEST | DUMP))
    assert code == errno.EINVAL and not answers, f"a dump of both: {code}"


@unchanged
def forward_values(guest, _):
    """Ports, protocols and addresses that cannot be: an error that names them."""
    who, add = u32(N["GUEST"], guest), CMD["FORWARD_ADD"]
    genl.refuses(errno.EINVAL, "a forward to add is needed", add, who)
    for proto in (0, 1, 5, 58, 132, 255):
        genl.refuses(errno.EINVAL, f"IP protocol {proto}:", add, who + forward(proto, 8080, 80))
    genl.refuses(errno.ERANGE, "port 0 of the host", add, who + forward(TCP, 0, 80))
    genl.refuses(errno.ERANGE, "port 0 of the guest", add, who + forward(TCP, 80, 0))
    genl.refuses(errno.ERANGE, "0 ports", add, who + forward(TCP, 80, 80, 0))
    genl.refuses(errno.ERANGE, "10 ports of the host from 65530 on: the last is above 65535", add, who + forward(TCP, 65530, 80, 10))
    genl.refuses(errno.ERANGE, "65535 ports of the guest from 2 on", add, who + forward(TCP, 1, 2, 65535))
    for version in (0, 5, 7, 255):
        genl.refuses(errno.EINVAL, f"IP version {version}:", add, who + forward(TCP, 80, 80, version=version))
    genl.refuses(errno.EINVAL, "an address of IPv4 in a forward of IPv6", add, who + forward(TCP, 80, 80, addr="127.0.0.1", version=6))
    genl.refuses(errno.EINVAL, "an address of IPv6 in a forward of IPv4", add, who + forward(TCP, 80, 80, addr="::1", version=4))
    genl.refuses(errno.EINVAL, "multicast", add, who + forward(TCP, 80, 80, addr="224.0.0.1"))
    genl.refuses(errno.EINVAL, "multicast", add, who + forward(TCP, 80, 80, addr="ff02::1"))
    genl.refuses(errno.EINVAL, "IPv4 is given as 4 bytes", add, who + forward(TCP, 80, 80, addr="::ffff:127.0.0.1"))
    genl.refuses(errno.ENOENT, "does not publish tcp port 4711", CMD["FORWARD_DEL"], who + forward(TCP, 4711))


@unchanged
def settings_values(guest, _):
    """Prefixes, resolvers, ports and limits that cannot be: an error that says why; prefixes in use stay."""
    cmd = CMD["NET_SET"]

    def prefix4(net, plen):
        return attr(N["NET4"], address(net)) + u8(N["PLEN4"], plen)

    def prefix6(net, plen):
        return attr(N["NET6"], address(net)) + u8(N["PLEN6"], plen)

    genl.refuses(errno.EBUSY, "in use", cmd, prefix4("10.99.0.0", 16))
    genl.refuses(errno.EBUSY, "in use", cmd, prefix6("fd99::", 64) + attr(N["DNS"], address("192.0.2.1")))
    for net, plen in (("10.75.0.1", 16), ("224.0.0.0", 16), ("127.0.0.0", 16), ("169.254.0.0", 16), ("0.0.0.0", 8)):
        genl.refuses(errno.EINVAL, f"{net}/{plen} is no prefix", cmd, prefix4(net, plen))
    for net, plen in (("fd99::1", 64), ("ff02::", 64), ("fe80::", 64)):
        genl.refuses(errno.EINVAL, f"{net}/{plen} is no prefix", cmd, prefix6(net, plen))
    for plen in (0, 7, 31, 32, 255):
        genl.refuses(errno.ERANGE, f"an IPv4 prefix of {plen} bits: must be 8..30", cmd, prefix4("10.0.0.0", plen))
    for plen in (0, 47, 113, 255):
        genl.refuses(errno.ERANGE, f"an IPv6 prefix of {plen} bits: must be 48..112", cmd, prefix6("fd99::", plen))
    genl.refuses(errno.EINVAL, "address and its length", cmd, attr(N["NET4"], address("10.99.0.0")))
    genl.refuses(errno.EINVAL, "address and its length", cmd, u8(N["PLEN6"], 64))
    genl.refuses(errno.ERANGE, "ports 65000 to 64000: the first is above the last", cmd,
                 u16(N["PORT_MIN"], 65000) + u16(N["PORT_MAX"], 64000))
    genl.refuses(errno.ERANGE, "the first is above the last", cmd, u16(N["PORT_MAX"], 1))
    genl.refuses(errno.ERANGE, "port 0", cmd, u16(N["PORT_MIN"], 0))
    genl.refuses(errno.E2BIG, "more than 4 resolvers", cmd, attr(N["DNS"], address("192.0.2.1")) * 5)
    for bad in ("0.0.0.0", "255.255.255.255", "224.0.0.251", "::", "ff02::fb"):
        genl.refuses(errno.EINVAL, "resolver", cmd, attr(N["DNS"], address(bad)))
    for limit in ("MAX_FLOWS", "MAX_GUEST_FLOWS", "MAX_HALF_OPEN"):
        for value in (0, 0xffffffff):
            genl.refuses(errno.ERANGE, f"at most {value} .*: must be 1..16777216", cmd, u32(N[limit], value))


@unchanged
def other_values(guest, _):
    """Policies, protocols, versions and flows that are not there."""
    who = u32(N["GUEST"], guest)
    for policy in (8, 0x80000000, 0xffffffff):
        genl.refuses(errno.EINVAL, "has bits that mean nothing", CMD["VIF_SET"], who + u32(N["POLICY"], policy))
    genl.refuses(errno.EINVAL, "a policy is needed", CMD["VIF_SET"], who)
    for name, flags in (("FLOW_GET", REQUEST | DUMP), ("FLOW_DEL", REQUEST | ACK)):
        genl.refuses(errno.EINVAL, "IP protocol 5:", CMD[name], u8(N["PROTO"], 5), flags)
        genl.refuses(errno.EINVAL, "IP version 5:", CMD[name], u8(N["VERSION"], 5), flags)
    for absent in (0, 1 << 60):
        genl.refuses(errno.ENOENT, f"no such flow: {absent}", CMD["FLOW_DEL"], u64(N["FLOW_ID"], absent))
    genl.refuses(errno.EINVAL, "either one by its id", CMD["FLOW_DEL"], u64(N["FLOW_ID"], 1) + u8(N["PROTO"], TCP))


def denied(guest, _):
    """Who is not privileged learns nothing: no command, no group."""
    drop_to(65534)
    denied_admin(guest, _)


def denied_admin(guest, _):
    """CAP_NET_ADMIN alone, which is all that genetlink itself asks for, is not enough."""
    mine = Genl()
    for name, _, flags in each():
        code, said, answers = mine.transact(mine.message(CMD[name], b"", flags))
        assert code == errno.EPERM and not answers, f"{name}: {code} '{said}'"
    assert set(mine.groups) == {"events", "flows", "drops"}, mine.groups
    for group in mine.groups:
        try:
            mine.join(group)
        except PermissionError:
            continue
        raise AssertionError(f"joined {group}")


def gone(guest, _):
    """Of a guest that has ended nothing is published, no flow is left, and its interface is gone."""
    assert not [f for f in genl.dump(CMD["FORWARD_GET"]) if number(f[N["GUEST"]][0]) == guest]
    assert not [f for f in flows() if number(f[N["GUEST"]][0]) == guest]
    assert guest not in [number(f[N["GUEST"]][0]) for f in genl.dump(CMD["VIF_GET"])]


def policies(guest, _):
    """Anybody may ask which attributes a command takes: they are those of the table above."""
    drop_to(65534)
    ctrl = Genl()
    family, ctrl.family = ctrl.family, CTRL
    of_command, known = {}, {}
    for answer in (parse(a) for a in ctrl.ask(GETPOLICY, u16(1, family), REQUEST | DUMP)):
        for entry in answer.get(9, []):		# CTRL_ATTR_OP_POLICY
            for command, ways_to in parse(entry).items():
                of_command[command] = number(next(iter(parse(ways_to[0]).values()))[0])
        for entry in answer.get(8, []):		# CTRL_ATTR_POLICY
            for index, attributes in parse(entry).items():
                known.setdefault(index, set()).update(parse(attributes[0]))
    for name, (takes, _) in TAKES.items():
        got = known.get(of_command[CMD[name]], set())
        assert got == {N[a] for a in takes}, f"{name}: {got}, not {takes.keys()}"


# --- sensible ---

def published(guest, other):
    """A forward is listed, refused to others with its owner's name, found by what it is, and gone when removed."""
    who, add, name = u32(N["GUEST"], guest), CMD["FORWARD_ADD"], vif(guest)[N["GUEST_NAME"]][0].rstrip(b"\0").decode()
    wanted = [forward(TCP, 18080, 80), forward(UDP, 18000, 53, 10, "127.0.0.1"), forward(TCP, 18443, 443, addr="::"),
              forward(TCP, 18444, 443, version=4)]
    for one in wanted:
        genl.ask(add, who + one)
    listed = forwards(guest)
    assert len(listed) == len(wanted), listed
    first, second = listed[0], listed[1]
    assert number(first[FORWARD["HOST"]][0]) == 18080 and number(first[FORWARD["GUEST"]][0]) == 80, first
    assert FORWARD["ADDR"] not in first and FORWARD["VERSION"] not in first, first
    assert second[FORWARD["ADDR"]][0] == address("127.0.0.1") and number(second[FORWARD["PORTS"]][0]) == 10, second
    assert number(listed[2][FORWARD["VERSION"]][0]) == 6 and number(listed[3][FORWARD["VERSION"]][0]) == 4, listed
    before = state()
    genl.refuses(errno.EADDRINUSE, f"tcp port 18080 is published already, by guest {name}$", add, who + forward(TCP, 18080, 81))
    genl.refuses(errno.EADDRINUSE, f"udp ports 17995 to 18004 one is published already, by guest {name}$", add,
                 who + forward(UDP, 17995, 53, 10))
    assert state() == before
    assert count(CMD["FORWARD_DEL"], who + forward(UDP, 18000, ports=10, addr="127.0.0.1")) == 1
    genl.refuses(errno.ENOENT, "does not publish udp port 18000", CMD["FORWARD_DEL"], who + forward(UDP, 18000, ports=10, addr="127.0.0.1"))
    assert count(CMD["FORWARD_DEL"], who) == 3 and forwards(guest) == []
    assert count(CMD["FORWARD_DEL"], who) == 0


def many_forwards(guest, _):
    """256 forwards fit and are dumped in order over several buffers; the next one is refused."""
    who = u32(N["GUEST"], guest)
    for i in range(256):
        genl.ask(CMD["FORWARD_ADD"], who + forward(TCP, 20000 + i, 80))
    assert [number(f[FORWARD["HOST"]][0]) for f in forwards(guest)] == list(range(20000, 20256))
    genl.refuses(errno.ENOSPC, "has 256 forwards already", CMD["FORWARD_ADD"], who + forward(TCP, 30000, 80))
    assert count(CMD["FORWARD_DEL"], who) == 256


def count(command, attrs):
    return number(parse(genl.ask(command, attrs)[0])[N["COUNT"]][0])


def interface(guest, other):
    """The interface tells its addresses within the prefixes; the dump has the guests with one; a policy stays."""
    v, net = vif(guest), settings()
    bits = 32 - number(net[N["PLEN4"]][0])
    assert int.from_bytes(v[N["IP4"]][0], "big") >> bits == int.from_bytes(net[N["NET4"]][0], "big") >> bits, v
    assert v[N["GATEWAY4"]] == net[N["GATEWAY4"]] and v[N["GATEWAY6"]] == net[N["GATEWAY6"]], v
    assert len(v[N["MAC"]][0]) == 6 and not v[N["MAC"]][0][0] & 1, v
    ids = [number(f[N["GUEST"]][0]) for f in genl.dump(CMD["VIF_GET"])]
    assert guest in ids and other not in ids and ids == sorted(ids), ids
    assert [number(f[N["GUEST"]][0]) for f in genl.dump(CMD["VIF_GET"], u32(N["GUEST"], guest))] == [guest]
    for policy in (7, 2, 0):
        genl.ask(CMD["VIF_SET"], attr(N["GUEST_NAME"], v[N["GUEST_NAME"]][0]) + u32(N["POLICY"], policy))
        assert number(vif(guest)[N["POLICY"]][0]) == policy


def resolvers(guest, _):
    """Resolvers and limits are what was last set, the rest stays."""
    before = settings()
    dns = [address("192.0.2.53"), address("2001:db8::53")]
    genl.ask(CMD["NET_SET"], b"".join(attr(N["DNS"], a) for a in dns) + u32(N["MAX_GUEST_FLOWS"], 777))
    after = settings()
    assert after[N["DNS"]] == dns and number(after[N["MAX_GUEST_FLOWS"]][0]) == 777, after
    for name in ("NET4", "NET6", "PORT_MIN", "PORT_MAX", "MAX_FLOWS", "MAX_HALF_OPEN"):
        assert before[N[name]] == after[N[name]], name
    restore(before)


def guest_address(guest):
    return socket.inet_ntop(socket.AF_INET, vif(guest)[N["IP4"]][0])


def talk(guest, ports):
    """A datagram of this host's to each of these ports of the guest's."""
    to = guest_address(guest)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        for port in ports:
            try:
                s.sendto(b"hello", (to, port))
            except ConnectionRefusedError:
                pass


def flow_listing(guest, _):
    """A thousand flows are dumped once each, in order of their ids, over many buffers; filters choose; they go by id and filter."""
    talk(guest, range(10000, 11000))
    who = u32(N["GUEST"], guest)
    mine = [f for f in flows(who + u8(N["PROTO"], UDP) + u8(N["VERSION"], 4))]
    ids = [number(f[N["FLOW_ID"]][0]) for f in mine]
    assert ids == sorted(set(ids)) and len(ids) >= 1000, f"{len(ids)} flows, {len(set(ids))} ids"
    ports = {number(parse(f[N["ORIG"]][0])[TUPLE["DPORT"]][0]) for f in mine}
    assert ports >= set(range(10000, 11000)), f"{len(ports)} ports"
    assert all(f[N["PROTO"]][0] == bytes([UDP]) for f in mine)
    assert len(flows()) >= len(ids) and not flows(who + u8(N["VERSION"], 6) + u8(N["PROTO"], UDP))
    assert count(CMD["FLOW_DEL"], u64(N["FLOW_ID"], ids[500])) == 1
    genl.refuses(errno.ENOENT, "no such flow", CMD["FLOW_DEL"], u64(N["FLOW_ID"], ids[500]))
    left = [number(f[N["FLOW_ID"]][0]) for f in flows(who)]
    assert ids[500] not in left and ids[499] in left and ids[501] in left
    assert count(CMD["FLOW_DEL"], who + u8(N["PROTO"], UDP)) >= 999
    assert not flows(who + u8(N["PROTO"], UDP))


def flow_events(guest, _):
    """Each flow is told as new and as gone, numbers without a gap; a listener that is not there costs none."""
    listener = Genl()
    listener.socket.setsockopt(socket.SOL_SOCKET, 33, 1 << 24)	# SO_RCVBUFFORCE
    listener.join("flows")
    talk(guest, range(12000, 12200))
    count(CMD["FLOW_DEL"], u32(N["GUEST"], guest) + u8(N["PROTO"], UDP))
    told, seqs, end = {}, [], time.monotonic() + 20
    while time.monotonic() < end and sum(e == FLOW_EVENT["DESTROY"] for e in told.values()) < 200:
        for kind, _, _, payload in listener.receive(1):
            a = parse(payload[4:])
            seqs.append(number(a[N["SEQ"]][0]))
            port, event = number(parse(a[N["ORIG"]][0])[TUPLE["DPORT"]][0]), number(a[N["EVENT"]][0])
            assert payload[0] == CMD["FLOW_EVENT"] and kind == listener.family
            if 12000 <= port < 12200:
                assert (port in told) == (event != FLOW_EVENT["NEW"]), f"port {port}: event {event} after {told.get(port)}"
                told[port] = event
    assert len(told) == 200 and set(told.values()) == {FLOW_EVENT["DESTROY"]}, f"{len(told)} flows told: {set(told.values())}"
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs))), "a gap in the numbers"


def flow_burst(guest, _):
    """A listener that does not listen gets ENOBUFS and a gap, nothing stands still."""
    listener = Genl()
    listener.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    listener.join("flows")
    for _ in range(5):
        talk(guest, range(13000, 13400))
        count(CMD["FLOW_DEL"], u32(N["GUEST"], guest) + u8(N["PROTO"], UDP))
    time.sleep(1)
    try:
        while listener.receive(0):
            pass
    except OSError as err:
        assert err.errno == errno.ENOBUFS, err
    else:
        raise AssertionError("two thousand events fitted into 4 KiB")


def drops(attributes):
    """{name: count}"""
    entries = [parse(e) for e in attributes.get(N["DROP"], [])]
    return {e[DROP["NAME"]][0].rstrip(b"\0").decode(): number(e[DROP["COUNT"]][0]) for e in entries}


def absent_address():
    """One of the guests' prefix that no guest has."""
    net = settings()
    taken = {v[N["IP4"]][0] for v in genl.dump(CMD["VIF_GET"])} | {net[N["GATEWAY4"]][0]}
    first = int.from_bytes(net[N["NET4"]][0], "big")
    return next(socket.inet_ntoa(a) for a in ((first + i).to_bytes(4, "big") for i in range(77, 9999)) if a not in taken)


def drop_events(guest, _):
    """What is dropped is told by name, at most once a second, with what was added; nothing if nothing was."""
    listener, to = Genl(), absent_address()
    listener.join("drops")
    time.sleep(2.5)
    while listener.receive(0):
        pass
    before, told, times, sent, start = drops(settings()), {}, [], 0, time.monotonic()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        while time.monotonic() - start < 7:
            if time.monotonic() - start < 3.5:
                try:
                    s.sendto(b"nobody is there", (to, 9))
                    sent += 1
                except OSError:
                    pass	# the answer to an earlier one
            for _, _, _, payload in listener.receive(0.05):
                a = parse(payload[4:])
                if number(a[N["GUEST"]][0]):
                    continue
                times.append(number(a[N["TIME"]][0]))
                for name, added in drops(a).items():
                    told[name] = told.get(name, 0) + added
    after = drops(settings())
    added = {name: after[name] - before.get(name, 0) for name in after if after[name] != before.get(name, 0)}
    assert sent and sum(added.values()) >= sent and told == added, f"{sent} sent, {added} dropped, {told} told"
    assert 2 <= len(times) <= 6 and all(b - a > 900_000_000 for a, b in zip(times, times[1:])), f"told at {times}"


def refuses_any(self, codes, command, attrs, flags=REQUEST | ACK):
    code, said, answers = self.transact(self.message(command, attrs, flags))
    assert code in codes and said and not answers, f"{command} {attrs.hex()}: {errno.errorcode.get(code, code)} '{said}'"


Genl.refuses_any = refuses_any


def main():
    ids = [int(a) for a in sys.argv[2:]]
    try:
        globals()[sys.argv[1]](*ids)
    except Refused as err:
        sys.exit(f"refused: {err}")
    except AssertionError as err:
        sys.exit(f"{sys.argv[1]}: {err}")


main()
