# SPDX-License-Identifier: GPL-2.0-or-later
# steps.sh: SIGKILL at the system calls of a command, before and after each; sourced by suites that have a $scratch.
#
# A command is three functions: before_NAME makes what it starts from; do_NAME runs it as "${run[@]}" WORD…; after_NAME says
# whether what is left will do, and that the command can be done again, after it was let alone as well.
#
#	killed NAME	tries it: STEPS of its stops, spread evenly, 0 is all; SEED: which. Says what it tried
#
# shellcheck shell=bash disable=SC2034,SC2154
steps=${STEPS:-10} seed=${SEED:-$RANDOM}

# killed_at NAME STOP: exit status 137, or it was over before.
killed_at() {
	local run=("$killstep" "$2" "${run[@]}")
	"before_$1" && "do_$1" >"$scratch/step" 2>&1
}
where() { grep -a '^killstep: ' "$scratch/step" | tail -n 1; }

# From the first stop of a stretch on, until it was faster.
killed() {
	local name=$1 stop stops by status tried=0
	{ killed_at "$name" 0 && "after_$name"; } || { cat "$scratch/step"; echo "$name, let alone"; return 1; }
	stops=$(where | sed 's/[^0-9]//g')
	by=$((steps && steps < stops ? stops / steps : 1))
	for ((stop = seed % by + 1; ; stop += by, tried++)); do
		killed_at "$name" "$stop"
		status=$?
		"after_$name" || { echo "$name, STEPS=$steps SEED=$seed: $(where)"; return 1; }
		[ "$status" -eq 137 ] || break
	done
	echo "# $name has about $stops stops; tried: $tried, each $by. from $((seed % by + 1)) on (SEED=$seed)"
	[ "$status" -eq 0 ] && [ "$tried" -ge $((stops / by / 2)) ] && return
	cat "$scratch/step"
	return 1
}
