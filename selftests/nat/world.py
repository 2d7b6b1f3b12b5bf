# SPDX-License-Identifier: GPL-2.0-or-later
"""A small internet of network namespaces around the module, and what tests say to it.

    a ── ga ┐                          ┌ up0 ─ n0 ┐
            ├─ hypha_nat ─ host's stack ┤          ├ near ─ nf ══ ff ─ far     near routes, far answers;
    b ── gb ┘                          └ up1 ─ n1 ┘      the link ══ may be narrow

Nobody outside has a route to the guests: an answer that arrives was translated. A thread enters a namespace with
at(NAME): sockets made and programs started there stay there.
"""
import contextlib
import ctypes
import hashlib
import ipaddress
import os
import socket
import subprocess
import threading
import time

HOST = {"up0": ("192.0.2.1", "2001:db8:1::1"), "up1": ("203.0.113.1", "2001:db8:3::1")}
NEAR = {"n0": ("192.0.2.254", "2001:db8:1::fe"), "n1": ("203.0.113.254", "2001:db8:3::fe")}
FAR = ("198.51.100.2", "2001:db8:2::2")
GUEST = {"a": ("10.75.0.2", 1), "b": ("10.75.0.3", 2)}
SERVICE = 7000          # TCP and UDP, of far and near
FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}
VERSIONS = (4, 6)
NARROW = 1280
PATIENCE = 10           # s; an emulated machine on a busy host is slow

libc = ctypes.CDLL(None, use_errno=True)


def sh(line, check=True):
    done = subprocess.run(line, shell=True, capture_output=True, text=True, check=False)
    if check and done.returncode:
        raise RuntimeError(f"{line}: {done.stderr.strip() or done.returncode}")
    return done.stdout


HOME = os.open("/proc/self/ns/net", os.O_RDONLY)    # where we began


def enter(fd):
    if libc.setns(fd, 0x40000000):    # CLONE_NEWNET
        raise OSError(ctypes.get_errno(), "setns")


@contextlib.contextmanager
def at(name):
    """This thread is in namespace @name; "host" is where it began."""
    if name != "host":
        with open(f"/run/netns/{name}", "rb") as file:
            enter(file.fileno())
    try:
        yield
    finally:
        enter(HOME)


def run(name, *words, timeout=60):
    """A program in namespace @name: its status and all it said."""
    with at(name):
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout, check=False)
    return done.returncode, done.stdout


def sock(name, version, kind=socket.SOCK_STREAM, proto=0):
    with at(name):
        s = socket.socket(FAMILIES[version], kind, proto)
    s.settimeout(PATIENCE)
    return s


def udp(name, version):
    return sock(name, version, socket.SOCK_DGRAM)


def connect(name, address, port, timeout=PATIENCE, bind=None):
    s = sock(name, ipaddress.ip_address(address).version)
    s.settimeout(timeout)
    if bind:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(bind)
    try:
        s.connect((address, port))
    except OSError:
        s.close()
        raise
    s.settimeout(PATIENCE)
    return s


# --- the service: a line says what the TCP peer wants; a datagram comes back, "peer" gets the sender's address ---

