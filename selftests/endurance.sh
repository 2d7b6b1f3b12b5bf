#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# endurance.sh - nothing grows with the guests that come and go, one by one or all at once; the busy live with one that does its worst.
# lab: own timeout=1800
#
# CYCLES (54), LAUNCHES at once (12), GUESTS (8) busy for MINUTES (1): make endurance has more of each.
# shellcheck disable=SC2154 # lib.sh sets
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

guest=${HYPHA_GUESTS:-$here/../build/guests}/hostile
cycles=${CYCLES:-54} launches=${LAUNCHES:-12} busy=${GUESTS:-8} seconds=$((${MINUTES:-1} * 60))
samples=9

# tiny NAME MODE WORD…: a number in its name is that of its address, which it must be told.
tiny() {
	local number=${1//[!0-9]/}
	local host=$((1 + ${number:-0}))
	hyphactl launch -q --name "$1" -k "$guest" -m 16M --disk "$scratch/disk:ro" --ip "10.75.100.$host" \
		--cmdline "mode=$2 ip=$((10 << 24 | 75 << 16 | 100 << 8 | host))" "${@:3}" "$busybox" </dev/null
}
growth() { python3 "$here/growth.py" "$@"; }

# --- one by one ---

# How a guest ends, and what it has done until then; -1: not by itself.
lives='0 exit
7 exit code=7
0 block-read
0 net-ping count=2
0 reconnect count=4
0 net-reconnect count=4
125 shutdown reason=1
125 shutdown reason=3
-1 stay burn=1
-1 net-storm seconds=1000'

live() { # NUMBER
	local code mode
	read -r code mode < <(sed -n "$(($1 % $(wc -l <<<"$lives") + 1))p" <<<"$lives")
	if [ "$code" -ge 0 ]; then
		exits "$code" tiny cycle "$mode" -a --rm >/dev/null
	else
		tiny cycle "$mode" -d >/dev/null && hyphactl destroy cycle >/dev/null
	fi
}

# Its record and log are written, read and removed.
live_on_record() {
	tiny cycle exit -d >/dev/null && equal "$(hyphactl wait cycle)" 0 && is cycle exitReason poweroff && hyphactl rm cycle >/dev/null
}

come_and_go() { # CYCLES
	local i
	for ((i = 0; i < $1; i++)); do
		live "$i" || { echo "cycle $i"; return 1; }
	done
	live_on_record && run "$busybox" true
}

nothing_grows() {
	local i each=$((cycles / samples))
	come_and_go 10 && growth sample "$scratch/held" 0 || return
	for ((i = 1; i <= samples; i++)); do
		come_and_go "$each" && growth sample "$scratch/held" $((i * each)) || return
	done
	growth judge "$scratch/held"
}

# A guest that reboots has ended, and says so; whoever wants it again launches it again.
reboots_end() {
	local i
	for i in 1 2 3; do
		launch --name again "$busybox" reboot -f >/dev/null && hyphactl wait again >/dev/null
		is again exitReason reboot && hyphactl rm again >/dev/null || return
	done
}

# --- all at once ---

all_at_once() {
	local i jobs=() bad=0
	for ((i = 0; i < launches; i++)); do
		tiny "many$i" 'net-ping count=2' -a --rm >"$scratch/many$i" 2>&1 &
		jobs+=($!)
	done
	for i in "${!jobs[@]}"; do
		wait "${jobs[i]}" || { bad=1; echo "guest $i:"; cat "$scratch/many$i"; }
	done
	return "$bad"
}

# The first rounds bring dom0 the kernel threads that so many at once need.
nothing_grows_at_once() {
	local i
	all_at_once && all_at_once && all_at_once || return
	for i in 0 1 2 3 4 5; do
		all_at_once && growth sample "$scratch/held-at-once" $((i * launches)) || return
	done
	growth judge "$scratch/held-at-once"
}

# --- busy ---
#
#	busy1 … ── hypha0 ── out 192.0.2.1 ── 192.0.2.2 [outside] echoes; who comes to port 7 gets 64 KiB
#	hostile ──┘

serve_outside() {
	make_outside && head -c 65536 /dev/urandom >"$scratch/bytes" || return
	ip netns exec outside socat TCP-LISTEN:7,fork,reuseaddr,backlog=100 "OPEN:$scratch/bytes,rdonly" >/dev/null 2>&1 &
}

# A round: a ping, a connection, all of its disk.
work='
	want=WANT sum=$(md5sum </bin/busybox) i=0
	while :; do
		ping -c 1 -W 10 192.0.2.2 >/tmp/ping || echo lost: ping
		sed -n "s/.*time=\([0-9.]*\).*/rtt \1/p" /tmp/ping
		[ "$(nc -w 30 192.0.2.2 7 </dev/null | md5sum)" = "$want" ] || echo lost: bytes
		echo 3 >/proc/sys/vm/drop_caches
		[ "$(md5sum </bin/busybox)" = "$sum" ] || echo corrupted
		echo round $((i += 1))
	done'

start_busy() {
	local i script want
	want=$(md5sum <"$scratch/bytes") script=${work/WANT/"'$want'"}
	for ((i = 0; i < busy; i++)); do
		launch --name "busy$i" -m 128 "$busybox" sh -c "$script" >/dev/null || return
	done
	for ((i = 0; i < busy; i++)); do
		within 300 says "busy$i" 'round 2' || return
	done
}

# phase NAME SECONDS MODE…: what the busy say while one more guest does that, in $scratch/NAME.*
phase() {
	local name=$1 each=$(($2 / ($# - 2))) i mode
	for ((i = 0; i < busy; i++)); do
		hyphactl logs "busy$i" | wc -l >"$scratch/from.$i"
	done
	for mode in "${@:3}"; do
		tiny hostile "$mode" -d >/dev/null || return
		sleep "$each"
		hyphactl destroy -f hostile >/dev/null
	done
	for ((i = 0; i < busy; i++)); do
		hyphactl logs "busy$i" | tail -n +$(($(cat "$scratch/from.$i") + 1)) >"$scratch/$name.$i"
	done
}
rounds() { grep -c '^round' "$@"; }
median_rtt() { sed -n 's/^rtt //p' "$scratch/$1".* | sort -g | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }
per_minute() { cat "$scratch/$1".* | rounds | awk -v s="$2" '{ print int($1 * 60 / s) }'; }

# Of two processors a guest that only computes takes one, which is its right: that is what the worst is compared with.
busy_keep_half() {
	local calm=$((seconds / 3)) worst=('net-storm seconds=1000' 'net-flows count=100000000' 'store-noise seconds=1000'
		'states count=100000000' 'block-deaf seconds=1000' 'events seconds=1000' 'console-flood size=1000000000')
	phase calm "$calm" 'stay burn=1' 'stay burn=1' && phase worst "$seconds" "${worst[@]}" || return
	note "a ping takes $(median_rtt calm) ms beside one that computes, $(median_rtt worst) ms beside one that does its worst"
	note "rounds a minute: $(per_minute calm "$calm") and $(per_minute worst "$seconds"); each at least $(rounds -h "$scratch"/worst.* | sort -n | head -n 1)"
	awk "BEGIN { exit !($(median_rtt worst) <= 2 * $(median_rtt calm)) }" || { echo "the latency more than doubled"; return 1; }
	[ $((2 * $(per_minute worst "$seconds"))) -ge "$(per_minute calm "$calm")" ] || { echo "less than half of the work"; return 1; }
}

# All that they began by new flows; a ping is no promise, so one in two hundred may go missing.
busy_keep_flows() {
	local lost
	lost=$(cat "$scratch"/worst.* | grep -c '^lost: ping')
	! grep -H -e '^lost: bytes' -e '^corrupted' "$scratch"/{calm,worst}.* || return
	note "of $(cat "$scratch"/worst.* | rounds) connections and as many pings none and $lost were lost"
	[ $((lost * 200)) -le "$(cat "$scratch"/worst.* | rounds)" ]
}

nobody_starves() {
	local i
	for ((i = 0; i < busy; i++)); do
		[ "$(rounds "$scratch/worst.$i")" -gt 0 ] || { echo "busy$i did nothing"; return 1; }
	done
}

[ -e "$guest" ] || { echo "1..0 # SKIP no $guest: make -C selftests/guests"; exit 4; }
truncate -s 8M "$scratch/disk"
ok "$cycles guests come and go in ten ways, and nothing grows" nothing_grows
ok "a guest that reboots has ended" reboots_end
ok "$launches guests at once, again and again, and nothing grows" nothing_grows_at_once
ok "there is an outside" serve_outside
ok "$busy busy guests" start_busy
ok "beside one that does its worst the busy keep half of their latency and throughput" busy_keep_half
ok "and all of their new flows" busy_keep_flows
ok "and nobody starves" nobody_starves
destroy_all
ok "nothing is left of them" equal "$(hyphactl list -aq)" ""
drop_outside
finish
