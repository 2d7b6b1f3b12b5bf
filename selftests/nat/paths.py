# SPDX-License-Identifier: GPL-2.0-or-later
"""What lies between a guest and its peer: hops, narrow links, routers that complain, routes and addresses that change."""
import contextlib
import errno
import socket
import struct
import time

import world
from allowed import check, fails
from world import FAR, HOST, NARROW, NEAR, SERVICE, VERSIONS, Service, connect, echo, give, peer_of, run, sh, take, udp

MiB = 1 << 20


def hops(version):
    return [world.gateway(version), NEAR["n0"][version == 6], FAR[version == 6]]


def traceroute_sees_every_hop():
    for version in VERSIONS:
        for how in ("--udp", "--icmp", "--tcp"):
            # A way of its own for each probe of TCP's would be a flow of its own: one query a hop will do.
            status, said = run("a", "traceroute", f"-{version}", "-n", "-q", "2", "-w", "3", "-m", "5", how, FAR[version == 6])
            lines = [line.split() for line in said.splitlines()[1:]]
            check(status == 0 and [line[1] for line in lines] == hops(version), f"{how}: {said}")


@contextlib.contextmanager
def narrow():
    """The link between near and far has an MTU of 1280."""
    sh(f"ip -n near link set nf mtu {NARROW}; ip -n far link set ff mtu {NARROW}")
    try:
        yield
    finally:
        sh("ip -n near link set nf mtu 1500; ip -n far link set ff mtu 1500")
        forget()


def forget():
    """What was learned of a path's MTU."""
    for name in ("a", "b", "near", "far"):
        sh(f"ip -n {name} route flush cache; ip -n {name} -6 route flush cache")
    sh("ip route flush cache; ip -6 route flush cache; echo flush 0 >/proc/hypha_nat/state")


def tracepath_finds_a_narrow_link():
    with narrow():
        for version in VERSIONS:
            status, said = run("a", "tracepath", f"-{version}", "-n", "-m", "6", FAR[version == 6])
            check(status == 0 and f"pmtu {NARROW}" in said and hops(version)[1] in said, said)


def routers_that_say_too_big_are_heard():
    with narrow():
        for version in VERSIONS:
            status, said = run("a", "ping", "-n", "-M", "do", "-c", "2", "-i", "0.3", "-W", "2", "-s", "1400", FAR[version == 6])
            check(status and (f"mtu = {NARROW}" in said or f"mtu={NARROW}" in said or f"mtu: {NARROW}" in said), said)
            mtu = sh(f"ip -n a -{version} route get {FAR[version == 6]}")
            check(f"mtu {NARROW}" in mtu, mtu)


def tcp_passes_a_narrow_link():
    with narrow(), Service("far"):
        for version in VERSIONS:
            with connect("a", FAR[version == 6], SERVICE) as s:
                check(take(s, 2 * MiB) and give(s, 2 * MiB), f"IPv{version}")


def tcp_through_a_forward_passes_a_narrow_link():
    """The guest answers with full packets; the error about them comes for the address and port it does not know."""
    world.command(f"forward 1 tcp 0 :: 8080 1 {SERVICE}")
    try:
        with narrow():
            sh("ip -n far link set ff mtu 1500")    # so that its MSS is too much for the link
            with Service("a"):
                for version in VERSIONS:
                    with connect("far", HOST["up0"][version == 6], 8080) as s:
                        check(give(s, MiB), f"IPv{version}")
    finally:
        world.command(f"unforward 1 tcp 0 :: 8080 1 {SERVICE}")


def the_host_s_own_narrow_uplink_is_told():
    """The egress device is narrower than the guest's: hypha itself says too big, super-packets among them."""
    sh(f"ip link set up0 mtu {NARROW}; ip -n near link set n0 mtu {NARROW}")
    try:
        with Service("far"):
            for version in VERSIONS:
                status, said = run("a", "ping", "-n", "-M", "do", "-c", "2", "-i", "0.3", "-W", "2", "-s", "1400", FAR[version == 6])
                check(status and str(NARROW) in said, said)
                with connect("a", FAR[version == 6], SERVICE) as s:
                    check(take(s, MiB) and give(s, MiB), f"IPv{version}")
            with udp("a", 4) as s:
                check(echo(s, FAR[0], b"u" * 5000) == b"u" * 5000, "UDP in fragments")
    finally:
        sh("ip link set up0 mtu 1500; ip -n near link set n0 mtu 1500")
        forget()


# --- routers that complain ---

