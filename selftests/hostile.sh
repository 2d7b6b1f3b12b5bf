#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# hostile.sh - a guest that does its worst on every ring it has: it loses; its neighbour and dom0 do not.
# lab: own timeout=1800
#
# The guest is selftests/guests: it says what it finds wrong in lines "FINDING: …" and exits with 1 then.
# shellcheck disable=SC2154,SC2317 # lib.sh sets; ok calls
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

guests=${HYPHA_GUESTS:-$here/../build/guests}
kinds=${kinds:-rest}	# hostile_net.sh: net, what it does to its network
patience=150	# seconds an attack may take, emulated

xen_free() { info memory.free; }

# Kernel memory that is not given back by itself: KiB.
kernel_memory() { awk '/^(SUnreclaim|KernelStack|PageTables|Percpu):/ { s += $2 } END { print s }' /proc/meminfo; }
irqs() { grep -c hypha- /proc/interrupts; }

#	neighbour ── hypha0 ── out 192.0.2.1 ── 192.0.2.2 [outside]
#	hostile ────┘
#
# The neighbour works all the time: it reads its disk, pings its gateway and, by a new flow each time, the outside, and
# says a number each second; what it lost it says too.
neighbour_says() { hyphactl logs neighbour | tail -n 1; }
says_more_than() { [ "$(neighbour_says)" != "$1" ]; }
neighbour_lives() { within 30 says_more_than "$(neighbour_says)"; }

make_outside() {
	ip netns add outside && ip link add out type veth peer name eth0 netns outside || return
	ip addr add 192.0.2.1/24 dev out && ip link set out up || return
	ip -n outside link set lo up && ip -n outside addr add 192.0.2.2/24 dev eth0 && ip -n outside link set eth0 up || return
	ip route add 198.51.100.0/24 via 192.0.2.2	# what floods go to
}

# The halves of the IPv6 address ::66 in the guests' prefix, and the address.
take_ip6() {
	python3 - "$(ip -6 -o addr show dev hypha0 scope global | awk '{ print $4; exit }')" <<-'EOF'
		import ipaddress, sys
		address = ipaddress.ip_interface(sys.argv[1]).network[0x66]
		print(address, int(address) >> 64, int(address) & (1 << 64) - 1)
	EOF
}

start_neighbour() {
	launch --name neighbour "$busybox" sh -c '
		sum=$(md5sum /bin/busybox); i=0
		while :; do
			echo 3 >/proc/sys/vm/drop_caches
			[ "$(md5sum /bin/busybox)" = "$sum" ] || { echo corrupted; exit 3; }
			ping -q -c 1 -W 5 10.75.0.1 >/dev/null || echo lost: gateway
			ping -c 1 -W 5 192.0.2.2 >/tmp/ping || echo lost: outside
			sed -n "s/.*time=\([0-9.]*\).*/rtt \1/p" /tmp/ping
			echo $((i += 1)); sleep 1
		done' || return
	within 60 says neighbour '^1'
}

neighbour_stops() {
	hyphactl stop -t 5 neighbour >/dev/null || return
	! hyphactl logs neighbour | grep -q corrupted
}

# 100 % of its new flows; a ping is no promise, so one in two hundred may go missing.
neighbour_was_heard() {
	local lost said
	lost=$(hyphactl logs neighbour | grep -c '^lost')
	said=$(hyphactl logs neighbour | grep -c '^[0-9]')
	note "of $((2 * said)) pings of the neighbour's $lost were lost"
	[ $((lost * 200)) -le $((2 * said)) ] || { hyphactl logs neighbour | grep '^lost' | sort | uniq -c; return 1; }
}

# hostile FORM WORDS…: the guest, attached; its console on stdout, its exit code ours.
hostile() {
	local form=$1
	shift
	timeout -k 5 "$patience" hyphactl launch -q -a --name hostile -k "$guests/$form" -m 16M \
		--ip 10.75.0.66 --ip6 "$ip6" --cmdline "mode=$* ip6hi=$ip6hi ip6lo=$ip6lo" --disk "$scratch/disk" "$busybox" </dev/null
}

alone() { equal "$(hyphactl list -a -q | wc -l)" 1; }
# Xen's own pools grow by a page or two with the most that was ever used at once; what a guest holds is more.
memory_is_back() { [ "$(xen_free)" -ge $((free_before - 32768)) ]; }

# attack CODE WORDS…: whatever the guest does, it ends with CODE (125: it told none), and all is as before.
attack() {
	local want=$1 status
	shift
	hostile hostile "$@" >"$scratch/out" 2>&1 && status=0 || status=$?
	grep -a -e '^FINDING' -e '^hostile:' "$scratch/out" | tr -c '[:print:]\n' '?' | tail -n 60
	hyphactl destroy -f hostile >/dev/null 2>&1
	[ "$status" -eq "$want" ] || { echo "exit status $status, expected $want"; tail -n 3 "$scratch/out"; return 1; }
	aftermath
}

aftermath() {
	neighbour_lives || return
	within 10 memory_is_back || { echo "Xen has $(xen_free) bytes free, before it had $free_before"; return 1; }
	equal "$(irqs)" "$irqs_before" || return
	alone || { hyphactl list -a; return 1; }
}

