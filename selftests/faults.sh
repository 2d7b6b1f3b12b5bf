#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# faults.sh - each call hypha takes fails at each allocation, user copy and hypercall in it: it refuses whole or goes on whole.
# lab: timeout=2400
# shellcheck disable=SC2154,SC2317 # lib.sh sets; ok calls
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

build=$here/../build
kernel=$scratch/hostile

verbs=${VERBS:-}

if [ ! -d /sys/kernel/debug/hypha_fail_hypercall ] || [ ! -e /proc/self/fail-nth ]; then
	echo "1..0 # SKIP no fault injection in this kernel; that of lab --debug has it"
	exit 4
fi

# Sleeping allocations too; without a trace for each. Nobody but us shall forget an exited guest.
arrange() {
	local kind
	echo >/sys/module/hypha/parameters/exit_helper || return
	for kind in failslab fail_page_alloc fail_usercopy hypha_fail_hypercall; do
		echo 0 >"/sys/kernel/debug/$kind/verbose" || return
	done
	echo N >/sys/kernel/debug/failslab/ignore-gfp-wait && echo N >/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait &&
		echo 0 >/sys/kernel/debug/fail_page_alloc/min-order
}

try_verb() { timeout -k 5 3600 "$build/faults/faults" "$1" "$kernel" "$(modinfo -n hypha)"; }

# A guest reads a disk and pings while each hundredth hypercall of anybody's fails: errors reach it, nothing else.
works_on_bad_hypercalls() {
	local said
	truncate -s 8M "$scratch/disk"
	launch --name neighbour --disk "$scratch/disk" "$busybox" sh -c 'while :; do
			dd if=/dev/xvdb of=/dev/null bs=64k iflag=direct
			ping -c 1 -W 1 10.75.0.1
		done >/dev/null 2>&1' || return
	within 120 is neighbour ready true || return
	echo 0 >/sys/kernel/debug/hypha_fail_hypercall/verbose	# the module has been loaded anew
	echo 1 >/sys/kernel/debug/hypha_fail_hypercall/probability
	echo -1 >/sys/kernel/debug/hypha_fail_hypercall/times
	sleep 20
	echo 0 >/sys/kernel/debug/hypha_fail_hypercall/probability
	said=$(field neighbour disks.1.errors)
	note "the disk told its guest of $said errors"
	hyphactl destroy neighbour >/dev/null && [ "$said" -gt 0 ]
}

helper=$(cat /sys/module/hypha/parameters/exit_helper)
cp "$build/guests/hostile" "$kernel"	# from a page cache: what a network file system allocates is not ours
ok "faults can be arranged" arrange
for verb in ${verbs:-$("$build/faults/faults" list)}; do
	ok "$verb fails at each of its points and leaves nothing" try_verb "$verb"
done
echo "$helper" >/sys/module/hypha/parameters/exit_helper
[ -n "$verbs" ] || ok "a guest at work outlives hypercalls that fail" works_on_bad_hypercalls
finish
