#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# killsteps.sh - SIGKILL at the system calls of launch, destroy and the exit helper: a whole guest or none, and nothing is lost.
# lab: timeout=3600
#
# STEPS, SEED: stepper/steps.sh. A system call that is under way when the signal comes is lifecycle.sh's.
# shellcheck disable=SC2034,SC2154 # lib.sh, steps.sh
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=stepper/steps.sh
. "$here/stepper/steps.sh"

killstep=$here/../build/stepper/killstep guest=$here/../build/guests/hostile
run=(hyphactl)
helper=/sys/module/hypha/parameters/exit_helper
cold_steps=$((steps ? steps / 3 : 300))

all_is_back() { nothing_is_left "$free" "$channels"; }
runs() { is step state running && is step ready true && says step staying; }
exited() { is step state exited && is step exitCode 7 && is step exitReason poweroff; }

tiny=(-q -d --name step -k "$guest" -m 16M)
before_launch() { :; }
do_launch() { "${run[@]}" launch "${tiny[@]}" --cmdline mode=stay "$busybox"; }
after_launch() {
	if [ -n "$(hyphactl list -aq)" ]; then
		within 10 runs || { hyphactl inspect step; return 1; }
		hyphactl destroy step >/dev/null || return
	fi
	all_is_back
}

# Nothing here yet: hypha-image brings image and kernel, in thousands of calls.
before_cold() {
	export HYPHA_ROOT=$scratch/cold
	rm -rf "$HYPHA_ROOT"
	steps=$cold_steps
}
do_cold() { do_launch; }
after_cold() { after_launch && hyphactl image verify -q && do_cold >/dev/null && after_launch; }

before_destroy() { hyphactl launch "${tiny[@]}" --cmdline mode=stay "$busybox" >/dev/null && within 10 runs; }
do_destroy() { "${run[@]}" destroy step; }
after_destroy() { hyphactl destroy -f step >/dev/null && all_is_back; }

# Of one that has exited there are a record and a log, and the module knows nothing any more.
exit_one() { hyphactl launch "${tiny[@]}" --cmdline 'mode=exit code=7' "$busybox" && within 10 exited; }
recorded() { equal "$(info guests.exited)" 0; }
before_rm() { exit_one >/dev/null && within 10 recorded; }
do_rm() { "${run[@]}" rm step; }
after_rm() { hyphactl rm -f step >/dev/null && all_is_back; }

before_exited() { echo >"$helper" && uuid=$(exit_one) && echo /usr/sbin/hyphactl >"$helper"; }
do_exited() { "${run[@]}" exited "$uuid"; }
after_exited() { exited && says step 'exit code 7' && hyphactl rm step >/dev/null && all_is_back; }

try() { ok "SIGKILL at any system call of $1: $2" killed "$1"; }

[ -x "$killstep" ] || { echo "1..0 # SKIP no $killstep: make -C selftests/stepper"; exit 4; }
ok "a launch that is let alone" before_destroy
hyphactl destroy step >/dev/null
free=$(free_memory) channels=$(event_channels)
try launch "a whole guest or none"
try destroy "the next one destroys it, and all comes back"
try rm "the next one removes it, and no record stays"
try exited "the guest's end is told all the same"
try cold "the same if image and kernel must be brought first, and the store verifies"
finish
