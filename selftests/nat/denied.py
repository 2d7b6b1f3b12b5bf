# SPDX-License-Identifier: GPL-2.0-or-later
"""What a guest cannot do: reach the host or another guest, pretend to be somebody else, take more than its share."""
import errno
import socket
import struct
import time

import world
from allowed import check, fails
from paths import checksum
from world import FAR, HOST, SERVICE, VERSIONS, Service, connect, drops, echo, guest_address, nr_flows, udp

REFUSED = [errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EACCES, errno.ETIMEDOUT, errno.EAGAIN, None]
TO_GUEST, TO_HOST = 2, 4    # HYPHA_POLICY_*


def denied(guest, address, reason, port=SERVICE):
    before = drops(guest, reason)
    fails(REFUSED, lambda: connect(guest, address, port, timeout=1))
    with udp(guest, 6 if ":" in address else 4) as s:
        s.settimeout(0.5)
        s.connect((address, port))
        s.send(b"x")
        fails(REFUSED, lambda: s.recv(1))
    check(drops(guest, reason) >= before + 2, f"{address}: drops of {reason}: {before}, then {drops(guest, reason)}")


def the_host_is_out_of_reach():
    with Service("host"):
        for version in VERSIONS:
            for device in HOST:
                denied("a", HOST[device][version == 6], "to-host")
            denied("a", world.gateway(version), "to-host")
            with connect("near", HOST["up0"][version == 6], SERVICE) as s:
                check(world.give(s, 100), "the service was not there at all")


def unless_a_policy_allows_it():
    with Service("host"):
        world.command(f"policy 1 {TO_HOST}")
        try:
            for version in VERSIONS:
                with connect("a", HOST["up0"][version == 6], SERVICE) as s:
                    check(world.give(s, 100000) and world.take(s, 100000), f"IPv{version}")
                with udp("a", version) as s:
                    check(echo(s, HOST["up0"][version == 6], b"u" * 1300) == b"u" * 1300, f"IPv{version} UDP")
        finally:
            world.command("policy 1 0")
        denied("a", HOST["up0"][0], "to-host")


def other_guests_are_out_of_reach():
    with Service("b"):
        for version in VERSIONS:
            denied("a", guest_address("b", version), "to-guest")


def unless_a_policy_lets_them_talk():
    with Service("b"):
        world.command(f"policy 1 {TO_GUEST}")
        world.command(f"policy 2 {TO_GUEST}")
        try:
            for version in VERSIONS:
                with connect("a", guest_address("b", version), SERVICE) as s:
                    check(world.peer_of(s)[0] == guest_address("a", version), "under another address")
                    check(world.give(s, 100000) and world.take(s, 100000), f"IPv{version}")
        finally:
            world.command("policy 1 0")
            world.command("policy 2 0")
        denied("a", guest_address("b", 4), "to-guest")


def outsiders_cannot_reach_guests():
    """A neighbour that routes to the prefix by the host: though the host forwards, no flow begins."""
    sh = world.sh
    forwarding = "sysctl -qw net.ipv4.ip_forward={0} net.ipv6.conf.all.forwarding={0}"
    sh(forwarding.format(1))
    with Service("a"):
        for version, via in ((4, HOST["up0"][0]), (6, HOST["up0"][1])):
            prefix = world.state()["prefix"][0][version == 6]
            sh(f"ip -n near -{version} route add {prefix} via {via}")
            try:
                fails(REFUSED, lambda v=version: connect("near", guest_address("a", v), SERVICE, timeout=1))
            finally:
                sh(f"ip -n near -{version} route del {prefix}")
    sh(forwarding.format(0))


def silence_beyond_flows():
    """Who was never asked does not get in, though port and address are a flow's."""
    with Service("far"), udp("a", 4) as s:
        port = int(echo(s, FAR[0], b"peer").decode().split()[1])
        with udp("near", 4) as stranger:
            for _ in range(5):
                stranger.sendto(b"stranger", (HOST["up0"][0], port))
        s.settimeout(0.5)
        fails([None, errno.EAGAIN], lambda: s.recv(100))
        check(echo(s, FAR[0], b"still") == b"still", "the flow itself")