REFUSALS = (
    ("unreachable", (errno.EHOSTUNREACH, errno.EHOSTUNREACH)),
    ("prohibit", (errno.EHOSTUNREACH, errno.EACCES)),
    ("blackhole", None),
)
NOWHERE = ("198.18.0.1", "2001:db8:bad::1")


def insist(s):
    """Routers ration their errors: ask until one comes."""
    s.settimeout(1)
    for _ in range(world.PATIENCE):
        s.send(b"x" * 100)
        try:
            s.recv(1)
        except socket.timeout:
            pass


def routers_errors_reach_the_guest():
    for kind, errnos in REFUSALS[:2]:
        for version in VERSIONS:
            nowhere = NOWHERE[version == 6]
            sh(f"ip -n near -{version} route add {kind} {nowhere}")
            try:
                took = fails([errnos[version == 6], errno.ENETUNREACH], lambda to=nowhere: connect("a", to, SERVICE))
                check(took < world.PATIENCE / 2, f"{took:.1f} s")    # an error met in connect() itself is soft: the next SYN tells
                with udp("a", version) as s:
                    s.connect((nowhere, SERVICE))
                    s.setsockopt(*((socket.IPPROTO_IP, 11, 1) if version == 4 else (socket.IPPROTO_IPV6, 25, 1)))    # RECVERR
                    fails([errnos[version == 6], errno.ENETUNREACH], lambda s=s: insist(s))
            finally:
                sh(f"ip -n near -{version} route del {kind} {nowhere}")


def no_route_on_the_host_is_told():
    for version in VERSIONS:
        nowhere = NOWHERE[version == 6]
        sh(f"ip -{version} route add unreachable {nowhere}")
        try:
            before = world.drops("a", "no-route")
            took = fails([errno.EHOSTUNREACH, errno.ENETUNREACH], lambda to=nowhere: connect("a", to, SERVICE))
            # told within connect(), which Linux takes notice of at its next SYN, a second later
            check(took < 1.6, f"{took:.1f} s")
            check(world.drops("a", "no-route") > before, "no drop was counted")
        finally:
            sh(f"ip -{version} route del unreachable {nowhere}")


def errors_quote_the_packet_as_it_was_sent():
    """A raw socket sees the ICMP error: the quoted source is the guest's own address and port, checksums right."""
    for version in VERSIONS:
        proto = socket.IPPROTO_ICMP if version == 4 else socket.IPPROTO_ICMPV6
        with world.sock("a", version, socket.SOCK_RAW, proto) as raw, udp("a", version) as s:
            s.connect((FAR[version == 6], 9))
            port = s.getsockname()[1]
            s.send(b"quoted")
            end = time.monotonic() + world.PATIENCE
            while time.monotonic() < end:
                data = raw.recv(2048)
                icmp = data[(data[0] & 15) * 4:] if version == 4 else data
                if icmp[0] in ((3,) if version == 4 else (1,)):
                    break
            quoted = icmp[8:]
            if version == 4:
                check(checksum(icmp) == 0 and checksum(quoted[:20]) == 0, "a checksum is wrong")
                source, ports = socket.inet_ntoa(quoted[12:16]), quoted[20:24]
            else:
                source, ports = socket.inet_ntop(socket.AF_INET6, quoted[8:24]), quoted[40:44]
            check(source == world.guest_address("a", version), f"quoted source {source}")
            check(struct.unpack(">HH", ports) == (port, 9), f"quoted ports {struct.unpack('>HH', ports)}, sent {port} 9")


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ttl_counts_two_hops():
    """hypha is one hop, near the other; type of service stays."""
    for version in VERSIONS:
        level, ttl, want_ttl, want_tos, tos = (
            (socket.IPPROTO_IP, socket.IP_TTL, 12, 13, socket.IP_TOS) if version == 4 else    # RECVTTL, RECVTOS
            (socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, socket.IPV6_RECVHOPLIMIT, socket.IPV6_RECVTCLASS, socket.IPV6_TCLASS))
        with udp("far", version) as server, udp("a", version) as s:
            server.bind((("0.0.0.0", "::")[version == 6], 7070))
            server.setsockopt(level, want_ttl, 1)
            server.setsockopt(level, want_tos, 1)
            s.setsockopt(level, ttl, 40)
            s.setsockopt(level, tos, 0x48)
            s.sendto(b"hop", (FAR[version == 6], 7070))
            got = [int.from_bytes(data, "little") for _, _, data in server.recvmsg(100, 200)[1]]
            check(sorted(got) == [38, 0x48], f"IPv{version}: ttl and tos {got}")


