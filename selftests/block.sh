#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# block.sh - a guest's disks: what it reads is the file, what it flushed is in the file, and what it cannot do.
# shellcheck disable=SC2016,SC2154,SC2317 # guests expand; lib.sh sets; ok calls
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sum() { md5sum <"$1" | cut -d' ' -f1; }
image() { head -c "$2" /dev/urandom >"$scratch/$1"; }
cold() { sync; echo 3 >/proc/sys/vm/drop_caches; }

guest_reads_the_file() {
	image ro 16M
	cold
	equal "$(run --disk "$scratch/ro:ro" "$busybox" md5sum /dev/xvdb)" "$(sum "$scratch/ro")  /dev/xvdb"
}

readonly_is_readonly() {
	local before
	before=$(sum "$scratch/ro")
	run --disk "$scratch/ro:ro" "$busybox" sh -c '
		[ "$(cat /sys/block/xvdb/ro)" = 1 ] || exit 10
		echo no >/dev/xvdb && exit 11
		dd if=/dev/zero of=/dev/xvdb bs=4096 count=1 conv=fsync 2>/dev/null && exit 12
		exit 0' || return
	equal "$(sum "$scratch/ro")" "$before"
}

many_share_one_file() {
	local want i pids=()
	want="$(sum "$scratch/ro")  /dev/xvdb"
	cold
	for i in 1 2 3 4; do
		run --disk "$scratch/ro:ro" "$busybox" md5sum /dev/xvdb >"$scratch/sum$i" &
		pids+=($!)
	done
	wait "${pids[@]}"
	for i in 1 2 3 4; do
		equal "$(cat "$scratch/sum$i")" "$want" || return
	done
}

large_requests_are_indirect() {
	local per
	launch --name direct --disk "$scratch/ro:ro" "$debian" sh -c '
		dd if=/dev/xvdb of=/dev/null bs=1M iflag=direct && echo done; sleep 1000' || return
	within 60 says direct 'done' || { hyphactl logs direct; return 1; }
	note "$(hyphactl logs direct | grep copied)"
	is direct disks.1.readBytes $((16 << 20)) || return
	per=$(($(field direct disks.1.readBytes) / $(field direct disks.1.readRequests)))
	note "$per bytes per request"
	hyphactl destroy direct >/dev/null
	[ "$per" -gt 45056 ]	# 11 pages are all that fits into a direct request
}

what_is_flushed_is_in_the_file() {
	truncate -s 8M "$scratch/rw"
	image pattern 3000000
	launch --name writer --disk "$scratch/rw" --disk "$scratch/pattern:ro" "$busybox" sh -c '
		dd if=/dev/xvdc of=/dev/xvdb bs=2999808 count=1 conv=fsync 2>/dev/null && echo synced; sleep 1000' || return
	within 60 says writer synced || { hyphactl logs writer; return 1; }
	[ "$(field writer disks.1.flushes)" -gt 0 ] || { echo "no flush arrived"; return 1; }
	is writer disks.1.errors 0 || return
	hyphactl destroy writer >/dev/null || return
	cmp -n 2999808 "$scratch/rw" "$scratch/pattern" || return
	equal "$(stat -c %s "$scratch/rw")" $((8 << 20))
	cmp -n $(((8 << 20) - 2999808)) -i 2999808:0 "$scratch/rw" /dev/zero
}

ext4_survives_relaunch() {
	truncate -s 64M "$scratch/ext4"
	mkfs.ext4 -q -F "$scratch/ext4" || return
	run --disk "$scratch/ext4" "$debian" sh -c '
		mount -t ext4 /dev/xvdb /mnt && cp -a /etc /bin/bash /mnt && md5sum /mnt/bash >/mnt/sum && umount /mnt' || return
	e2fsck -fn "$scratch/ext4" || return
	cold
	run --disk "$scratch/ext4:ro" "$debian" sh -c '
		mount -t ext4 -o ro /dev/xvdb /mnt && md5sum -c /mnt/sum && diff -r --no-dereference /etc/apt /mnt/etc/apt'
}

# Killed right after fsync: the journal must bring it back whole.
ext4_survives_a_kill() {
	launch --name killed --disk "$scratch/ext4" "$debian" sh -c '
		mount -t ext4 /dev/xvdb /mnt && echo precious >/mnt/fsynced && sync /mnt/fsynced && echo synced
		while :; do cp /bin/bash /mnt/junk; rm /mnt/junk; done' || return
	within 60 says killed synced || { hyphactl logs killed; return 1; }
	sleep 1
	hyphactl destroy killed >/dev/null || return
	run --disk "$scratch/ext4" "$debian" sh -c 'mount -t ext4 /dev/xvdb /mnt && cat /mnt/fsynced && umount /mnt' >"$scratch/out" ||
		return
	equal "$(cat "$scratch/out")" precious || return
	e2fsck -fn "$scratch/ext4"
}

