#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# canary.sh - nothing of dom0's memory, nor of another guest's, is ever in a guest's: a word that is everywhere is looked for.
# lab: mem=3072 linux=init_on_alloc=0 timeout=600
#
# Debian's kernel clears what it allocates (init_on_alloc=1), which would hide what we forget: off here.
# shellcheck disable=SC2154,SC2317 # lib.sh sets; ok calls
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

kernel=$here/../build/guests/hostile
word=$((RANDOM << 45 ^ RANDOM << 30 ^ RANDOM << 15 ^ RANDOM | 1 << 61))
not=$(printf %u $((~word)))	# the guest is told the complement, or it would find what it was told
target=/sys/devices/system/xen_memory/xen_memory0/target_kb

# guest NAME MEMORY MODE: its console; its exit code is ours.
guest() {
	hyphactl launch -q -a --rm --name "$1" -k "$kernel" -m "$2" --ip 10.75.0.66 --disk "$scratch/disk" \
		--cmdline "mode=$3 not=$not" "$busybox" </dev/null
}

# The word in most of dom0's free memory: what programs had, what files had, what sockets and pipes carried.
fill_dom0() {
	python3 - "$word" "$scratch/canary" <<-'EOF'
		import os, socket, struct, sys
		word = struct.pack("<Q", int(sys.argv[1]))
		with open("/proc/meminfo") as info:
		    free = next(int(line.split()[1]) for line in info if line.startswith("MemAvailable"))
		kept = [bytearray(word * (1 << 17)) for _ in range(free * 6 // 10 >> 10)]
		with open(sys.argv[2], "wb") as file:
		    for block in kept[:32]:
		        file.write(block)
		pairs = [socket.socketpair() for _ in range(100)]
		for one, _ in pairs:
		    one.setblocking(False)
		    try:
		        for size in range(24, 20000, 24):
		            one.send(word * (size // 8))
		    except BlockingIOError:
		        pass
		print(len(kept), "MiB")
	EOF
	rm "$scratch/canary"
	echo 1 >/proc/sys/vm/drop_caches
}

the_word_can_be_found() {
	local said
	said=$(guest finder 24M memory-plant) && { echo "a planted word was not found: $said"; return 1; }
	grep -q '^FINDING: frame' <<<"$said" || { echo "$said"; return 1; }
}

finds_nothing() {
	local said status
	said=$(guest "$@") && status=0 || status=$?
	grep '^hostile: looked' <<<"$said" | sed 's/^/# /'
	[ "$status" -eq 0 ] || { echo "exit $status: $said"; return 1; }
}

# More of its memory than Xen had free when dom0 gave it up.
after_balloon() {
	local was now
	was=$(cat "$target")
	fill_dom0 || return
	echo $((was - 102400)) >"$target"
	sleep 3
	now=$(cat /sys/devices/system/xen_memory/xen_memory0/info/current_kb)
	[ "$now" -le $((was - 80000)) ] || { echo "dom0 gave only $((was - now)) KiB"; return 1; }
	finds_nothing big "$(($(info memory.free) / 1048576 - 64))M" memory-scan
	now=$?
	echo "$was" >"$target"
	return "$now"
}

after_guest() {
	local said
	said=$(guest filler "$(($(info memory.free) / 1048576 - 64))M" memory-fill) || { echo "$said"; return 1; }
	grep -q 'filled [1-9][0-9]\{4\}' <<<"$said" || { echo "$said"; return 1; }
	finds_nothing heir "$(($(info memory.free) / 1048576 - 64))M" memory-scan
}

[ -e "$kernel" ] || { echo "1..0 # SKIP no $kernel: make -C selftests/guests"; exit 4; }
truncate -s 1M "$scratch/disk"
ok "a word that is there is found" the_word_can_be_found
ok "dom0's memory is full of a word and given back" fill_dom0
for size in 16M 17M 64M 256M; do
	ok "a guest of $size finds nothing of it" finds_nothing "scan$size" "$size" memory-scan
done
ok "nor one in memory that was dom0's own" after_balloon
ok "nor one in memory that was another guest's" after_guest
finish