def noise(nr):
    return (hashlib.sha256(b"noise").digest() * (nr // 32 + 1))[:nr]


def read_line(s):
    line = b""
    while not line.endswith(b"\n"):
        byte = s.recv(1)
        if not byte:
            break
        line += byte
    return line.decode().split()


def read_all(s, nr=-1):
    chunks, got = [], 0
    while nr < 0 or got < nr:
        chunk = s.recv(1 << 16 if nr < 0 else min(1 << 16, nr - got))
        if not chunk:
            break
        chunks.append(chunk)
        got += len(chunk)
    return b"".join(chunks)


def serve_tcp(s, peer):
    with contextlib.suppress(OSError), s:
        s.settimeout(60)
        while words := read_line(s):
            verb, nr = words[0], int(words[1]) if len(words) > 1 else 0
            if verb == "give":
                s.sendall(noise(nr))
            elif verb == "take":
                s.sendall(hashlib.sha256(read_all(s, nr)).hexdigest().encode() + b"\n")
            elif verb == "peer":
                s.sendall(f"{peer[0]} {peer[1]}\n".encode())
            elif verb == "reset":
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                return


class Service:
    """TCP and UDP at one port, both families, in one namespace, until closed."""

    def __init__(self, name, port=SERVICE, address=("0.0.0.0", "::"), versions=VERSIONS):
        self.sockets, self.threads, self.open = [], [], True
        for version in versions:
            tcp, dgram = sock(name, version), udp(name, version)
            for s in (tcp, dgram):
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if version == 6:
                    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                s.bind((address[version == 6], port))
                s.settimeout(0.2)
                self.sockets.append(s)
            dgram.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
            tcp.listen(256)
            self.start(self.accept, tcp)
            self.start(self.echo, dgram)

    def start(self, serve, s):
        self.threads.append(threading.Thread(target=self.loop, args=(serve, s), daemon=True))
        self.threads[-1].start()

    def loop(self, serve, s):
        while self.open:
            with contextlib.suppress(OSError):    # a timeout among them
                serve(s)

    @staticmethod
    def accept(s):
        c, peer = s.accept()
        threading.Thread(target=serve_tcp, args=(c, peer), daemon=True).start()

    @staticmethod
    def echo(s):
        data, peer = s.recvfrom(1 << 16)
        s.sendto(f"{peer[0]} {peer[1]}".encode() if data == b"peer" else data, peer)

    def close(self):
        self.open = False
        for thread in self.threads:
            thread.join()
        for s in self.sockets:
            s.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def ask(s, line):
    s.sendall(line.encode() + b"\n")


def peer_of(s):
    """As whom the service sees this connection: address, port."""
    ask(s, "peer")
    address, port = read_line(s)
    return address, int(port)


def give(s, nr):
    """Take @nr bytes from the service: are they right?"""
    ask(s, f"give {nr}")
    return read_all(s, nr) == noise(nr)


def take(s, nr):
    """Hand @nr bytes to the service: were they right?"""
    ask(s, f"take {nr}")
    s.sendall(noise(nr))
    return read_line(s) == [hashlib.sha256(noise(nr)).hexdigest()]


def echo(s, address, data, port=SERVICE, tries=3):
    """Send a datagram and return what comes back; resent as any client would."""
    for last in range(1, tries + 1):
        s.settimeout(PATIENCE / tries)
        s.sendto(data, (address, port))
        try:
            return s.recvfrom(1 << 16)[0]
        except socket.timeout:
            if last == tries:
                raise
    return b""


# --- the module ---

STATE = "/proc/hypha_nat/state"


def command(line):
    """A command to the module; OSError with its errno."""
    fd = os.open(STATE, os.O_WRONLY)
    try:
        os.write(fd, line.encode())
    finally:
        os.close(fd)


def state():
    """What the module shows: word → list of the other words, for each line."""
    lines = {}
    with open(STATE, encoding="ascii") as file:
        for line in file:
            words = line.split()
            lines.setdefault(words[0], []).append(words[1:])
    return lines


def guest_state(name):
    """GUEST DEVICE MAC IP4 IP6 MTU POLICY FLOWS HALFOPEN GATEWAY-MAC GATEWAY-LINKLOCAL"""
    return next(words for words in state()["guest"] if int(words[0]) == GUEST[name][1])


def drops(name, reason):
    guest = str(GUEST[name][1]) if name else "0"
    return sum(int(words[2]) for words in state().get("drop", []) if words[:2] == [guest, reason])


def nr_flows(name):
    return int(guest_state(name)[7])


def flows():
    with open("/proc/hypha_nat/flows", encoding="ascii") as file:
        return [line.split() for line in file]


def gateway(version):
    return state()["gateway"][0][version == 6]


def guest_address(name, version):
    return guest_state(name)[3 if version == 4 else 4]


def within(seconds, condition):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


# --- building it ---

def link(left, left_ns, right, right_ns):
    sh(f"ip link add {left} type veth peer name {right} netns {right_ns}")
    if left_ns:
        sh(f"ip link set {left} netns {left_ns}")


def address(name, device, pair):
    ns = f"-n {name}" if name else ""
    sh(f"ip {ns} addr add {pair[0]}/24 dev {device}")
    sh(f"ip {ns} addr add {pair[1]}/64 dev {device} nodad")
    sh(f"ip {ns} link set {device} up")


def namespace(name):
    sh(f"ip netns add {name} && ip -n {name} link set lo up")


def default(name, via, device):
    ns = f"-n {name}" if name else ""
    sh(f"ip {ns} route replace default via {via[0]} dev {device}")
    sh(f"ip {ns} -6 route replace default via {via[1]} dev {device}")


def build_outside():
    for name in ("near", "far"):
        namespace(name)
    for nr in (0, 1):
        link(f"up{nr}", "", f"n{nr}", "near")
        address("", f"up{nr}", HOST[f"up{nr}"])
        address("near", f"n{nr}", NEAR[f"n{nr}"])
    link("nf", "near", "ff", "far")
    address("near", "nf", ("198.51.100.254", "2001:db8:2::fe"))
    address("far", "ff", FAR)
    default("", NEAR["n0"], "up0")
    default("far", ("198.51.100.254", "2001:db8:2::fe"), "ff")
    with at("near"):
        for name in ("ipv4/ip_forward", "ipv6/conf/all/forwarding"):
            with open(f"/proc/sys/net/{name}", "w", encoding="ascii") as file:
                file.write("1")
    # Such as tell each error, not one a second; and a host whose addresses do not go with the first one.
    for name in ("near", "far"):
        sh(f"ip netns exec {name} sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0")
    sh("sysctl -qw net.ipv4.conf.all.promote_secondaries=1 net.ipv4.route.error_cost=0")


def attach(name, mtu=1500):
    """A veth whose one end is the module's, the other the guest's."""
    ip4, guest = GUEST[name]
    if not os.path.exists(f"/run/netns/{name}"):
        namespace(name)
    link(f"g{name}", "", "eth0", name)
    sh(f"ip link set g{name} mtu {mtu} up; ip -n {name} link set eth0 mtu {mtu}")
    mac = sh(f"ip -n {name} -o link show eth0").split("link/ether ")[1].split()[0]
    command(f"attach g{name} {guest} {mac} {ip4} :: {mtu}")
    reconfigure(name)


def reconfigure(name):
    """As a guest's init does it, from nothing."""
    ip4, ip6, gateways = GUEST[name][0], guest_state(name)[4], state()["gateway"][0]
    sh(f"ip netns exec {name} sysctl -qw net.ipv6.conf.eth0.accept_ra=0")
    sh(f"ip -n {name} link set eth0 down; ip -n {name} addr flush dev eth0; ip -n {name} link set eth0 up")
    sh(f"ip -n {name} addr add {ip4}/32 dev eth0; ip -n {name} addr add {ip6}/128 dev eth0 nodad")
    sh(f"ip -n {name} route add {gateways[0]} dev eth0; ip -n {name} route add default via {gateways[0]} dev eth0")
    sh(f"ip -n {name} -6 route replace {gateways[1]} dev eth0; ip -n {name} -6 route replace default via {gateways[1]} dev eth0")


def detach(name):
    command(f"detach {GUEST[name][1]}")
    sh(f"ip link del g{name}")
