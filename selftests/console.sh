#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# console.sh - a guest's console: log and replay, many readers and writers, floods, its file descriptors.
# shellcheck disable=SC2016,SC2154,SC2317 # guests expand; lib.sh sets; ok calls
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

same() { cmp "$1" "$2" || { od -c "$1" | head -n 5; od -c "$2" | head -n 5; return 1; }; }
has_printed() { [ "$(field "$1" log.bytes)" -gt "$2" ]; }
fd() { python3 "$here/console_fd.py" "$@"; }
lines() { echo "i=0; while [ \$i -lt $1 ]; do echo \"line \$i with some more text\"; i=\$((i+1)); done"; }

output_is_the_command_s() {
	run "$busybox" sh -c "echo one; echo two >&2; $(lines 10000); printf three" >"$scratch/out" || return
	{ echo one; echo two; seq 0 9999 | sed 's/.*/line & with some more text/'; printf three; } | same - "$scratch/out"
}

input_arrives_unchanged() {
	python3 -c 'import os, sys; sys.stdout.buffer.write(bytes(range(256)) * 8 + os.urandom(300000))' >"$scratch/much"
	run -i "$busybox" cat <"$scratch/much" >"$scratch/out" || return
	same "$scratch/much" "$scratch/out"
}

attached_later_it_replays() {
	local pids=()
	launch --name early "$busybox" sh -c 'echo first; while :; do echo tick; sleep 1; done' || return
	within 60 says early tick || return
	hyphactl attach --no-stdin early >"$scratch/replay" &
	pids+=($!)
	hyphactl attach --no-stdin --no-replay early >"$scratch/no-replay" &
	pids+=($!)
	within 20 grep -q first "$scratch/replay" && within 20 grep -q tick "$scratch/no-replay" || return
	hyphactl destroy early >/dev/null
	wait "${pids[@]}"
	equal "$(head -n 1 "$scratch/replay")" first || return
	equal "$(grep -c first "$scratch/no-replay")" 0 || return
}

log_keeps_the_newest() {
	launch --name chatty "$busybox" sh -c "$(lines 20000); sleep 1000" || return
	within 120 says chatty 'line 19999 ' || { hyphactl logs chatty | tail -n 3; return 1; }
	hyphactl logs chatty >"$scratch/log"
	equal "$(wc -c <"$scratch/log")" 262144 || return
	equal $(($(field chatty log.bytes) - $(field chatty log.dropped))) 262144 || return
	[ "$(field chatty log.dropped)" -gt 0 ] || { echo "nothing dropped of $(field chatty log.bytes)"; return 1; }
	hyphactl destroy chatty >/dev/null
	equal "$(tail -n 1 "$scratch/log")" 'line 19999 with some more text' || return
	# nothing is missing in the middle
	tail -n +2 "$scratch/log" | awk 'NR > 1 && $2 != last + 1 { bad = 1; print was; print } { last = $2; was = $0 } END { exit bad }'
}

readers_all_see_the_same() {
	local i pids=()
	launch --name many "$busybox" sh -c "sleep 3; $(lines 3000)" || return
	for i in 1 2 3 4 5 6 7 8; do
		hyphactl logs -f many >"$scratch/reader$i" &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i" || echo "a reader exited with $?"
	done
	grep -q '^line 2999 ' "$scratch/reader1" || { tail -n 3 "$scratch/reader1"; return 1; }
	for i in 2 3 4 5 6 7 8; do
		same "$scratch/reader1" "$scratch/reader$i" || return
	done
}

flood_hurts_nobody_else() {
	launch --name flood "$busybox" yes 'a flood of text that never ends' || return
	within 60 says flood flood || return
	equal "$(run "$busybox" echo still here)" "still here" || return
	within 60 has_printed flood 1000000 || return
	hyphactl destroy flood >/dev/null
}

fd_outlives_the_guest() {
	launch --name kept "$busybox" sh -c 'sleep 4; echo last words' || return
	within 60 is kept ready true || return
	fd after_exit "$(field kept id)" 'last words'
}

ends_wake_everybody() {
	local pid
	fd ends "$silent" >"$scratch/ends" &
	pid=$!
	within 20 grep -q waiting "$scratch/ends" || return
	sleep 1
	hyphactl destroy silent >/dev/null || return
	wait "$pid"
}

ok "10 000 lines come out as they went in" output_is_the_command_s
ok "every byte value passes both ways unchanged, 300 kB of them" input_arrives_unchanged
ok "who comes later gets the log replayed" attached_later_it_replays
ok "the log keeps the newest 256 KiB and counts the rest" log_keeps_the_newest
ok "eight readers see the same bytes" readers_all_see_the_same
ok "a flood hurts nobody else" flood_hurts_nobody_else

launch --name silent "$busybox" sleep 1000 >/dev/null
ok "a guest that does not read is up" within 60 is silent ready true
silent=$(field silent id)
ok "console flags are checked" fd flags "$silent"
ok "an answer that cannot be written leaves no descriptor" fd unwritable "$silent"
ok "a reader who has read all waits" fd quiet "$silent"
ok "a full input blocks its writers" fd full "$silent"
ok "the end of a guest wakes everybody" ends_wake_everybody
ok "an open console outlives its guest" fd_outlives_the_guest
finish