# --- forged frames: each must be counted under its reason, and reach nobody ---

def ip4(src, dst, proto, payload, ident=1, frag=0, options=b"", ttl=64):
    head = struct.pack(">BBHHHBBH", 0x45 + len(options) // 4, 0, 20 + len(options) + len(payload), ident, frag, ttl, proto, 0)
    head += socket.inet_aton(src) + socket.inet_aton(dst) + options
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + payload


def ip6(src, dst, proto, payload, hops=64):
    return (struct.pack(">IHBB", 6 << 28, len(payload), proto, hops) + socket.inet_pton(socket.AF_INET6, src) +
            socket.inet_pton(socket.AF_INET6, dst) + payload)


def sum6(src, dst, proto, payload, at):
    pseudo = (socket.inet_pton(socket.AF_INET6, src) + socket.inet_pton(socket.AF_INET6, dst) +
              struct.pack(">II", len(payload), proto))
    return payload[:at] + struct.pack(">H", checksum(pseudo + payload)) + payload[at + 2:]


def datagram(port=SERVICE, data=b"forged"):
    return struct.pack(">HHHH", 5555, port, 8 + len(data), 0) + data


def icmp6(src, dst, kind, body):
    return ip6(src, dst, 58, sum6(src, dst, 58, struct.pack(">BBH", kind, 0, 0) + body, 2), 255)


def arp(op, mac, sender, target):
    return (struct.pack(">HHBBH", 1, 0x800, 6, 4, op) + mac + socket.inet_aton(sender) + bytes(6) + socket.inet_aton(target))


class Wire:
    """The guest's own end, raw."""

    def __init__(self, name):
        words = world.guest_state(name)
        self.mac, self.gateway = (bytes.fromhex(words[i].replace(":", "")) for i in (2, 9))
        self.ip4, self.ip6 = words[3], words[4]
        with world.at(name):
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        self.socket.bind(("eth0", 0))

    def send(self, kind, payload, src=None, dst=None):
        frame = (dst or self.gateway) + (src or self.mac) + struct.pack(">H", kind) + payload
        self.socket.send(frame.ljust(60, b"\0"))


def forgeries(w):
    """reason → frames that must be dropped for it."""
    far4, far6, stranger4, stranger6 = FAR[0], FAR[1], "10.75.9.9", "2001:db8:66::1"
    all_nodes, link_local = "ff02::1", "fe80::1234"
    gateway4, gateway6 = world.state()["gateway"][0]
    b4, b6 = guest_address("b", 4), guest_address("b", 6)
    udp4, udp6 = (17, datagram()), (17, sum6(stranger6, far6, 17, datagram(), 6))
    source_route = b"\x83\x07\x04" + socket.inet_aton(FAR[0]) + b"\0"
    advertise = struct.pack(">BBHII", 64, 0, 1800, 0, 0)
    return (
        ("spoof-mac", [(0x800, ip4(w.ip4, far4, *udp4), b"\2\0\0\0\0\x99"), (0x86dd, ip6(w.ip6, far6, *udp6), b"\2\0\0\0\0\x99")]),
        ("spoof-ip4", [(0x800, ip4(stranger4, far4, *udp4)), (0x800, ip4(b4, far4, *udp4)), (0x800, ip4(HOST["up0"][0], far4, *udp4)),
                       (0x800, ip4(gateway4, far4, *udp4))]),
        ("spoof-ip6", [(0x86dd, ip6(stranger6, far6, *udp6)), (0x86dd, ip6(b6, far6, *udp6)), (0x86dd, ip6(gateway6, far6, *udp6))]),
        ("spoof-arp", [(0x806, arp(1, w.mac, b4, gateway4)), (0x806, arp(2, w.mac, gateway4, gateway4)),
                       (0x806, arp(1, b"\2\0\0\0\0\x99", w.ip4, gateway4))]),
        ("spoof-nd", [(0x86dd, icmp6(link_local, all_nodes, 134, advertise)),
                      (0x86dd, icmp6(link_local, w.ip6, 137, bytes(36)))]),
        ("source", [(0x800, ip4(w.ip4, w.ip4, *udp4))]),
        ("header", [(0x800, ip4(w.ip4, far4, *udp4, options=source_route)), (0x800, b"\x44" + ip4(w.ip4, far4, *udp4)[1:]),
                    (0x86dd, b"\x50" + ip6(w.ip6, far6, *udp6)[1:])]),
        ("short", [(0x800, ip4(w.ip4, far4, 6, b"\0" * 10)), (0x86dd, ip6(w.ip6, far6, 6, b"\0" * 10))]),
        ("proto", [(0x800, ip4(w.ip4, far4, 47, bytes(20))), (0x86dd, ip6(w.ip6, far6, 132, bytes(20)))]),
        ("ethertype", [(0x88cc, bytes(50)), (0x8100, bytes(50))]),
        ("multicast", [(0x800, ip4(w.ip4, "224.0.0.251", *udp4)), (0x86dd, ip6(w.ip6, "ff02::fb", *udp6))]),
        ("link-local", [(0x800, ip4(w.ip4, "169.254.169.254", *udp4)), (0x86dd, ip6(w.ip6, "fe80::9999", *udp6))]),
    )


def forged_frames_are_dropped_by_name():
    w = Wire("a")
    wrong = []
    with udp("far", 4) as far4, udp("far", 6) as far6:
        far6.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        for s, any_address in ((far4, "0.0.0.0"), (far6, "::")):
            s.bind((any_address, SERVICE))
            s.settimeout(0.2)
        for reason, frames in forgeries(w):
            for nr, (kind, payload, *src) in enumerate(frames):
                before = drops("a", reason)
                w.send(kind, payload, *src)
                if not world.within(2, lambda r=reason, n=before: drops("a", r) > n):
                    wrong.append(f"{reason} {nr}: {before}, then {drops('a', reason)}")
        for s in (far4, far6):
            try:
                wrong.append(f"far got {s.recvfrom(2000)}")
            except socket.timeout:
                pass
    check(not wrong, "\n".join(wrong))


def dhcp_and_strangers_neighbours_get_no_answer():
    w, gateway = Wire("a"), socket.inet_aton(world.gateway(4))
    with world.at("a"):
        ears = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    ears.bind(("eth0", 3))
    w.send(0x800, ip4("0.0.0.0", "255.255.255.255", 17, struct.pack(">HHHH", 68, 67, 308, 0) + bytes(300)), dst=b"\xff" * 6)
    w.send(0x806, arp(1, w.mac, w.ip4, "10.75.0.77"), dst=b"\xff" * 6)
    w.send(0x806, arp(1, w.mac, w.ip4, guest_address("b", 4)), dst=b"\xff" * 6)
    ears.settimeout(0.1)
    end = time.monotonic() + 1
    while time.monotonic() < end:
        try:
            frame, address = ears.recvfrom(2000)
        except socket.timeout:
            continue
        if address[2] == socket.PACKET_OUTGOING:
            continue
        check(frame[12:14] != b"\x08\x06" or frame[28:32] == gateway, f"an answer: {frame.hex()}")
        check(frame[23:24] != b"\x11", f"a datagram: {frame.hex()}")


def damage_passes_or_drops_but_harms_nothing():
    """Ten thousand frames of noise and half truths; then all is as it was."""
    import random
    w, rng = Wire("a"), random.Random(75)
    whole = [ip4(w.ip4, FAR[0], 17, datagram()), ip6(w.ip6, FAR[1], 17, datagram()), ip4(w.ip4, FAR[0], 1, b"\x08\0\xf7\xff" + bytes(60)),
             ip4(w.ip4, FAR[0], 1, b"\x03\x04\0\0\0\0\5\0" + ip4(FAR[0], w.ip4, 6, bytes(20))), ip4(w.ip4, FAR[0], 6, bytes(40)),
             icmp6(w.ip6, FAR[1], 2, struct.pack(">I", 1280) + ip6(FAR[1], w.ip6, 17, datagram())), arp(1, w.mac, w.ip4, w.ip4),
             ip6(w.ip6, FAR[1], 0, b"\x3c\0" + bytes(6) + b"\x2b\0" + bytes(6) + b"\x11\0" + bytes(6) + datagram())]
    for _ in range(10000):
        packet = bytearray(rng.choice(whole))
        for _ in range(rng.randrange(1, 4)):
            packet[rng.randrange(len(packet))] = rng.randrange(256)
        kind = {4: 0x800, 6: 0x86dd}.get(packet[0] >> 4, 0x806)
        w.send(kind, bytes(packet[:rng.randrange(1, len(packet) + 1)] if rng.random() < .3 else packet))
    with Service("far"), udp("b", 4) as s:
        check(echo(s, FAR[0], b"alive") == b"alive", "the other guest")
    world.command("flush 0")


def overlapping_fragments_are_dropped():
    w = Wire("a")
    whole = datagram(data=b"A" * 1200)
    with udp("far", 4) as far:
        far.bind(("0.0.0.0", SERVICE))
        far.settimeout(1)
        before = drops("a", "fragment")
        w.send(0x800, ip4(w.ip4, FAR[0], 17, whole[:800], ident=7, frag=0x2000))
        w.send(0x800, ip4(w.ip4, FAR[0], 17, whole[400:], ident=7, frag=50))
        fails([None, errno.EAGAIN], lambda: far.recv(2000))
        # And honest ones, out of order, are put together.
        w.send(0x800, ip4(w.ip4, FAR[0], 17, whole[800:], ident=8, frag=100))
        w.send(0x800, ip4(w.ip4, FAR[0], 17, whole[:800], ident=8, frag=0x2000))
        check(far.recv(2000) == b"A" * 1200, "honest fragments")
        check(drops("a", "fragment") >= before, "counter")


# --- its share ---

def limits(line=None):
    old = " ".join(world.state()["limits"][0])
    if line:
        world.command(f"limits {line}")
    return old


def flows_are_bounded_per_guest():
    old = limits("4096 100 1000")
    held = []
    try:
        with Service("far"):
            for _ in range(150):
                s = udp("a", 4)
                s.sendto(b"x", (FAR[0], SERVICE))
                held.append(s)
            check(nr_flows("a") <= 100, f"{nr_flows('a')} flows")
            with udp("b", 4) as s:
                check(echo(s, FAR[0], b"mine") == b"mine", "the other guest's")
    finally:
        limits(old)
        for s in held:
            s.close()
        world.command("flush 0")


def unanswered_flows_make_room():
    """Who floods silence can still talk to those who answer, and what was answered stays."""
    old = limits("4096 100 1000")
    try:
        with Service("far"), connect("a", FAR[0], SERVICE) as kept:
            w = Wire("a")
            for port in range(2000):
                w.send(0x800, ip4(w.ip4, "198.18.7.7", 17, struct.pack(">HHHH", 10000 + port, 9, 14, 0) + b"flood!"))
            world.within(2, lambda: nr_flows("a") >= 100)
            check(nr_flows("a") <= 100, f"{nr_flows('a')} flows")
            with udp("a", 4) as s:
                check(echo(s, FAR[0], b"room") == b"room", "its own new flow")
            check(world.give(kept, 10000), "the connection from before the flood")
    finally:
        limits(old)
        world.command("flush 0")


def half_open_connections_are_bounded():
    old = limits("4096 1000 20")
    world.sh("ip -n near route add blackhole 198.18.7.7")
    try:
        w = Wire("a")
        for port in range(200):
            syn = struct.pack(">HHIIHHHH", 10000 + port, 80, 1, 0, 0x5002, 1000, 0, 0)
            pseudo = socket.inet_aton(w.ip4) + socket.inet_aton("198.18.7.7") + struct.pack(">HH", 6, len(syn))
            syn = syn[:16] + struct.pack(">H", checksum(pseudo + syn)) + syn[18:]
            w.send(0x800, ip4(w.ip4, "198.18.7.7", 6, syn))
        time.sleep(0.3)
        half_open = int(world.guest_state("a")[8])
        check(0 < half_open <= 20, f"{half_open} half-open")
        with Service("far"):
            for guest in ("a", "b"):
                with connect(guest, FAR[0], SERVICE) as s:
                    check(world.give(s, 100), guest)
    finally:
        limits(old)
        world.sh("ip -n near route del blackhole 198.18.7.7")
        world.command("flush 0")


def the_whole_table_is_bounded():
    """One guest fills it with silence; the other's new flows all work."""
    old = limits("200 200 1000")
    try:
        with Service("far"):
            w = Wire("a")
            for port in range(1000):
                w.send(0x800, ip4(w.ip4, "198.18.7.7", 17, struct.pack(">HHHH", 10000 + port, 9, 14, 0) + b"flood!"))
            world.within(2, lambda: nr_flows("a") >= 150)
            for nr in range(50):
                with udp("b", 4) as s:
                    check(echo(s, FAR[0], b"%d" % nr) == b"%d" % nr, f"flow {nr}")
            check(int(world.state()["flows"][0][0]) <= 200, world.state()["flows"])
    finally:
        limits(old)
        world.command("flush 0")


def a_guest_that_goes_takes_its_flows_along():
    with Service("far"), Service("b"):
        world.command(f"forward 2 tcp 0 :: 8080 1 {SERVICE}")
        s = connect("b", FAR[0], SERVICE)
        other = connect("a", FAR[0], SERVICE)
        world.ask(s, "give 100000000")
        world.detach("b")
        check(all(f[1] != "2" for f in world.flows()), "flows left")
        check(not world.state().get("forward"), "forwards left")
        check(world.give(other, 1 << 20), "the other guest's connection")
        s.close()
        other.close()
        fails([errno.ECONNREFUSED], lambda: connect("far", HOST["up0"][0], 8080))
        world.attach("b")
    with Service("far"), connect("b", FAR[0], SERVICE) as s:
        check(world.give(s, 100000), "the one that came after it")


def addresses_are_unique():
    mac = world.guest_state("a")[2]
    world.link("gc", "", "cc", "near")
    try:
        for words, want in (
                (f"gc 3 {mac} 10.75.0.9 :: 1500", errno.EADDRINUSE), ("gc 3 02:00:00:00:00:33 10.75.0.2 :: 1500", errno.EADDRINUSE),
                (f"gc 3 02:00:00:00:00:33 10.75.0.9 {guest_address('a', 6)} 1500", errno.EADDRINUSE),
                ("gc 3 02:00:00:00:00:33 10.75.0.1 :: 1500", errno.EADDRNOTAVAIL), ("gc 3 02:00:00:00:00:33 10.75.255.255 :: 1500", errno.EADDRNOTAVAIL),
                ("gc 3 02:00:00:00:00:33 192.0.2.9 :: 1500", errno.ERANGE), ("gc 3 02:00:00:00:00:33 10.75.0.9 2001:db8::9 1500", errno.ERANGE),
                ("gc 3 01:00:00:00:00:33 10.75.0.9 :: 1500", errno.EINVAL)):
            fails([want], lambda words=words: world.command(f"attach {words}"))
        world.command("attach gc 3 00:00:00:00:00:00 0.0.0.0 :: 1500")
        words = next(words for words in world.state()["guest"] if words[0] == "3")
        check(words[3].startswith("10.75.") and words[3] not in ("10.75.0.0", "10.75.0.1", "10.75.0.2", "10.75.0.3"), words[3])
        world.command("detach 3")
    finally:
        world.sh("ip link del gc")


TESTS = [
    the_host_is_out_of_reach, unless_a_policy_allows_it, other_guests_are_out_of_reach, unless_a_policy_lets_them_talk,
    outsiders_cannot_reach_guests, silence_beyond_flows, forged_frames_are_dropped_by_name,
    dhcp_and_strangers_neighbours_get_no_answer, damage_passes_or_drops_but_harms_nothing, overlapping_fragments_are_dropped,
    flows_are_bounded_per_guest, unanswered_flows_make_room, half_open_connections_are_bounded, the_whole_table_is_bounded,
    a_guest_that_goes_takes_its_flows_along, addresses_are_unique,
]