# --- routes and addresses that change ---

def new_flows_follow_the_route():
    with Service("far"):
        world.default("", NEAR["n1"], "up1")
        try:
            for version in VERSIONS:
                with connect("a", FAR[version == 6], SERVICE) as s:
                    check(peer_of(s)[0] == HOST["up1"][version == 6] and give(s, MiB), f"{peer_of(s)}")
        finally:
            world.default("", NEAR["n0"], "up0")


def conversations_follow_the_route():
    """UDP goes on, from the new address, as the flow behind it is made anew; TCP that cannot go on is told."""
    with Service("far"):
        for version in VERSIONS:
            far = FAR[version == 6]
            with udp("a", version) as s:
                check(echo(s, far, b"peer").decode().split()[0] == HOST["up0"][version == 6], "before")
                world.default("", NEAR["n1"], "up1")
                try:
                    check(echo(s, far, b"peer").decode().split()[0] == HOST["up1"][version == 6], f"IPv{version}: the old address")
                finally:
                    world.default("", NEAR["n0"], "up0")
                check(echo(s, far, b"peer").decode().split()[0] == HOST["up0"][version == 6], f"IPv{version}: and back")


def conversations_follow_a_closer_route():
    """The old one is still there, but no longer the host's choice."""
    with Service("far"):
        for version, prefix in ((4, "198.51.100.0/24"), (6, "2001:db8:2::/64")):
            far = FAR[version == 6]
            with udp("a", version) as s:
                check(echo(s, far, b"peer").decode().split()[0] == HOST["up0"][version == 6], "before")
                sh(f"ip route add {prefix} via {NEAR['n1'][version == 6]} dev up1")
                try:
                    check(echo(s, far, b"peer").decode().split()[0] == HOST["up1"][version == 6], f"IPv{version}: the old address")
                finally:
                    sh(f"ip route del {prefix}")
                check(echo(s, far, b"peer").decode().split()[0] == HOST["up0"][version == 6], f"IPv{version}: and back")


def conversations_follow_the_address():
    with Service("far"):
        for version, new, length in ((4, "192.0.2.7", 24), (6, "2001:db8:1::7", 64)):
            old, far = HOST["up0"][version == 6], FAR[version == 6]
            with udp("a", version) as s:
                check(echo(s, far, b"peer").decode().split()[0] == old, "before")
                sh(f"ip addr add {new}/{length} dev up0 nodad; ip addr del {old}/{length} dev up0; "
                   f"ip -{version} route replace default via {NEAR['n0'][version == 6]} dev up0")
                try:
                    check(echo(s, far, b"peer").decode().split()[0] == new, f"IPv{version}: the old address")
                finally:
                    sh(f"ip addr add {old}/{length} dev up0 nodad; ip addr del {new}/{length} dev up0; "
                       f"ip -{version} route replace default via {NEAR['n0'][version == 6]} dev up0")


def tcp_survives_a_changed_route_with_the_same_address():
    """Another next hop on the same link keeps the flow."""
    with Service("far"):
        sh("ip -n near addr add 192.0.2.253/24 dev n0; ip -n near addr add 2001:db8:1::fd/64 dev n0 nodad")
        try:
            for version, via in ((4, "192.0.2.253"), (6, "2001:db8:1::fd")):
                with connect("a", FAR[version == 6], SERVICE) as s:
                    before = peer_of(s)
                    sh(f"ip -{version} route replace default via {via} dev up0")
                    time.sleep(1)       # until the old route is on no device any more
                    s.settimeout(world.PATIENCE * 2)
                    check(give(s, MiB) and take(s, MiB) and peer_of(s) == before, f"IPv{version}")
        finally:
            world.default("", NEAR["n0"], "up0")
            sh("ip -n near addr del 192.0.2.253/24 dev n0; ip -n near addr del 2001:db8:1::fd/64 dev n0")


TESTS = [
    traceroute_sees_every_hop, tracepath_finds_a_narrow_link, routers_that_say_too_big_are_heard, tcp_passes_a_narrow_link,
    tcp_through_a_forward_passes_a_narrow_link, the_host_s_own_narrow_uplink_is_told, routers_errors_reach_the_guest,
    no_route_on_the_host_is_told, errors_quote_the_packet_as_it_was_sent, ttl_counts_two_hops, new_flows_follow_the_route,
    conversations_follow_the_route, conversations_follow_a_closer_route, conversations_follow_the_address,
    tcp_survives_a_changed_route_with_the_same_address,
]
