#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# console.sh - a guest's console: log and replay, many readers and writers, floods, its file descriptors.
# shellcheck disable=SC2016,SC2154,SC2317 # guests expand; lib.sh sets; ok calls
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

same() { cmp "$1" "$2" || { od -c "$1" | head -n 5; od -c "$2" | head -n 5; return 1; }; }

output_is_the_command_s() {
	run "$busybox" sh -c 'echo one; echo two >&2; printf three' >"$scratch/out" || return
	printf 'one\ntwo\nthree' | same - "$scratch/out"
}

every_byte_comes_out_unchanged() {
	python3 -c 'import os; open("'"$scratch"'/all","wb").write(bytes(range(256)) * 16)'
	run -i "$busybox" cat <"$scratch/all" >"$scratch/out" || return
	same "$scratch/all" "$scratch/out"
}

much_input_arrives_whole() {
	local sum
	head -c 300000 /dev/urandom >"$scratch/much"
	sum=$(run -i "$busybox" md5sum <"$scratch/much") || return
	[ "${sum%% *}" = "$(md5sum <"$scratch/much" | cut -d' ' -f1)" ] || { echo "got $sum"; return 1; }
}

much_output_arrives_whole() {
	run "$busybox" sh -c 'i=0; while [ $i -lt 20000 ]; do echo "line $i of many"; i=$((i+1)); done' >"$scratch/out" || return
	seq 0 19999 | sed 's/.*/line & of many/' | same - "$scratch/out"
}

attached_later_it_replays() {
	launch --name early "$busybox" sh -c 'echo first; sleep 4; echo second' || return
	within 30 says early first || return
	hyphactl attach --no-stdin early >"$scratch/replay" &
	hyphactl attach --no-stdin --no-replay early >"$scratch/no-replay"
	wait
	printf 'first\nsecond\n' | same - "$scratch/replay" || return
	printf 'second\n' | same - "$scratch/no-replay"
}

log_keeps_the_newest() {
	local kept
	launch --name chatty "$busybox" sh -c 'i=0; while [ $i -lt 40000 ]; do echo "line $i with some more text"; i=$((i+1)); done; sleep 1000'
	within 120 says chatty 'line 39999 ' || return
	hyphactl logs chatty >"$scratch/log"
	kept=$(wc -c <"$scratch/log")
	[ "$kept" -eq 262144 ] || { echo "$kept bytes kept"; return 1; }
	[ $(($(field chatty log.bytes) - $(field chatty log.dropped))) -eq 262144 ] || return
	[ "$(field chatty log.dropped)" -gt 0 ] || return
	tail -n 1 "$scratch/log" | grep -qx 'line 39999 with some more text'
	# nothing is missing in the middle
	tail -n +2 "$scratch/log" | awk 'NR > 1 && $2 != last + 1 { bad = 1 } { last = $2 } END { exit bad }'
}

readers_all_see_the_same() {
	local i pids=()
	launch --name many "$busybox" sh -c 'sleep 3; i=0; while [ $i -lt 3000 ]; do echo "line $i"; i=$((i+1)); done' || return
	for i in 1 2 3 4 5 6 7 8; do
		hyphactl logs -f many >"$scratch/reader$i" 2>/dev/null &
		pids+=($!)
	done
	wait "${pids[@]}"
	grep -qx 'line 2999' "$scratch/reader1" || { tail -n 3 "$scratch/reader1"; return 1; }
	for i in 2 3 4 5 6 7 8; do
		same "$scratch/reader1" "$scratch/reader$i" || return
	done
}

has_printed() { [ "$(field "$1" log.bytes)" -gt "$2" ]; }

flood_hurts_nobody_else() {
	launch --name flood "$busybox" yes 'a flood of text that never ends' || return
	within 30 says flood flood || return
	[ "$(run "$busybox" echo still here)" = "still here" ] || return
	within 60 has_printed flood 1000000 || return
	hyphactl destroy flood
}

fd() { python3 "$here/console_fd.py" "$@"; }

ends_wake_everybody() {
	local id pid
	launch --name ending "$busybox" sleep 1000 || return
	within 30 is ending ready True || return
	id=$(field ending id)
	fd ends "$id" >"$scratch/ends" &
	pid=$!
	within 10 grep -q waiting "$scratch/ends" || return
	sleep 1
	hyphactl destroy ending || return
	wait $pid
}

fd_lives_longer_than_the_guest() {
	launch --name kept "$busybox" sh -c 'sleep 4; echo last words' || return
	within 30 is kept ready True || return
	fd after_exit "$(field kept id)" 'last words'
}

ok "what the command prints is what comes out" output_is_the_command_s
ok "every byte value passes both ways unchanged" every_byte_comes_out_unchanged
ok "300 kB of input arrive whole" much_input_arrives_whole
ok "20000 lines of output arrive whole and in order" much_output_arrives_whole
ok "who comes later gets the log replayed" attached_later_it_replays
ok "the log keeps the newest 256 KiB and counts the rest" log_keeps_the_newest
ok "eight readers see the same bytes" readers_all_see_the_same
ok "a flood hurts nobody else" flood_hurts_nobody_else

launch --name silent "$busybox" sleep 1000 >/dev/null
ok "a guest that does not read is up" within 30 is silent ready True
silent=$(field silent id)
ok "console flags are checked" fd flags "$silent"
ok "a reader who has read all waits" fd quiet "$silent"
ok "a full input blocks its writers" fd full "$silent"
ok "an open console outlives its guest" fd_lives_longer_than_the_guest
ok "the end of a guest wakes everybody" ends_wake_everybody
finish
