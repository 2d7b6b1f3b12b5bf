# SPDX-License-Identifier: GPL-2.0-or-later
"""What a guest can do: reach the outside, be reached by forwards and from the host, ask for names."""
import concurrent.futures
import errno
import socket
import struct
import time

import world
from world import FAR, HOST, NEAR, SERVICE, VERSIONS, Service, connect, drops, echo, give, peer_of, run, take, udp

MiB = 1 << 20


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def fails(want, call):
    """Does @call fail with one of the errnos @want? Returns how long it took."""
    start = time.monotonic()
    try:
        call()
    except OSError as e:
        check(e.errno in want, f"{e!r}, wanted one of {[errno.errorcode.get(w, w) for w in want]}")
        return time.monotonic() - start
    raise AssertionError("it succeeded")


def gateway_answers_ping():
    for address in (world.gateway(4), world.gateway(6), world.guest_state("a")[10] + "%eth0"):
        status, said = run("a", "ping", "-n", "-c", "2", "-W", "5", "-s", "1000", address)
        check(status == 0, said)


def gateway_advertises_itself():
    world.sh("ip netns exec b sysctl -qw net.ipv6.conf.eth0.accept_ra=2 net.ipv6.conf.eth0.forwarding=0")
    world.sh("ip -n b link set eth0 down; ip -n b link set eth0 up")
    try:
        check(world.within(15, lambda: "proto ra" in world.sh("ip -n b -6 route show default")), world.sh("ip -n b -6 route"))
        link_local = world.sh("ip -n b -6 addr show dev eth0 scope link")
        check("dadfailed" not in link_local, link_local)
    finally:
        world.reconfigure("b")


def ping_out():
    for version in VERSIONS:
        for size in ("56", "1400"):
            status, said = run("a", "ping", "-n", "-c", "3", "-i", "0.3", "-W", "5", "-s", size, FAR[version == 6])
            check(status == 0 and " 0% packet loss" in said, said)


def large_pings_go_in_fragments():
    status, said = run("a", "ping", "-n", "-c", "3", "-i", "0.3", "-W", "5", "-s", "6000", FAR[0])
    check(status == 0, said)


def fragments_of_ipv6_are_counted():
    """They are not carried: docs/network.md says so."""
    before = drops("a", "fragment")
    status, said = run("a", "ping", "-n", "-c", "1", "-W", "1", "-s", "3000", FAR[1])
    check(status and drops("a", "fragment") >= before + 3, said)


def tcp_out_carries_data_both_ways():
    with Service("far"):
        for version in VERSIONS:
            with connect("a", FAR[version == 6], SERVICE) as s:
                check(give(s, 8 * MiB), f"IPv{version}: what came in is damaged")
                check(take(s, 8 * MiB), f"IPv{version}: what went out is damaged")


def without_offloads_too():
    """Checksums complete, no super-packets: the other half of each rewriter."""
    off = "tx off tso off gso off gro off"
    world.sh(f"ip netns exec a ethtool -K eth0 {off}; ip netns exec near ethtool -K n0 {off}; ethtool -K ga gro off")
    try:
        with Service("far"):
            for version in VERSIONS:
                with connect("a", FAR[version == 6], SERVICE) as s:
                    check(give(s, MiB) and take(s, MiB), f"IPv{version}")
                with udp("a", version) as s:
                    check(echo(s, FAR[version == 6], b"x" * 1001) == b"x" * 1001, f"IPv{version} UDP")
    finally:
        on = off.replace("off", "on")
        world.sh(f"ip netns exec a ethtool -K eth0 {on}; ip netns exec near ethtool -K n0 {on}")


def peers_see_the_route_s_address_and_our_ports():
    low, high = map(int, world.state()["ports"][0])
    with Service("far"):
        for version in VERSIONS:
            with connect("a", FAR[version == 6], SERVICE) as s:
                address, port = peer_of(s)
                check(address == HOST["up0"][version == 6] and low <= port <= high, f"{address} {port}")
            with udp("a", version) as s:
                address, port = echo(s, FAR[version == 6], b"peer").decode().split()
                check(address == HOST["up0"][version == 6] and low <= int(port) <= high, f"{address} {port}")


def udp_of_any_size():
    with Service("far"):
        for version in VERSIONS:
            with udp("a", version) as s:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * MiB)
                for size in (0, 1, 1452) + (1473, 9000, 32768, 65507) * (version == 4):    # fragments: IPv4's only
                    data = world.noise(size)
                    check(echo(s, FAR[version == 6], data) == data, f"IPv{version}, {size} bytes")


def udp_without_checksum():
    with Service("far", versions=(4,)), udp("a", 4) as s:
        s.setsockopt(socket.SOL_SOCKET, 11, 1)    # SO_NO_CHECK
        check(echo(s, FAR[0], b"unchecked") == b"unchecked", "it is lost")


