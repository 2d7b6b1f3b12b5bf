# SPDX-License-Identifier: GPL-2.0-or-later
# arena.bash: where hostile guests are let loose, for the suites that source it beside lib.sh: a neighbour that must not notice,
# and what is looked at after each. The guest says what it finds wrong in lines "FINDING: …" and exits with 1 then.
#
#	enter_arena				an outside and the neighbour; what memory and channels there are
#	try_attacks <TABLE		a test for each line "CODE WORDS… | BELIEF": the exit code, mode=WORDS…, what must be true;
#					ATTACKS="MODE…": those alone, and nothing after them
#	attack CODE WORDS…		one of them
#	aftermath			the neighbour lives; memory, channels and guests are as before
#	can_be_destroyed MODE…		so of guests that do not end, destroyed meanwhile
#	leave_arena				what must be true of all of it, and lib.sh's finish
#
# shellcheck shell=bash disable=SC2154,SC2317 # lib.sh sets; ok calls
guests=${HYPHA_GUESTS:-$here/../build/guests}
patience=$((150 * slow))	# seconds an attack may take, emulated
memory_bound=$((65536 * slow))	# KiB of dom0 that it may take meanwhile

irqs() { grep -c hypha- /proc/interrupts; }

#	neighbour ── hypha0 ── out 192.0.2.1 ── 192.0.2.2 [outside]
#	hostile ────┘
#
# The neighbour works all the time: it reads its disk, pings its gateway and, by a new flow each time, the outside, and
# says a number each time; what it lost it says too.
neighbour_says() { hyphactl logs neighbour | tail -n 1; }
says_more_than() { [ "$(neighbour_says)" != "$1" ]; }
neighbour_lives() { within 30 says_more_than "$(neighbour_says)"; }

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
			echo $((i += 1)); sleep 0.3
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

# What a guest is told.
words() { echo "mode=$* other=$neighbour_domid ip6hi=$ip6hi ip6lo=$ip6lo"; }

# hostile FORM WORDS…: the guest, attached; its console on stdout, its exit code ours.
hostile() {
	local form=$1
	shift
	timeout -k 5 "$patience" hyphactl launch -q -a "${with[@]}" -k "$guests/$form" --cmdline "$(words "$@")" "$busybox" </dev/null
}

# stays WORDS…: the guest, which does not end by itself.
stays() { launch "${with[@]}" -k "$guests/hostile" --cmdline "$(words "$@")" "$busybox"; }

alone() { equal "$(hyphactl list -a -q | wc -l)" 1; }
enough() { [ -e "$scratch/enough" ]; }

# The most memory that dom0 has missed since it began, KiB.
watch_memory() {
	local key kib first='' most=0 nap
	exec {nap}<> <(:)
	until enough; do
		while read -r key kib _ && [ "$key" != MemAvailable: ]; do :; done </proc/meminfo
		first=${first:-$kib}
		[ $((first - kib)) -le $most ] || most=$((first - kib))
		read -rt 0.2 -u "$nap"
	done
	echo $most
}

# What dom0 does while the attack NAME goes on: somebody reads all counters; others come and go.
meanwhile() {
	case $1 in
	cve-2026-100080 | cve-2026-100082) until enough; do hyphactl net -s -s link show; hyphactl inspect hostile; done ;;
	xsa-115) until enough; do run --name other -k "$guests/hostile" -m 16M --cmdline mode=exit "$busybox"; done ;;
	esac >/dev/null 2>&1 </dev/null
}

memory_was_bounded() {
	local most
	most=$(<"$scratch/memory")
	[ "$most" -le "$(<"$scratch/most")" ] || echo "$most" >"$scratch/most"
	[ "$most" -le $memory_bound ] || { echo "dom0 missed $most KiB meanwhile, $memory_bound are allowed"; return 1; }
}

