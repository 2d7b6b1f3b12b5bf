#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# hostile_net.sh - a guest that does its worst on its network, and to who is in it: its neighbour is heard, and no later for it.
# lab: own timeout=2700
# shellcheck disable=SC2154,SC2317 # lib.sh and arena.bash set; ok calls
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=guests/arena.bash
. "$here/guests/arena.bash"

# latency WORDS…: the median of two dozen pings of the neighbour to the outside while the guest does that, in ms.
latency() {
	local from
	stays "$@" >/dev/null || return
	sleep 1
	from=$(neighbour_says)
	within 120 has_pinged 24 "$from" >&2 || return
	rtts "$from" | sort -g | sed -n 12p
	hyphactl destroy -f hostile >/dev/null
	aftermath >&2
}
# In ms, one a line, since the neighbour said NUMBER.
rtts() { hyphactl logs neighbour | sed "1,/^$1\$/d" | sed -n 's/^rtt //p'; }
has_pinged() { [ "$(rtts "$2" | wc -l)" -ge "$1" ]; }

# It is at most twice that beside a guest that is calm or only computes: of two processors that one takes one, which is its right.
# A debug kernel checks all that a new flow allocates and locks: four times.
neighbour_keeps_its_latency() {
	local calm burning mode attacked bad=0 times=2
	[ "$slow" -eq 1 ] || times=4
	calm=$(latency stay) && burning=$(latency stay burn=1) || return
	for mode in 'net-storm seconds=1000' 'net-deaf seconds=1000' 'net-flows count=100000000'; do
		# shellcheck disable=SC2086 # words
		attacked=$(latency $mode) || return
		note "the neighbour's ping: $calm ms, beside one that computes $burning ms, beside $mode $attacked ms"
		awk "BEGIN { exit !($attacked > $times * $burning && $attacked > $times * $calm) }" || continue
		echo "$mode: more than $times times as long"
		bad=1
	done
	return "$bad"
}

enter_arena
try_attacks <<'EOF'
0   net-ping                   | an honest network frontend pings and reconnects
0   net-slots                  | slots that leave their page, are empty or do not add up
0   net-extras                 | extras without sense, twice or without end
0   net-flags                  | checksums and super-packets promised of garbage
0   net-long                   | packets longer than the MTU
0   net-spoof                  | other names by MAC, IPv4, ARP, NDP and DHCP; land, options, extension headers, fragments
0   net-flows count=20000      | flows from random ports without end
0   net-misgrants              | frames that are not its own, or not granted to dom0, are not sent, received into, nor rings
0   net-padding                | what is behind a response is nothing of dom0's
0   net-states count=2000      | thousands of states of the interface in any order
0   net-half                   | Closing without Closed
0   net-toggle                 | keys toggled while connected
0   net-rings                  | both rings one page, and a read-only one
0   net-remove                 | a frontend that removes its interface
125 net-die at=2               | death before the handshake of the interface
125 net-die at=3               | death in the middle of it
125 net-die at=4               | death with a full transmit ring
125 net-die at=5               | death while the interface closes
125 net-die at=6               | death when it is closed
0   xsa-39                     | network indices out of range stop the interface until it reconnects
0   xsa-90                     | chains of 19 slots lose the packet, of 20 to 1000 the interface
0   xsa-155                    | network requests rewritten while they are read
0   xsa-270                    | a control ring nobody offered is nobody's, and a hash is no extra
0   xsa-332 seconds=10         | events without cease
0   xsa-367                    | buffers that are taken away while they are used
0   xsa-374                    | a receive ring broken while packets wait, and closed
0   xsa-392                    | who asks and never takes the answers: what waits is bounded
0   xsa-403-net                | of a buffer only the packet's bytes change
0   xsa-423                    | headers split over slots at every byte
0   xsa-424                    | a queue full of packets is left, again and again
0   xsa-432                    | packets in many slots, all of them headers
0   xsa-448                    | slots of no length anywhere
0   cve-2026-99286             | spoilt references, ports, features and queue counts are refused
0   cve-2026-99287             | network rings that begin with nonsense
0   cve-2026-100080 count=100  | a hundred reconnects of the interface while its counters are read
0   cve-2026-100081            | multicast addresses nobody asked for
EOF
ok "one that never ends can be destroyed at any time" can_be_destroyed 'net-storm seconds=1000' 'net-deaf seconds=1000' \
	'net-flows count=100000000'
ok "the neighbour's latency is bounded" neighbour_keeps_its_latency
leave_arena
