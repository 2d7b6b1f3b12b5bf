#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# callers.sh - four threads call the module in every wrong way they can think of: it refuses as documented, and nothing is left.
# lab: timeout=900
#
# The callers are selftests/callers; what they find wrong they say in lines "FINDING: …". CALLS=N: how many calls in all.
# shellcheck disable=SC2154,SC2317 # lib.sh sets; ok calls
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

program=${HYPHA_CALLERS:-$here/../build/callers/callers}
guest=${HYPHA_GUESTS:-$here/../build/guests}/hostile
calls=${CALLS:-$((150000 / slow))}
seed=${SEED:-$(date +%s)}
helper=/sys/module/hypha/parameters/exit_helper

# callers PERCENT WORD…: so many of the calls. What they found comes last.
callers() {
	local count=$((calls * $1 / 100)) status
	shift
	"$program" seed="$seed" count="$count" kernel="$guest" dir="$scratch" "$@" >"$scratch/said" 2>&1 && status=0 || status=$?
	grep -v '^FINDING' "$scratch/said"
	grep '^FINDING' "$scratch/said"
	sed -n 's/^# CREATE *\([0-9]*\) ok.*/\1/p' "$scratch/said" >>"$scratch/created"
	return "$status"
}

# Guests that end by the hundred do not each start a program; echo is how one says so.
without_helper() {
	local status was
	was=$(cat "$helper")
	echo >"$helper"
	"$@" && status=0 || status=$?
	echo "$was" >"$helper"
	return "$status"
}

# The module itself has to say no, not only the device node's mode.
with_open_device() {
	local status
	chmod 666 /dev/hypha
	"$@" && status=0 || status=$?
	chmod 600 /dev/hypha
	return "$status"
}

helper_was_left_alone() { ! since_begin | grep 'exit helper'; }

# Xen itself loses up to 2 KiB with each domain of many vCPUs (of two: 0.3): sched_free_unit() takes the last but one's scheduling
# unit to be in use, for the last one's is off the list already (xen/common/sched/core.c, up to 4.23).
nothing_is_left() {
	local created
	created=$(awk '{ n += $1 } END { print n + 0 }' "$scratch/created")
	note "$created guests were created"
	destroy_all
	equal "$(hyphactl list -aq)" "" && no_records || return
	memory_is_back $((free - 2 * created)) && equal "$(event_channels)" "$events" || return
	note "files $files -> $(open_files)"
	# The kernel counts 32 at a time on each processor.
	[ $(($(open_files) - files)) -le 64 ] || { echo "open files: $files before, $(open_files) after"; return 1; }
}

# After the first calls, when caches are filled: 40 bytes a call would show.
kernel_memory_is_bounded() {
	local now
	sync
	echo 2 >/proc/sys/vm/drop_caches
	now=$(kernel_memory)
	note "kernel memory: $memory KiB before, $now KiB after"
	[ $((now - memory)) -le 6144 ]
}

[ -e "$program" ] || { echo "1..0 # SKIP no $program: make -C selftests/callers"; exit 4; }
[ -e "$guest" ] || { echo "1..0 # SKIP no $guest: make -C selftests/guests"; exit 4; }
note "SEED=$seed CALLS=$calls"
hyphactl destroy --all -f >/dev/null 2>&1

free=$(free_memory) events=$(event_channels) files=$(open_files)
ok "a few calls while exited guests start their helper" callers 2
ok "without a helper none is started" without_helper callers 2
memory=$(kernel_memory)
ok "calls of root's are answered as documented" without_helper callers 50
ok "so are a 32-bit program's" without_helper callers 20 compat=1
ok "so are those of the ioctls alone" without_helper callers 10 mode=ioctl
ok "so are those of consoles" without_helper callers 10 mode=console
ok "who is not root may nothing" with_open_device callers 2 uid=nobody
ok "nor who is root in a user namespace" with_open_device callers 2 uid=userns
ok "nor who has CAP_NET_ADMIN and nothing else" with_open_device callers 2 uid=netadmin
ok "nor who was root when opening the socket" with_open_device callers 2 uid=dropped
ok "a helper that is none was not started" helper_was_left_alone
ok "nothing is left of their guests" nothing_is_left
ok "the kernel's memory is as before" kernel_memory_is_bounded
ok "the module comes and goes" module_comes_and_goes
finish