# Beliefs: the code the guest ends with, what it does, what must be true.
attacks='
0   exit                       | the hostile guest itself works
0   store-perms                | what is not its own in the store it cannot change
0   store-types                | each type of request with each sort of payload is answered
0   store-fuzz seed=1          | random requests are answered (1)
0   store-fuzz seed=2          | random requests are answered (2)
0   store-fuzz seed=3          | random requests are answered (3)
0   store-nodes                | a hundred thousand nodes end at the quota, and removing makes room
0   store-values               | so do large values
0   store-paths                | and paths of any length and depth
0   store-watches              | watches end at the quota and go when reset
0   store-transactions         | transactions begun and never ended are bounded
0   store-conflicts            | of two conflicting transactions one loses, thousands of times
0   store-commit               | the dearest commit is bounded
0   store-deaf                 | who never fetches responses gets them all later
0   store-drip                 | a request may come byte by byte
125 store-half size=700        | half a message, then the end
125 store-half size=9          | half a header, then the end
125 store-long len=4097        | a message one byte too long stops its store only
125 store-long len=4294967295  | so does one of 4 GiB
125 store-index                | indices of the store ring out of range
125 store-noise                | noise in the store ring
0   store-reconnect            | five hundred reconnects in the middle of messages
125 store-flip                 | requests rewritten while they are read
0   console-flood              | 12 MiB of console output
0   console-drip               | console output byte by byte, with an event each
0   console-index              | indices of the console ring out of range
0   console-full               | a console ring that is always full
0   block-read                 | an honest frontend reads, closes and reconnects
0   block-bad                  | every defect of a request is answered with an error
0   block-bad-rw               | so on a writable disk, and honest writes still work
0   block-fuzz seed=1          | random block requests are all answered (1)
0   block-fuzz seed=2          | random block requests are all answered (2)
0   block-fuzz-rw seed=3       | random block requests to a writable disk are all answered
0   block-self                 | a guest that reads the disk into its ring
0   block-index                | block indices out of range stop the disk until it reconnects
0   block-start                | a block ring that begins with nonsense
0   block-deaf                 | who never looks at block responses
0   block-grants count=100     | grants that change under a busy disk
0   block-flip                 | block requests rewritten while they are read
0   states                     | thousands of frontend states in any order
0   reconnect                  | two hundred reconnects
0   keys                       | spoilt ring references, ports, orders and protocols are refused
0   rings                      | rings of one page 16 times, and of a read-only page
0   remove                     | a frontend that removes its own directory
125 die at=2                   | death before the handshake
125 die at=3                   | death in the middle of the handshake
125 die at=4                   | death with a ring full of requests
125 die at=5                   | death while closing
125 die at=6                   | death when closed
125 exit-odd                   | exit codes that are none
0   exit-often                 | five thousand exit codes
125 shutdown reason=3          | a crash it reports
125 shutdown reason=2          | a suspend nobody asked for
125 shutdown reason=77         | a reason that does not exist
125 fault                      | a page fault without a handler
125 stack                      | a fault without a stack
0   events                     | events on every port without cease
125 close                      | a guest that closes all of its ports
125 close reset=1              | a guest that resets its event channels
125 give-back                  | a guest that gives its ring pages back to Xen
0   net-ping                   | an honest network frontend pings and reconnects
0   net-split                  | headers split over slots at every byte
0   net-chains                 | chains of 19 slots lose the packet, of 20 to 1000 the interface
0   net-slots                  | slots that leave their page, are empty or do not add up
0   net-extras                 | extras without sense, twice or without end
0   net-flags                  | checksums and super-packets promised of garbage
0   net-fuzz seed=1            | random packets in random slots (1)
0   net-fuzz seed=2            | random packets in random slots (2)
0   net-spoof                  | other names by MAC, IPv4, ARP, NDP and DHCP; land, options, extension headers, fragments
0   net-flows count=50000      | flows from random ports without end
0   net-index                  | network indices out of range
0   net-start                  | network rings that begin with nonsense
0   net-grants                 | buffers that are taken away while they are used
0   net-flip                   | network requests rewritten while they are read
0   net-deaf                   | who asks and never takes the answers
0   net-storm seconds=60       | a minute of events without cease
0   net-states                 | thousands of states of the interface in any order
0   net-reconnect              | two hundred reconnects of the interface
0   net-half                   | Closing without Closed
0   net-keys                   | spoilt references, ports, features and queue counts are refused
0   net-toggle                 | keys toggled while connected
0   net-rings                  | both rings one page, and a read-only one
0   net-remove                 | a frontend that removes its interface
125 net-die at=2               | death before the handshake of the interface
125 net-die at=3               | death in the middle of it
125 net-die at=4               | death with a full transmit ring
125 net-die at=5               | death while the interface closes
125 net-die at=6               | death when it is closed
'

# The network's attacks or the others.
is_wanted() {
	case $1 in
	net-*) [ "$kinds" = net ] ;;
	*) [ "$kinds" != net ] ;;
	esac
}