eight_disks_keep_apart() {
	local i disks=() want=''
	for i in b c d e f g h i; do
		image "disk-$i" $((65536 * (1 + RANDOM % 32)))
		disks+=(--disk "$scratch/disk-$i:ro")
		want+="$(sum "$scratch/disk-$i")  /dev/xvd$i"$'\n'
	done
	equal "$(run "${disks[@]}" "$busybox" sh -c 'md5sum /dev/xvd[b-i]')" "${want%$'\n'}"
}

writers_in_parallel() {
	local i
	truncate -s 32M "$scratch/par"
	image seed 8M
	run -c 4 --disk "$scratch/par" --disk "$scratch/seed:ro" "$busybox" sh -c '
		for i in 0 1 2 3; do
			dd if=/dev/xvdc of=/dev/xvdb bs=64k seek=$((i * 128)) conv=fsync,notrunc 2>/dev/null &
		done; wait' || return
	for i in 0 1 2 3; do
		cmp -n $((8 << 20)) -i $((i * (8 << 20))):0 "$scratch/par" "$scratch/seed" || return
	done
}

odd_and_huge_sizes() {
	printf '%1000s' x >"$scratch/odd"
	truncate -s 8T "$scratch/huge" || return
	run --disk "$scratch/odd:ro" --disk "$scratch/huge" "$busybox" sh -c '
		blockdev --getsize64 /dev/xvdb; blockdev --getsize64 /dev/xvdc
		echo end | dd of=/dev/xvdc bs=512 seek=$(((8 << 31) - 1)) conv=fsync,sync 2>/dev/null && echo written' >"$scratch/out"
	printf '512\n8796093022208\nwritten\n' | cmp - "$scratch/out" || { cat "$scratch/out"; return 1; }
	equal "$(tail -c 512 "$scratch/huge" | head -c 4)" end
	equal "$(stat -c %s "$scratch/huge")" 8796093022208
}

a_shrunk_file_gives_errors() {
	image shrink 4M
	launch --name shrinking --disk "$scratch/shrink:ro" "$busybox" sh -c '
		echo begin; while [ "$(cat /proc/uptime | cut -d. -f1)" -lt 1000 ]; do
			echo 3 >/proc/sys/vm/drop_caches; dd if=/dev/xvdb of=/dev/null bs=64k 2>&1 | grep -i error; sleep 0.2; done' || return
	within 30 says shrinking begin || return
	truncate -s 1M "$scratch/shrink"
	within 20 says shrinking -i || within 20 says shrinking 'rror' || { hyphactl logs shrinking; return 1; }
	[ "$(field shrinking disks.1.errors)" -gt 0 ] || return
	is shrinking disks.1.broken False || return
	is shrinking state running || return
	hyphactl destroy shrinking >/dev/null
}

a_block_device_is_a_disk() {
	[ -b /dev/vda ] || return
	equal "$(run --disk /dev/vda:ro "$busybox" sh -c 'head -c 1000000 /dev/xvdb | md5sum')" "$(head -c 1000000 /dev/vda | md5sum)"
}

bad_disks_are_named() {
	fails_with "$scratch/none" exits 125 hyphactl launch -q --disk "$scratch/none" "$busybox" true 2>&1
	mkdir -p "$scratch/dir"
	exits 125 hyphactl launch -q --disk "$scratch/dir" "$busybox" true || return
	: >"$scratch/empty"
	exits 125 hyphactl launch -q --disk "$scratch/empty:ro" "$busybox" true || return
	equal "$(hyphactl list -q)" ""
}

ok "a guest reads what is in the file" guest_reads_the_file
ok "a read-only disk cannot be written" readonly_is_readonly
ok "four guests share one file" many_share_one_file
ok "large requests come as indirect ones" large_requests_are_indirect
ok "what is flushed is in the file" what_is_flushed_is_in_the_file
ok "an ext4 survives relaunching" ext4_survives_relaunch
ok "an fsynced file survives killing the guest" ext4_survives_a_kill
ok "eight disks keep apart" eight_disks_keep_apart
ok "four writers at once" writers_in_parallel
ok "odd and huge sizes" odd_and_huge_sizes
ok "a file that shrinks gives errors and no more" a_shrunk_file_gives_errors
if [ -b /dev/vda ]; then
	ok "a block device is a disk" a_block_device_is_a_disk
else
	skip "a block device is a disk" "no /dev/vda"
fi
ok "bad disks are refused" bad_disks_are_named
finish