def sixty_four_connections_at_once():
    def one(nr):
        with connect("ab"[nr % 2], FAR[nr // 2 % 2], SERVICE, timeout=30) as s:
            return give(s, 65536) and take(s, 65536)

    with Service("far"), concurrent.futures.ThreadPoolExecutor(16) as pool:
        check(all(pool.map(one, range(64))), "some got damaged data")


def resets_pass():
    with Service("far"):
        for version in VERSIONS:
            with connect("a", FAR[version == 6], SERVICE) as s:
                world.ask(s, "reset")
                fails([errno.ECONNRESET], lambda s=s: s.recv(1))


def closed_ports_are_refused_at_once():
    for version in VERSIONS:
        took = fails([errno.ECONNREFUSED], lambda v=version: connect("a", FAR[v == 6], 9))
        check(took < 1, f"{took:.1f} s")
        with udp("a", version) as s:
            s.connect((FAR[version == 6], 9))
            s.send(b"x")
            took = fails([errno.ECONNREFUSED], lambda s=s: s.recv(1))
            check(took < 1, f"{took:.1f} s")


# --- forwards ---

def forward(guest, proto, host, to, nr=1, version=0, addr="::", undo=False):
    world.command(f"{'un' * undo}forward {world.GUEST[guest][1]} {proto} {version} {addr} {host} {nr} {to}")


def talks(ns, address, port, size=3000):
    version = 6 if ":" in address else 4
    with connect(ns, address, port) as s:
        check(give(s, MiB) and take(s, MiB), f"damaged data through {address} {port}")
        tcp = peer_of(s)[0]
    with udp(ns, version) as s:
        data = b"y" * (size if version == 4 else 1300)
        check(echo(s, address, data, port) == data, f"UDP through {address} {port}")
        return tcp, echo(s, address, b"peer", port).decode().split()[0]


def forwards_reach_the_guest():
    for proto in ("tcp", "udp"):
        forward("a", proto, 8080, SERVICE)
    try:
        with Service("a"):
            for version in VERSIONS:
                far = FAR[version == 6]
                check(talks("far", HOST["up0"][version == 6], 8080) == (far, far), "the guest does not see who asks")
                check(talks("far", HOST["up1"][version == 6], 8080) == (far, far), "by the other address")
    finally:
        for proto in ("tcp", "udp"):
            forward("a", proto, 8080, SERVICE, undo=True)
    fails([errno.ECONNREFUSED], lambda: connect("far", HOST["up0"][0], 8080))


def forwards_work_from_the_host_itself():
    """Up to the guest's MTU: loopback sets DF on datagrams that fit it, and learns no MTU of a path."""
    for proto in ("tcp", "udp"):
        forward("a", proto, 8080, SERVICE)
    try:
        with Service("a"):
            for version in VERSIONS:
                talks("host", HOST["up0"][version == 6], 8080, 1300)
    finally:
        for proto in ("tcp", "udp"):
            forward("a", proto, 8080, SERVICE, undo=True)


def forwards_by_range_and_address():
    forward("a", "tcp", 8000, SERVICE, nr=3)
    forward("b", "tcp", 8100, SERVICE, version=4, addr=HOST["up1"][0])
    try:
        with Service("a", SERVICE + 2), Service("b"):
            connect("far", HOST["up0"][0], 8002).close()
            fails([errno.ECONNREFUSED], lambda: connect("far", HOST["up0"][0], 8001))
            connect("far", HOST["up1"][0], 8100).close()
            fails([errno.ECONNREFUSED], lambda: connect("far", HOST["up0"][0], 8100))
    finally:
        forward("a", "tcp", 8000, SERVICE, nr=3, undo=True)
        forward("b", "tcp", 8100, SERVICE, version=4, addr=HOST["up1"][0], undo=True)


def forwards_that_overlap_are_refused():
    forward("a", "tcp", 8000, 80, nr=10)
    try:
        fails([errno.EADDRINUSE], lambda: forward("b", "tcp", 8005, 80))
        fails([errno.EADDRINUSE], lambda: forward("a", "tcp", 7995, 80, nr=6))
        fails([errno.EINVAL], lambda: forward("b", "tcp", 0, 80))
        fails([errno.EINVAL], lambda: forward("b", "tcp", 65535, 80, nr=2))
        forward("b", "udp", 8005, 80)
        forward("b", "udp", 8005, 80, undo=True)
        check(len(world.state()["forward"]) == 1, world.state()["forward"])
    finally:
        forward("a", "tcp", 8000, 80, nr=10, undo=True)


def hairpin():
    """A guest asks for a published port of the host's: another's, or its own."""
    for proto in ("tcp", "udp"):
        forward("b", proto, 8080, SERVICE)
    try:
        with Service("b"):
            for version in VERSIONS:
                for guest in ("a", "b"):
                    talks(guest, HOST["up0"][version == 6], 8080)
    finally:
        for proto in ("tcp", "udp"):
            forward("b", proto, 8080, SERVICE, undo=True)


def host_reaches_guests_by_address():
    with Service("a"):
        for version in VERSIONS:
            address = world.guest_address("a", version)
            talks("host", address, SERVICE)
            status, said = run("host", "ping", "-n", "-c", "2", "-W", "5", address)
            check(status == 0, said)
            fails([errno.ECONNREFUSED], lambda address=address: connect("host", address, 9))


# --- names ---

def query(name):
    return struct.pack(">HHHHHH", 0x1234, 0x0100, 1, 0, 0, 0) + bytes([len(name)]) + name + b"\0\0\1\0\1"


def resolver(version, address):
    """Answers each query with the query itself, marked as an answer; over TCP with its length before it."""
    class Resolver(Service):
        @staticmethod
        def echo(s):
            data, peer = s.recvfrom(4096)
            s.sendto(data[:2] + b"\x81" + data[3:], peer)

        @staticmethod
        def accept(s):
            c, _ = s.accept()
            with c:
                data = c.recv(4096)
                c.sendall(data[:4] + b"\x81" + data[5:])

    return Resolver("host", 53, (address, address), (version,))


def asks_names(guest, server):
    version, ask = 6 if ":" in server else 4, query(b"example")
    with udp(guest, version) as s:
        got = echo(s, server, ask, 53)
        check(got == ask[:2] + b"\x81" + ask[3:], f"UDP: {got!r}")
    with connect(guest, server, 53) as s:
        s.sendall(struct.pack(">H", len(ask)) + ask)
        got = world.read_all(s)
        check(got[2:4] == ask[:2] and got[4] == 0x81, f"TCP: {got!r}")


def names_are_asked_of_the_host_s_resolver():
    """Even if that listens on a loopback address only."""
    with resolver(4, "127.0.0.53"):
        world.command("dns 127.0.0.53")
        asks_names("a", world.gateway(4))


def names_are_asked_over_ipv6():
    with resolver(6, "::1"):
        world.command("dns ::1")
        asks_names("a", world.gateway(6))


def names_are_asked_of_a_resolver_outside():
    world.command(f"dns {NEAR['n0'][0]} {NEAR['n0'][1]}")
    with Service("near", 53):
        for version in VERSIONS:
            with udp("a", version) as s:
                check(echo(s, world.gateway(version), b"peer", 53).decode().split()[0] == HOST["up0"][version == 6], "who asks")


# --- what stays the host's ---

def host_sockets_keep_their_ports():
    """Two of three ports are taken by connections of the host's to the same remote: the guest gets the third."""
    low, high = map(int, world.state()["ports"][0])
    with Service("far"):
        for version in VERSIONS:
            far, mine = FAR[version == 6], HOST["up0"][version == 6]
            kept = [connect("host", far, SERVICE, bind=(mine, port)) for port in (62001, 62002)]
            world.command("ports 62001 62003")
            try:
                with connect("a", far, SERVICE) as s:
                    check(peer_of(s) == (mine, 62003), f"{peer_of(s)}")
                    check(all(peer_of(k) == (mine, p) for k, p in zip(kept, (62001, 62002))), "a host connection was stolen")
                    check(give(s, 4096), "the guest's connection")
            finally:
                world.command(f"ports {low} {high}")
                for s in kept:
                    s.close()
                world.command("flush 0")


def one_port_serves_many_remotes():
    low, high = map(int, world.state()["ports"][0])
    before = drops("a", "ports")
    world.command("ports 62010 62010")
    held = []
    try:
        with Service("far"), Service("near"):
            for to in (FAR[0], NEAR["n0"][0], FAR[1], NEAR["n0"][1]):
                held.append(connect("a", to, SERVICE))
                check(peer_of(held[-1])[1] == 62010, "another port")
            fails([errno.ETIMEDOUT, errno.EHOSTUNREACH, errno.EAGAIN, errno.ECONNREFUSED, errno.EACCES, None],
                  lambda: connect("a", FAR[0], SERVICE, timeout=2))
            check(drops("a", "ports") > before, "no drop for want of a port was counted")
            check(all(give(s, 1000) for s in held), "one of them was disturbed")
    finally:
        world.command(f"ports {low} {high}")
        for s in held:
            s.close()
        world.command("flush 0")


TESTS = [
    gateway_answers_ping, gateway_advertises_itself, ping_out, large_pings_go_in_fragments, fragments_of_ipv6_are_counted,
    tcp_out_carries_data_both_ways,
    without_offloads_too, peers_see_the_route_s_address_and_our_ports, udp_of_any_size, udp_without_checksum,
    sixty_four_connections_at_once, resets_pass, closed_ports_are_refused_at_once, forwards_reach_the_guest,
    forwards_work_from_the_host_itself, forwards_by_range_and_address, forwards_that_overlap_are_refused, hairpin,
    host_reaches_guests_by_address, names_are_asked_of_the_host_s_resolver, names_are_asked_over_ipv6,
    names_are_asked_of_a_resolver_outside, host_sockets_keep_their_ports, one_port_serves_many_remotes,
]
