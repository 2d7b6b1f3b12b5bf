#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# beside.sh - Xen's own toolstack beside us: it may run, come late or die; neither side disturbs the other.
# lab: own timeout=600
# shellcheck disable=SC2154,SC2317 # lib.sh sets; ok calls
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

xen=/usr/lib/xen-4.17/bin

start_xenstored() {
	mkdir -p /run/xenstored /run/xen /var/lib/xenstored /var/lib/xen /var/log/xen
	modprobe -a xen-gntdev xen-gntalloc xen-evtchn xen-privcmd || return
	"$xen/oxenstored" --pid-file /run/xenstored.pid || return
	"$xen/xen-init-dom0" >/dev/null || return
	xenconsoled --pid-file=/run/xenconsoled.pid
	within 20 xl info
}

starts_while_a_guest_runs() {
	launch --name elder "$busybox" sleep 1000 || return
	within 60 is elder ready true || return
	start_xenstored
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

its_death_is_not_ours() {
	kill -9 "$(cat /run/xenstored.pid)" "$(cat /run/xenconsoled.pid)" || return
	is elder state running || return
	exits 7 run "$busybox" sh -c 'exit 7' || return
	hyphactl stop -t 20 elder >/dev/null
}

ok 'xenstored starts while a guest runs' starts_while_a_guest_runs
ok 'guests start, run and end beside it' guests_live_beside_it
ok 'a guest of xl runs beside ours, which never shows it' xl_guest_lives_beside_ours
ok 'a domain that xl destroys is noticed' xl_destroy_is_noticed
ok 'xenstored and xenconsoled die, and no guest of ours notices' its_death_is_not_ours
finish
