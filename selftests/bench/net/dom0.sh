#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# dom0.sh: the measurements, in dom0. Times are of an emulated machine: compare them with each other only.
#
#	guest ──┬ hypha0 (hypha)                                   ┬─ up0 ── near ── far, which serves
#	        └ vifN.0 (netback) ─ routed ─ nft masquerade (+ ft) ┴─ up1, which takes all there is and throws it away
#
# Side "host" is no guest at all: dom0 itself asks far, for what all of the others have in common.
set -u
export LC_ALL=C NO_COLOR=1
runs=${BENCH_RUNS:-5} seconds=${BENCH_SECONDS:-3} far=198.51.100.2
sides=${BENCH_SIDES:-hypha netback flowtable host}
values=$(mktemp -d)
xen=/usr/lib/xen-4.17/bin

say() { echo "bench: $*" >&2; }
die() { say "$*"; exit 1; }
record() { echo "$2" >>"$values/$1"; }
median() { sort -g "$values/$1" | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

start_xl() {
	mkdir -p /run/xenstored /run/xen /var/lib/xenstored /var/lib/xen /var/log/xen
	modprobe -a xen-gntdev xen-gntalloc xen-evtchn xen-privcmd xen-netback
	"$xen/oxenstored" --pid-file /run/xenstored.pid
	"$xen/xen-init-dom0" >/dev/null
	xenconsoled --pid-file=/run/xenconsoled.pid
	xl info >/dev/null || die "xl does not work"
}

make_outside() {
	mkdir /tmp/www
	python3 /share/nat/outside.py /tmp/www >/tmp/outside 2>&1 &
	for _ in $(seq 300); do
		grep -q ready /tmp/outside && break
		sleep 0.1
	done
	ip netns exec far /share/netload serve 7001 &
	ip link del up1	# the second uplink of nat's world
	ip link add up1 type dummy
	ip addr add 198.18.0.1/24 dev up1
	ip link set up1 up
	ip neigh add 198.18.0.2 lladdr 02:00:00:00:00:02 dev up1 nud permanent
	sysctl -qw net.ipv4.ip_forward=1
}

# Each side: a guest, its address in $guest.
start_hypha() {
	guest=10.75.0.5
	modprobe hypha || die "modprobe hypha failed"
	hyphactl launch -d -q -m 256 -c 1 --name bench --ip $guest --initrd /tmp/initrd \
		--cmdline "bench.ip=$guest bench.gw=10.75.0.1" localhost:5000/busybox >/dev/null || die "launch failed"
}

start_netback() {
	guest=10.76.0.5
	modprobe -r hypha
	cat >/tmp/bench.cfg <<-CFG
		name = "bench"
		type = "pv"
		kernel = "$elf"
		ramdisk = "/tmp/initrd"
		cmdline = "console=hvc0 quiet loglevel=0 bench.ip=$guest bench.gw=10.76.0.1"
		memory = 256
		vcpus = 1
		vif = ["script=/share/vif-script"]
		tsc_mode = "native"
	CFG
	xl create -q /tmp/bench.cfg || die "xl create failed"
	nft add table ip bench
	nft add chain ip bench post '{ type nat hook postrouting priority 100; }'
	nft add rule ip bench post oifname '{ up0, up1 }' masquerade
}

start_flowtable() {
	start_netback
	nft "add flowtable ip bench ft { hook ingress priority 0; devices = { up0, up1, $(ip -o link | sed -n 's/.*\(vif[0-9.]*\):.*/\1/p') }; }" ||
		die "no flowtable"
	nft add chain ip bench pass '{ type filter hook forward priority 0; }'
	nft add rule ip bench pass ip protocol '{ tcp, udp }' flow add @ft
}

start_host() { guest=; }

stop_host() { :; }
stop_hypha() { hyphactl destroy -f bench >/dev/null; }
stop_netback() { xl destroy bench; nft delete table ip bench; }
stop_flowtable() { nft flush ruleset; xl destroy bench; }

in_guest() {
	if [ -z "$guest" ]; then
		PATH=/share:$PATH timeout 60 "$@"
	else
		echo "$*" | timeout 60 socat -t 60 - "TCP4:$guest:9000,connect-timeout=5"
	fi
}
wait_for_guest() {
	for _ in $(seq 200); do
		[ "$(in_guest echo yes 2>/dev/null)" = yes ] && return
		sleep 0.3
	done
	die "$1: the guest does not answer"
}

# Seconds of dom0's processors so far.
dom0_seconds() { xl list 0 | awk 'NR == 2 { print $6 }'; }

# transfer SIDE NAME VERB: Mbit/s, and dom0's seconds for a GB
transfer() {
	local before after bytes rate
	before=$(dom0_seconds)
	read -r bytes rate <<<"$(in_guest netload "$3" $far 7001 "$seconds")"
	after=$(dom0_seconds)
	[ -n "$rate" ] || die "$1 $2 failed: $bytes"
	record "$2.$1" "$rate"
	record "$2_cpu.$1" "$(awk -v a="$after" -v b="$before" -v n="$bytes" 'BEGIN { print (a - b) * 1e9 / n }')"
}

# Packets a second that leave the host; the guest's kernel sends them.
leaving() { cat /sys/class/net/up1/statistics/tx_packets; }
packets() {
	local before after start end
	in_guest pktgen 198.18.0.2 "$@"
	sleep 0.5
	start=$(date +%s%N)
	before=$(leaving)
	sleep "$seconds"
	end=$(date +%s%N)
	after=$(leaving)
	in_guest pktgen stop >/dev/null
	awk -v n=$((after - before)) -v ns=$((end - start)) 'BEGIN { print n * 1e9 / ns }'
}

measure() {
	local side=$1
	transfer "$side" tcp_out send
	transfer "$side" tcp_in receive
	record "connects.$side" "$(in_guest netload connect $far 7001 "$seconds")"
	record "ping.$side" "$(in_guest ping -q -c 20 -i 0.1 $far | sed -n 's/.*= [^/]*\/\([^/]*\)\/.*/\1/p')"
	[ -n "$guest" ] || return	# the guest's kernel has the packet generator
	record "udp64.$side" "$(packets)"
	record "flows.$side" "$(packets "'udp_src_max 65000'" "'udp_dst_max 65000'" "'flag UDPSRC_RND'" "'flag UDPDST_RND'")"
}

bench() {
	local side=$1 i
	say "$side"
	"start_$side"
	wait_for_guest "$side"
	in_guest netload send $far 7001 1 >/dev/null	# what is done once is done
	for i in $(seq "$runs"); do
		say "$side $i of $runs"
		measure "$side"
	done
	"stop_$side"
	sleep 1
}

# row TEXT NAME BETTER WANTED: a line of the table; ratios are hypha's to the other
row() {
	local text=$1 name=$2 better=$3 wanted=$4 side
	printf '%-28s' "$text"
	for side in $sides; do
		[ -e "$values/$name.$side" ] || continue
		printf ' %12.5g' "$(median "$name.$side")"
		[ "$side" = hypha ] || printf ' x%-6.2f' "$(awk -v h="$(median "$name.hypha")" -v o="$(median "$name.$side")" 'BEGIN { print h / o }')"
	done
	printf '  %s x%s\n' "$better" "$wanted"
}

table() {
	printf '%-28s %12s' '' hypha
	for side in $sides; do [ "$side" = hypha ] || printf ' %20s' "$side"; done
	printf '  hypha wants\n'
	row 'TCP out, Mbit/s' tcp_out at\ least 1.5
	row 'TCP in, Mbit/s' tcp_in at\ least 1.5
	row 'UDP in 64 bytes, packets/s' udp64 at\ least 2
	row 'TCP connects/s' connects at\ least 1.5
	row 'new UDP flows/s' flows at\ least 1
	row 'ping RTT, ms' ping at\ most 1
	row 'dom0 s/GB, TCP out' tcp_out_cpu at\ most 0.6
	row 'dom0 s/GB, TCP in' tcp_in_cpu at\ most 0.6
}

json() {
	local file sep=''
	printf '{\n  "runs": %d, "seconds": %d,\n  "medians": {' "$runs" "$seconds"
	for file in "$values"/*; do
		printf '%s\n    "%s": %s' "$sep" "${file##*/}" "$(median "${file##*/}")"
		sep=,
	done
	printf '\n  }\n}\n'
}

modprobe hypha || die "modprobe hypha failed"
say "filling the caches"
hyphactl launch -d -q --name warm localhost:5000/busybox true >/dev/null || die "launch failed"
hyphactl wait warm >/dev/null
hyphactl rm warm >/dev/null
elf=$(ls /var/lib/hypha/kernels/*.elf)
cat /var/lib/hypha/kernels/modules-*.cpio /share/guest.cpio >/tmp/initrd
start_xl
make_outside
for side in $sides; do bench "$side"; done
table
json >/share/bench-net.json