# attack CODE WORDS…: whatever the guest does, it ends with CODE (125: it told none), and all is as before.
attack() {
	local want=$1 status
	shift
	rm -f "$scratch/enough"
	watch_memory >"$scratch/memory" &
	meanwhile "$1" &
	hostile hostile "$@" 2>&1 | tail -c 200000 >"$scratch/out"
	status=${PIPESTATUS[0]}
	touch "$scratch/enough"
	wait
	grep -a -e '^FINDING' -e '^hostile:' "$scratch/out" | tr -c '[:print:]\n' '?' | tail -n 60
	hyphactl destroy -f hostile >/dev/null 2>&1
	[ "$status" -eq "$want" ] || { echo "exit status $status, expected $want"; tail -n 3 "$scratch/out"; return 1; }
	memory_was_bounded && aftermath
}

aftermath() {
	neighbour_lives || return
	memory_is_back "$free_before" || return
	equal "$(irqs)" "$irqs_before" || return
	alone || { hyphactl list -a; return 1; }
}

try_attacks() {
	local code words belief tried=0
	while IFS='|' read -r words belief; do
		read -r code words <<<"$words"
		[ -n "$code" ] || continue
		case " ${ATTACKS:-${words%% *}} " in *" ${words%% *} "*) ;; *) continue ;; esac
		tried=$((tried + 1))
		# shellcheck disable=SC2086 # words
		ok "${belief# } ($words)" attack "$code" $words
	done
	[ -n "${ATTACKS:-}" ] || return 0
	ok "of ATTACKS=$ATTACKS there are some" [ "$tried" -gt 0 ]
	leave_arena
}

# Burning its processor, or asleep, it can be killed at any time.
can_be_destroyed() {
	local mode
	for mode; do
		# shellcheck disable=SC2086 # words
		stays $mode || return
		sleep 1
		neighbour_lives || { echo "beside $mode"; return 1; }
		exits 0 timeout 20 hyphactl destroy -f hostile || { echo "with $mode"; return 1; }
		aftermath || { echo "after $mode"; return 1; }
	done
}

both_forms_boot() {
	local form
	for form in hostile hostile-p2m; do
		exits 7 hostile "$form" exit code=7 || return
		hyphactl destroy -f hostile >/dev/null
	done
}

kernel_memory_is_bounded() {
	local now
	sync
	echo 2 >/proc/sys/vm/drop_caches
	now=$(kernel_memory)
	note "kernel memory: $memory_before KiB before, $now KiB after; at most $(<"$scratch/most") KiB less of all memory meanwhile"
	[ $((now - memory_before)) -lt 8192 ]
}

no_soft_lockup() {
	local said
	said=$(dmesg | sed "1,/hypha selftest $suite $$/d" | grep -E 'soft lockup|stall|blocked for more')
	[ -z "$said" ] || { echo "$said"; return 1; }
}

enter_arena() {
	[ -e "$guests/hostile" ] || { echo "1..0 # SKIP no $guests/hostile: make -C selftests/guests"; exit 4; }
	truncate -s 8M "$scratch/disk"
	ok "there is an outside" make_outside
	ok "a neighbour runs" start_neighbour
	read -r ip6 ip6hi ip6lo < <(take_ip6)
	neighbour_domid=$(field neighbour domid)
	with=(--name hostile -m 16M --ip 10.75.0.66 --ip6 "$ip6" --disk "$scratch/disk")
	ok "both forms of the hostile guest boot" both_forms_boot
	free_before=$(free_memory) irqs_before=$(irqs) memory_before=$(kernel_memory)
	echo 0 >"$scratch/most"
}

leave_arena() {
	ok "dom0's kernel memory is as before" kernel_memory_is_bounded
	ok "the neighbour was heard all the time" neighbour_was_heard
	ok "the neighbour read the same bytes all the time and stops" neighbour_stops
	ok "no processor of dom0 was stuck" no_soft_lockup
	drop_outside
	finish
}