try_attacks() {
	local code words belief
	while IFS='|' read -r words belief; do
		read -r code words <<<"$words"
		[ -n "$code" ] || continue
		is_wanted "$words" || continue
		# shellcheck disable=SC2086 # words
		ok "${belief# } ($words)" attack "$code" $words
	done <<<"$attacks"
}

both_forms_boot() {
	local form
	for form in hostile hostile-p2m; do
		exits 7 hostile "$form" exit code=7 || return
		hyphactl destroy -f hostile >/dev/null
	done
}

deaf_console_blocks_only_its_writer() {
	local status
	launch -i --name hostile -k "$guests/hostile" -m 16M --cmdline "mode=console-deaf seconds=8" "$busybox" || return
	head -c 100000 /dev/zero | tr '\0' x | timeout 4 hyphactl attach hostile >/dev/null 2>&1
	neighbour_lives || return
	exits 0 timeout 30 hyphactl wait hostile || { hyphactl logs hostile; return 1; }
	! hyphactl logs hostile | grep -a FINDING || return
	hyphactl destroy -f hostile >/dev/null
	aftermath
}

# One that does not end: burning its processor, or asleep, it can be killed at any time.
can_be_destroyed() {
	local mode
	for mode in 'net-storm seconds=1000' 'net-deaf seconds=1000' 'net-flows count=100000000' 'stay burn=1' stay \
		'console-flood size=1000000000' 'events seconds=1000' 'block-deaf seconds=1000' 'store-noise seconds=1000' \
		'console-full seconds=1000' 'states count=100000000'; do
		is_wanted "$mode" || continue
		launch --name hostile -k "$guests/hostile" -m 16M --cmdline "mode=$mode" --disk "$scratch/disk" "$busybox" || return
		sleep 1.5
		neighbour_lives || { echo "beside $mode"; return 1; }
		exits 0 timeout 20 hyphactl destroy -f hostile || { echo "with $mode"; return 1; }
		aftermath || { echo "after $mode"; return 1; }
	done
}

# latency WORDS…: the median of a dozen pings of the neighbour to the outside while the guest does that, in ms.
latency() {
	local from
	launch --name hostile -k "$guests/hostile" -m 16M --cmdline "mode=$*" --disk "$scratch/disk" "$busybox" >/dev/null || return
	sleep 1.5
	from=$(neighbour_says)
	within 120 has_pinged 12 "$from" >&2 || return
	rtts "$from" | sort -g | sed -n 6p
	hyphactl destroy -f hostile >/dev/null
	aftermath >&2
}
# In ms, one a line, since the neighbour said NUMBER.
rtts() { hyphactl logs neighbour | sed "1,/^$1\$/d" | sed -n 's/^rtt //p'; }
has_pinged() { [ "$(rtts "$2" | wc -l)" -ge "$1" ]; }

# Of two processors a guest that only computes takes one, which is its right: that is what the attacks are compared with.
neighbour_keeps_its_latency() {
	local calm burning mode worst=0 attacked
	calm=$(latency stay) && burning=$(latency stay burn=1) || return
	for mode in 'net-storm seconds=1000' 'net-flows count=100000000' 'net-deaf seconds=1000'; do
		attacked=$(latency "$mode") || return
		note "the neighbour's ping: $calm ms, beside one that computes $burning ms, beside $mode $attacked ms"
		awk "BEGIN { exit !($attacked > 2 * $burning && $attacked > 2 * $calm) }" && worst=$mode
	done
	[ "$worst" = 0 ] || { echo "$worst more than doubles it"; return 1; }
}

kernel_memory_is_bounded() {
	local now
	sync
	echo 2 >/proc/sys/vm/drop_caches
	now=$(kernel_memory)
	note "kernel memory: $memory_before KiB before, $now KiB after"
	[ $((now - memory_before)) -lt 8192 ]
}

no_soft_lockup() {
	local said
	said=$(dmesg | sed "1,/hypha selftest $suite $$/d" | grep -E 'soft lockup|stall|blocked for more')
	[ -z "$said" ] || { echo "$said"; return 1; }
}

[ -e "$guests/hostile" ] || { echo "1..0 # SKIP no $guests/hostile: make -C selftests/guests"; exit 4; }
truncate -s 8M "$scratch/disk"
ok "there is an outside" make_outside
ok "a neighbour runs" start_neighbour
read -r ip6 ip6hi ip6lo < <(take_ip6)
ok "both forms of the hostile guest boot" both_forms_boot
free_before=$(xen_free) irqs_before=$(irqs) memory_before=$(kernel_memory)
try_attacks
ok "a guest deaf on its console blocks only who writes to it" deaf_console_blocks_only_its_writer
ok "one that never ends can be destroyed at any time" can_be_destroyed
ok "dom0's kernel memory is as before" kernel_memory_is_bounded
if [ "$kinds" = net ]; then
	ok "the neighbour's latency at most doubles" neighbour_keeps_its_latency
	ok "the neighbour was heard all the time" neighbour_was_heard
fi
ok "the neighbour read the same bytes all the time and stops" neighbour_stops
ok "no processor of dom0 was stuck" no_soft_lockup
ip link del out
ip netns del outside
finish
