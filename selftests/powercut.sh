#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# powercut.sh - images and guests' records after a power cut: what was told as done is there, and what is there is whole.
# lab: timeout=1200
#
#	ext4 ── /dev/mapper/power ── dm-log-writes ─┬─ disk    files in a tmpfs, by loop
#	                                            └─ log     all that was written, and when it was told to last
#
# A copy of the disk below a living file system would not do: it takes its time, so that early and late writes are in it as no power
# cut leaves them, and what makes it exact (freezing) syncs, which hides what nobody has asked to last. With the log powercut.py
# makes what any cache may have kept at any moment. Each such disk is mounted, looked at, and used.
#
# CUTS: at how many moments (20); SEED: which.
# shellcheck disable=SC2154 # lib.sh sets
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

guests=${HYPHA_GUESTS:-$here/../build/guests}
cuts=${CUTS:-20} seed=${SEED:-$RANDOM}
disks=$scratch/disks power=$scratch/power cut=$scratch/cut
export DM_DISABLE_UDEV=1

leave() {
	umount "$cut"
	umount "$power"
	dmsetup remove power
	losetup -D
	umount "$disks"
}

vm() { echo "$2" >"/proc/sys/vm/dirty_$1_centisecs"; }

make_disk() {
	local disk log
	mkdir "$disks" "$power" "$cut" && mount -t tmpfs -o size=800m tmpfs "$disks" || return
	truncate -s 96M "$disks/disk" && truncate -s 512M "$disks/log" || return
	mke2fs -q -t ext4 -J size=4 -E nodiscard,lazy_itable_init=0,lazy_journal_init=0 "$disks/disk" || return
	cp --sparse=always "$disks/disk" "$disks/replayed" && modprobe -a loop dm-log-writes || return
	disk=$(losetup -f --show "$disks/disk") && log=$(losetup -f --show "$disks/log") || return
	dmsetup create power --table "0 $(blockdev --getsz "$disk") log-writes $disk $log" || return
	vm writeback 10 && vm expire 20	# what nobody syncs is written at odd moments, too
	mount -o commit=1 /dev/mapper/power "$power"
}

# The log is complete when its device is gone.
stop_disk() {
	vm writeback 500
	vm expire 3000
	umount "$power" && dmsetup remove power && losetup -D
}

# --- what is done there; marks in the log say may:THING, must:THING, not:THING from here on ---

mark() { dmsetup message power 0 mark "$1"; }
brings() { # THING COMMAND…
	mark "may:$1" && "${@:2}" >/dev/null && mark "must:$1"
}
takes() { # THING COMMAND…
	mark "may:$1" && "${@:2}" >/dev/null && mark "not:$1"
}

pulls() { brings "image:$1" hyphactl pull -q "$1"; }
removes() { takes "image:$1" hyphactl image rm "$1"; }
remember_packed() { (cd "$HYPHA_ROOT/images/packed" && sha256sum ./*) >>"$scratch/packed"; }

launch_tiny() { launch -k "$guests/hostile" -m 16M --cmdline "$1" "$busybox:latest"; }
# The helper syncs the record, and only then the module forgets the guest.
recorded() { [ "$(jq -r .state "$HYPHA_ROOT/guests/$1/guest.json")" = exited ] && ! pgrep -f "exited $1" >/dev/null; }
exits_there() {
	local uuid
	uuid=$(launch_tiny mode=exit) && within 20 recorded "$uuid" && mark "must:record:$uuid" || return
	echo "$uuid"
}
forgets() { mark "may:record:$1" && hyphactl rm "$1" >/dev/null; }

archive_to_load() {
	hyphactl pull -q "$busybox:env" && hyphactl image tag "$busybox:env" example.org/loaded:1 &&
		hyphactl image save -q -o "$scratch/loaded.tar" example.org/loaded:1
}

work() {
	local HYPHA_ROOT=$power/hypha first second
	export HYPHA_ROOT
	pulls "$busybox:latest" && first=$(exits_there) || return
	pulls "$busybox:user" & pulls "$busybox:exit7" &
	brings image:example.org/loaded:1 hyphactl image load -q -i "$scratch/loaded.tar" || return
	wait
	second=$(exits_there) || return
	brings image:example.org/tagged:2 hyphactl image tag "$busybox:latest" example.org/tagged:2 || return
	remember_packed
	launch_tiny mode=stay >/dev/null && forgets "$first" || return
	removes "$busybox:user" && removes example.org/loaded:1 && pulls "$busybox:user" || return
	mark "may:record:$second" && hyphactl destroy --all >/dev/null || return
	hyphactl image prune >/dev/null && removes "$busybox:exit7" && removes example.org/tagged:2 && removes "$busybox:user" || return
	takes "image:$busybox:latest" hyphactl image prune -a
}

# --- what is left ---

index() { [ ! -e "$HYPHA_ROOT/images/index.json" ] || jq -r '.manifests[].annotations["org.opencontainers.image.ref.name"]' "$HYPHA_ROOT/images/index.json"; }
packed_is_known() { grep -q "^$(sha256sum <"$1" | cut -d' ' -f1) " "$scratch/packed" || { echo "$1: other bytes than before"; return 1; }; }

images_are_whole() {
	local name
	hyphactl image verify -q || return
	for name in $(index); do
		packed_is_known "$(hyphactl image inspect "$name" | jq -r '.[0].packed.file')" || { echo "image $name"; return 1; }
	done
}

# A launch's record is not waited for: who lists guests finds it whole or forgets it.
records_are_whole() {
	local file
	hyphactl list -aq >"$scratch/listed" || return
	for file in "$HYPHA_ROOT"/guests/*; do
		[ ! -e "$file" ] || equal "$(jq -r .uuid "$file/guest.json")" "${file##*/}" || { ls -la "$file"; return 1; }
	done
}

