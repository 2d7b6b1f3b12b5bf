#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# net.sh - what guests do on the network, with stock frontends on real rings and an outside in namespaces of dom0's.
# lab: own mem=6144 timeout=1500
#
#	web ─┐                     ┌ up0 ─ n0 ┐
#	cli ─┼─ hypha0 ─ dom0's ───┤          ├ near ══ far: 198.51.100.2, 2001:db8:2::2, far.example
#	…   ─┘           stack     └ up1 ─ n1 ┘          (nat/world.py)
#
# shellcheck disable=SC2016,SC2154,SC2317 # guests expand; lib.sh sets; ok calls
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

far4=198.51.100.2 far6=2001:db8:2::2
host4=192.0.2.1 host6=2001:db8:1::1
megabytes=${HYPHA_NET_MB:-1024}	# of the long transfer

# --- the outside, and a shell in each guest that dom0 reaches by the guest's address ---

make_outside() {
	mkdir -p "$scratch/www"
	echo "hello from far" >"$scratch/www/hello"
	head -c 33554432 /dev/urandom >"$scratch/www/32M"
	cp /etc/resolv.conf "$scratch/resolv.conf" 2>/dev/null
	echo nameserver 127.0.0.53 >/etc/resolv.conf
	"$here/nat/outside.py" "$scratch/www" >"$scratch/outside.out" 2>&1 &
	echo $! >"$scratch/outside.pid"
	within 60 grep -q ready "$scratch/outside.out" || { cat "$scratch/outside.out"; return 1; }
}

end_outside() {
	kill "$(cat "$scratch/outside.pid")"
	within 20 outside_is_gone
	rm -f /etc/resolv.conf
	[ ! -e "$scratch/resolv.conf" ] || cp "$scratch/resolv.conf" /etc/resolv.conf
	return 0
}

outside_is_gone() { ! ip netns list | grep -q far; }

# start NAME OPTIONS…: a debian guest that does what in_guest says. The shell has the connection itself: a socat between them
# may miss the shell's end, and waits 300 s.
start() {
	local name=$1
	shift
	launch --name "$name" "$@" "$debian" socat -t 300 TCP6-LISTEN:9000,fork,reuseaddr EXEC:/bin/sh,nofork || return
	within 90 in_guest "$name" true || { hyphactl logs "$name"; return 1; }
}

address() { field "$1" "network.ip$2"; }

# in_guest NAME COMMAND…: by IPv4; its output, its status.
in_guest() {
	local name=$1 said
	shift
	said=$(printf '(%s) </dev/null 2>&1\necho "exit $?"\n' "$*" | timeout 320 socat -t 300 - "TCP4:$(address "$name" 4):9000,connect-timeout=5" 2>&1)
	printf '%s\n' "$said" | sed '$d'
	[ "${said##*$'\n'}" = "exit 0" ]
}

in_far() { ip netns exec far "$@"; }
both() { local to; for to in "$far4" "$far6"; do "$@" "$to" || return; done; }
url() { case $1 in *:*) echo "http://[$1]" ;; *) echo "http://$1" ;; esac; }
# A datagram or line that comes back.
echoes() { equal "$(printf '%s' "$3" | timeout 20 socat -t 5 - "UDP:$1:$2")" "$3"; }

# --- the outside, from within ---

wget_without_any_flag() {
	run "$busybox" sh -c "wget -q -O - http://$far4/hello && wget -q -O - http://far.example/hello && ip -o addr" >"$scratch/wget" ||
		{ cat "$scratch/wget"; return 1; }
	equal "$(grep -c 'hello from far' "$scratch/wget")" 2 || { cat "$scratch/wget"; return 1; }
}

pings() {
	in_guest cli "ping -n -c 3 -i 0.3 -W 5 $1"
}

