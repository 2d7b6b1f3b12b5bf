#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# beside.sh - Xen's own toolstack beside us: it may run, come late or die; neither side disturbs the other.
# lab: own timeout=600
# shellcheck disable=SC2154,SC2317 # lib.sh sets; ok calls
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

xen=/usr/lib/xen-4.17/bin guest=$here/../build/guests/hostile

start_xenstored() {
	mkdir -p /run/xenstored /run/xen /var/lib/xenstored /var/lib/xen /var/log/xen
	modprobe -a xen-gntdev xen-gntalloc xen-evtchn xen-privcmd || return
	"$xen/oxenstored" --pid-file /run/xenstored.pid || return
	"$xen/xen-init-dom0" >/dev/null || return
	xenconsoled --pid-file=/run/xenconsoled.pid
	within 20 xl info
}

# Guests are launched, run and are destroyed all the while: COMMAND falls into any of that.
come_and_go() {
	local n=0
	while [ -e "$scratch/on" ]; do
		launch --name brief -k "$guest" -m 16M --cmdline mode=stay "$busybox" >/dev/null || return
		within 10 is brief ready true && hyphactl destroy brief >/dev/null || return
		n=$((n + 1))
	done
	note "$n guests meanwhile"
	[ "$n" -gt 1 ]
}
guests_come_and_go_while() { # COMMAND…
	local status
	: >"$scratch/on"
	come_and_go &
	sleep 0.$((RANDOM % 10))
	"$@" && sleep 3
	status=$?
	rm "$scratch/on"
	wait $! || { echo "the guests did not"; return 1; }
	return "$status"
}
signal_xenstored() { kill -"$1" "$(cat /run/xenstored.pid)"; }

a_guest_runs() {
	launch --name elder "$busybox" sleep 1000 || return
	within 60 is elder ready true
}

guests_live_beside_it() {
	is elder state running || return
	exits 5 run "$busybox" sh -c 'exit 5' || return
	xl list | awk -v id="$(field elder domid)" '$2 == id { found = 1 } END { exit !found }'
}

xl_guest_lives_beside_ours() {
	local elf modules
	elf=$(echo /var/lib/hypha/kernels/*.elf) modules=$(echo /var/lib/hypha/kernels/modules-*.cpio)
	printf '%s\n' 'name = "theirs"' 'type = "pv"' "kernel = \"$elf\"" "ramdisk = \"$modules\"" 'memory = 128' 'on_crash = "preserve"' >"$scratch/cfg"
	xl create -q "$scratch/cfg" || return
	xl domid theirs || return
	exits 6 run "$busybox" sh -c 'exit 6' || return
	equal "$(hyphactl list -q | wc -l)" 1 || return
	xl destroy theirs
}

xl_destroy_is_noticed() {
	launch --name taken "$busybox" sleep 1000 || return
	xl destroy "$(field taken domid)" || return
	within 10 is taken state exited || return
	is taken exitReason vanished || return
	hyphactl rm taken >/dev/null
}

die() { kill -9 "$(cat /run/xenstored.pid)" "$(cat /run/xenconsoled.pid)"; }

guests_live_without_it() {
	is elder state running || return
	exits 7 run "$busybox" sh -c 'exit 7' || return
	hyphactl stop -t 20 elder >/dev/null && hyphactl rm elder >/dev/null
}

free=$(free_memory)
ok 'a guest runs' a_guest_runs
ok 'guests come and go while xenstored starts' guests_come_and_go_while start_xenstored
ok 'guests start, run and end beside it' guests_live_beside_it
ok 'a guest of xl runs beside ours, which never shows it' xl_guest_lives_beside_ours
ok 'a domain that xl destroys is noticed' xl_destroy_is_noticed
ok 'guests come and go while xenstored is stopped' guests_come_and_go_while signal_xenstored STOP
ok 'guests come and go while it goes on' guests_come_and_go_while signal_xenstored CONT
ok 'guests come and go while xenstored and xenconsoled die' guests_come_and_go_while die
ok 'no guest of ours has noticed' guests_live_without_it
ok 'guests come and go while xenstored starts anew' guests_come_and_go_while start_xenstored
ok 'guests come and go while it is ended' guests_come_and_go_while signal_xenstored TERM
ok 'of our guests nothing is left' memory_is_back "$free"
finish
