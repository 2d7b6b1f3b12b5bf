#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lockdown.sh - a kernel that is locked down takes no unsigned module, and ours, if it is in, takes nobody's commands.
# lab: mem=3072 linux=init_on_alloc=0 timeout=300
#
# It cannot be undone before the next boot: this suite comes last in one it shares with others, as its name does.
# shellcheck disable=SC2154,SC2317 # lib.sh sets; ok calls
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

lock=/sys/kernel/security/lockdown

lock_down() {
	echo integrity >"$lock" && grep -q '\[integrity\]' "$lock"
}

says_why() { fails_with 'locked down' hyphactl "$@"; }

# Nobody asks it to stop meanwhile; it ends as it likes, and its record is written.
guest_lives_and_ends() {
	is stays state running || return
	within 60 is stays state exited || return
	is stays exitCode 7
}

refuses_unsigned() {
	modprobe -r hypha || return
	fails_with '' modprobe hypha || return
	since_begin | grep -q 'Lockdown: .*unsigned module loading is restricted' || { since_begin | tail -n 3; return 1; }
	! grep -q '^hypha ' /proc/modules
}

[ -w $lock ] || { echo "1..0 # SKIP this kernel has no lockdown"; exit 4; }
ok "before, guests are launched" launch --name stays "$busybox" sh -c 'sleep 20; exit 7'
ok "the kernel is locked down" lock_down
ok "then /dev/hypha cannot be opened, and launch says why" says_why launch -d "$busybox" true
ok "so does destroy" says_why destroy -f stays
ok "so does info" says_why info
ok "reading by netlink works: it changes nothing" hyphactl list
ok "a guest that runs goes on and ends, and its record is there" guest_lives_and_ends
ok "an unsigned module is refused by the kernel, which says so" refuses_unsigned
finish