names_resolve() {
	in_guest cli 'getent ahosts far.example' >"$scratch/names" || { cat "$scratch/names"; return 1; }
	[ "$(cut -d' ' -f1 "$scratch/names" | sort -u | grep -cxE "$far4|$far6")" -eq 2 ] || { cat "$scratch/names"; return 1; }
}

fetches() {
	equal "$(in_guest cli "curl -gsS -m 100 $(url "$1")/32M | sha256sum")" "$(sha256sum <"$scratch/www/32M")"
}

uploads() {
	local want
	want=$(in_guest cli 'head -c 20000000 /dev/zero | tr "\0" y | sha256sum' | cut -d' ' -f1)
	equal "$(in_guest cli "(echo take 20000000; head -c 20000000 /dev/zero | tr '\\0' y) | socat -t 60 - TCP:$(socat_host "$1"):7000")" "$want"
}
socat_host() { case $1 in *:*) echo "[$1]" ;; *) echo "$1" ;; esac; }

big_datagrams() {
	in_guest cli "python3 -c '
import socket
s = socket.socket(socket.getaddrinfo(\"$1\", 7000)[0][0], socket.SOCK_DGRAM)
s.settimeout(5)
for size in (100, 1300) + (1473, 9000, 65507) * (\":\" not in \"$1\"):
    data = bytes(i * 7 & 255 for i in range(size))
    for i in range(3):
        s.sendto(data, (\"$1\", 7000))
        try:
            got = s.recv(1 << 16)
            break
        except socket.timeout:
            got = None
    assert got == data, size
'"
}

traceroutes() {
	local said
	said=$(in_guest cli "traceroute -n -q 2 -w 5 -m 5 $1 && traceroute -n -I -q 2 -w 5 -m 5 $1") || { echo "$said"; return 1; }
	[ "$(echo "$said" | grep -cE "^ *(2  (192.0.2.254|2001:db8:1::fe)|3  $1) ")" -eq 4 ] || { echo "$said"; return 1; }
}

narrow() { ip -n near link set nf mtu "$1" && ip -n far link set ff mtu "$1"; }

tracepath_and_tcp_on_a_narrow_link() {
	local said
	said=$(in_guest cli "tracepath -n -m 6 $1")
	echo "$said" | grep -q 'pmtu 1280' || { echo "$said"; return 1; }
	fetches "$1" && uploads "$1"
}

# Told by the guest's clock: half a second is many round trips here, and far from any timer.
refused_at_once() {
	in_guest cli "python3 -c '
import socket, time
start = time.monotonic()
try:
    socket.create_connection((\"$1\", 9), 20)
    assert False, \"somebody answers\"
except ConnectionRefusedError:
    took = time.monotonic() - start
assert took < 0.5, took
'"
}

sixty_four_at_once() {
	in_guest cli "python3 -c '
import socket, threading
good = []
def one(nr):
    s = socket.create_connection((\"$far4\" if nr % 2 else \"$far6\", 7000), 60)
    s.sendall(b\"give 100000\n\")
    n = 0
    while n < 100000:
        n += len(s.recv(65536)) or 1 << 30
    good.append(n == 100000)
threads = [threading.Thread(target=one, args=(i,)) for i in range(64)]
for t in threads: t.start()
for t in threads: t.join()
assert good.count(True) == 64, good
'"
}

long_transfer() {
	local want got i
	for ((i = 0; i < megabytes; i += 32)); do
		cat "$scratch/www/32M"
	done >"$scratch/www/long"
	want=$(sha256sum <"$scratch/www/long" | cut -d' ' -f1)
	got=$(in_guest cli "curl -sS -m 280 http://$far4/long | sha256sum" | cut -d' ' -f1)
	rm "$scratch/www/long"
	equal "$got" "$want"
}

# --- being reached ---

forward_answers() {
	local to
	for to in "$host4" "$host6"; do
		equal "$(in_far curl -gsS -m 30 "$(url "$to"):8080/etc/hostname")" web || return
		equal "$(curl -gsS -m 30 "$(url "$to"):8080/etc/hostname")" web || { echo "from the host itself"; return 1; }
	done
	in_far "${BASH:-bash}" -c "$(declare -f echoes equal); echoes $host4 7777 datagram"
}

# Files by HTTP on port 80, echoes on UDP port 7, iperf3.
serve_in_web() {
	in_guest web 'cat >/tmp/http <<\END
#!/bin/bash
read -r _ file _
while read -r line && [ ${#line} -gt 1 ]; do :; done
echo HTTP/1.0 200 OK
echo
cat "$file"
END
		chmod 755 /tmp/http
		socat TCP6-LISTEN:80,fork,reuseaddr EXEC:/tmp/http >/dev/null 2>&1 &
		socat UDP6-LISTEN:7,fork EXEC:cat >/dev/null 2>&1 &
		iperf3 -s -D'
}

iperf_into_the_guest() {
	in_far iperf3 -c "$host4" -p 5201 -t 3 -f m | tail -n 4
	[ "${PIPESTATUS[0]}" -eq 0 ]
}

host_reaches_by_address() {
	equal "$(curl -gsS -m 30 "http://$(address web 4)/etc/hostname")" web || return
	equal "$(curl -gsS -m 30 "http://[$(address web 6)]/etc/hostname")" web || return
	ping -n -c 2 -W 5 "$(address web 4)" && ping -n -c 2 -W 5 "$(address web 6)"
}

hairpin() { equal "$(in_guest cli "curl -gsS -m 30 http://$host4:8080/etc/hostname")" web; }

conflicts_name_the_owner() {
	fails_with web launch --name other -p 8080:80 "$busybox" true
}

# --- not being reached ---

unreachable() {
	! in_guest cli "curl -gsS -m 3 $1" || { echo "$1 answers"; return 1; }
}

host_is_out_of_reach() {
	local pid status
	python3 -m http.server --bind :: 8888 >/dev/null 2>&1 &
	pid=$!
	within 20 curl -gsS -o /dev/null "http://$host4:8888/"
	unreachable "http://$host4:8888/" && unreachable "http://[$host6]:8888/" && unreachable http://10.75.0.1:8888/ &&
		in_far curl -gsS -o /dev/null -m 20 "http://$host4:8888/"
	status=$?
	kill "$pid"
	wait "$pid"
	return "$status"
}

guests_are_out_of_reach() {
	unreachable "http://$(address web 4)/etc/hostname" && unreachable "http://[$(address web 6)]/etc/hostname"
}

# --- changes ---

# As whom far sees a socket that is the same each time. The packet that finds out that a flow's address is over is lost.
as_whom() {
	in_guest cli "python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((\"\", 4444)); s.settimeout(2)
for i in range(5):
    s.sendto(b\"peer\", (\"$far4\", 7000))
    try:
        print(s.recv(100).decode())
        break
    except socket.timeout:
        pass'"
}

egress_changes() {
	local out="$scratch/peers"
	as_whom >"$out" || return
	ip route replace default via 203.0.113.254 dev up1
	as_whom >>"$out"
	ip route replace default via 192.0.2.254 dev up0
	equal "$(cut -d' ' -f1 "$out" | tr '\n' ' ')" "192.0.2.1 203.0.113.1 "
}

destroyed_in_the_middle() {
	start victim || return
	printf '%s\n' "iperf3 -c $far4 -p 5201 -t 100 >/dev/null 2>&1" | timeout 5 socat -t 1 - "TCP4:$(address victim 4):9000" &
	ip netns exec far iperf3 -s -1 -D
	sleep 4
	exits 0 timeout 20 hyphactl destroy -f victim || return
	wait $!
	fetches "$far4"
}

eight_at_once() {
	local i
	for i in 1 2 3 4 5 6 7 8; do
		launch -m 128M --name "eight$i" "$busybox" sh -c "
			i=0; while [ \$i -lt 2 ]; do wget -q -O - http://$far4/32M | sha256sum; i=\$((i + 1)); done; echo finished" || return
	done
	for i in 1 2 3 4 5 6 7 8; do
		within 200 says "eight$i" finished || { hyphactl logs "eight$i"; return 1; }
		equal "$(hyphactl logs "eight$i" | grep -c "$(sha256sum <"$scratch/www/32M" | cut -d' ' -f1)")" 2 || return
		hyphactl destroy -f "eight$i" >/dev/null
	done
}

driver_comes_back() {
	# eth0 goes with its driver, when this connection has been closed, and back; the address is the interface's again when it is set.
	in_guest cli "(sleep 3; cd /sys/bus/xen/drivers/vif && echo vif-0 >unbind && sleep 1 && echo vif-0 >bind && sleep 2
		ip addr add $(address cli 4)/32 dev eth0; ip link set eth0 up; ip route add 10.75.0.1 dev eth0
		ip route add default via 10.75.0.1 dev eth0) >/tmp/rebind 2>&1 &" || return
	sleep 9
	within 30 in_guest cli true && in_guest cli "curl -sS -m 20 http://$far4/hello"
}

paused_and_back() {
	hyphactl pause cli >/dev/null || return
	ping -n -c 20 -i 0.1 -s 1400 -W 1 "$(address cli 4)" >/dev/null
	hyphactl unpause cli >/dev/null || return
	within 20 in_guest cli "curl -sS -m 20 http://$far4/hello"
}

# --- the end ---

unload_leaves_nothing() {
	hyphactl destroy --all -f >/dev/null
	within 30 rmmod hypha || return
	! ip link show hypha0 2>/dev/null || return
	[ -z "$(ip route show table all | grep hypha)$(ip -6 route show table all | grep hypha)" ] || { ip route show table all; return 1; }
	! nft list hooks 2>/dev/null | grep hypha || return
	modprobe hypha
}

ok "there is an outside" make_outside
ok "a guest launched with no flags reaches it, by address and by name" wget_without_any_flag
ok "a guest that serves" start web -p 8080:80 -p 7777:7/udp -p 5201:5201 --ip 10.75.1.1
ok "a guest that asks" start cli -c 2
ok "ping, ping6" both pings
ok "ping in fragments" in_guest cli "ping -n -c 3 -i 0.3 -W 5 -s 6000 $far4"
ok "names by the gateway from a resolver on 127.0.0.53" names_resolve
ok "TCP in: 32 MiB with their sum" both fetches
ok "TCP out: 20 MB with their sum" both uploads
ok "UDP to 64 KiB, in fragments" both big_datagrams
ok "traceroute sees the gateway, the router and the target" both traceroutes
narrow 1280
ok "tracepath and TCP by a link of MTU 1280" both tracepath_and_tcp_on_a_narrow_link
narrow 1500
ok "a closed port refuses at once" both refused_at_once
ok "64 connections at once" sixty_four_at_once
ok "servers start" serve_in_web
ok "forwards from outside and from the host itself, both families, TCP and UDP" forward_answers
ok "iperf3 from outside" iperf_into_the_guest
ok "the host reaches guests by address" host_reaches_by_address
ok "a guest reaches another by the host's published port" hairpin
ok "a published port is refused to another guest, with the owner's name" conflicts_name_the_owner
ok "the host's services are out of reach" host_is_out_of_reach
ok "other guests are out of reach" guests_are_out_of_reach
ok "the address follows the egress route" egress_changes
ok "paused and unpaused" paused_and_back
ok "the driver unbinds and binds again" driver_comes_back
ok "a guest destroyed in the middle of its transfer" destroyed_in_the_middle
ok "eight guests at once" eight_at_once
ok "$megabytes MiB with their sum" long_transfer
ok "unloading leaves no device, route or hook" unload_leaves_nothing
end_outside
finish