has() { # THING
	local dir=$HYPHA_ROOT/guests/${1#record:}
	case $1 in
	image:*) index | grep -qxF "${1#image:}" ;;
	record:*) [ "$(jq -r .state "$dir/guest.json" 2>/dev/null)" = exited ] && grep -q 'mode exit' "$dir/log" ;;
	esac
}

# Marks that came while it was written promise nothing yet.
promises() { awk '{ word = $2; sub(/:.*/, "", word); sub(/^[a-z]*:/, "", $2); is[$2] = $1 == "past" ? word : "may" } END { for (i in is) print is[i], i }' "$1"; }
promises_are_kept() {
	local word thing
	while read -r word thing; do
		case $word in
		must) has "$thing" || { echo "$thing is lost"; return 1; } ;;
		not) ! has "$thing" || { echo "$thing is back"; return 1; } ;;
		esac
	done < <(promises "$1")
}

# And nothing lies around that nobody finds any more.
goes_on() {
	hyphactl pull -q "$busybox:latest" >/dev/null && images_are_whole || return
	hyphactl rm --all >/dev/null && hyphactl image prune -a >/dev/null 2>&1 || return
	equal "$(ls -A "$HYPHA_ROOT/guests" 2>/dev/null)" "" || return
	equal "$(find "$HYPHA_ROOT"/images/{blobs,packed,layers,tmp,partial} -type f)" ""
}

look_at() { # MARKS
	local HYPHA_ROOT=$cut/hypha status=0
	export HYPHA_ROOT
	mount -o loop "$disks/replayed.cut" "$cut" || return
	{ images_are_whole && records_are_whole && promises_are_kept "$1" && goes_on; } || status=$?
	umount "$cut" || return
	e2fsck -fn "$disks/replayed.cut" >"$scratch/fsck" 2>&1 || { cat "$scratch/fsck"; return 1; }
	return "$status"
}

all_cuts() {
	local line cutter looked=0 where=none
	coproc CUTTER { exec python3 "$here/powercut.py" "$disks/log" "$disks/replayed" "$cuts" "$seed"; }
	cutter=$CUTTER_PID
	while read -r line <&"${CUTTER[0]}"; do
		case $line in
		cut*) where=$line && : >"$scratch/marks" ;;
		past* | during*) echo "$line" >>"$scratch/marks" ;;
		look)
			look_at "$scratch/marks" || { echo "CUTS=$cuts SEED=$seed: $where"; kill "$cutter"; return 1; }
			looked=$((looked + 1))
			echo >&"${CUTTER[1]}" ;;
		esac
	done
	note "$looked cuts (SEED=$seed), the last: $where"
	[ "$looked" -gt 0 ]
}

[ -e "$guests/hostile" ] || { echo "1..0 # SKIP no $guests/hostile: make -C selftests/guests"; exit 4; }
ok "an image to load" archive_to_load
ok "a disk that keeps a log" make_disk
ok "images come and go, guests start and end" work
ok "the disk's log is complete" stop_disk
ok "after a power cut at any moment what is done is there, what is there is whole, and all goes on" all_cuts
finish
