#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# block.sh - a guest's disks: what it reads is the file, what it flushed is in the file, and what it cannot do.
# shellcheck disable=SC2016,SC2154,SC2317 # guests expand; lib.sh sets; ok calls
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sum() { md5sum <"$1" | cut -d' ' -f1; }
image() { head -c "$2" /dev/urandom >"$scratch/$1"; }
cold() { sync; echo 3 >/proc/sys/vm/drop_caches; }

# One guest with many disks tells about them in lines "WORD DISK VALUE"; the tests below look for theirs.
tell_all='
for d in b c d e f g h; do echo "sum $d $(md5sum </dev/xvd$d)"; done
for d in b i; do echo "ro $d $(cat /sys/block/xvd$d/ro)"; done
for d in b i j; do echo "size $d $(blockdev --getsize64 /dev/xvd$d)"; done
(echo no >/dev/xvdb) 2>/dev/null && echo "wrote b open"
dd if=/dev/zero of=/dev/xvdb bs=4096 count=1 conv=fsync 2>/dev/null && echo "wrote b dd"
echo end | dd of=/dev/xvdi bs=512 seek=$(((8 << 31) - 1)) conv=fsync,sync 2>/dev/null && echo "wrote i"
[ ! -e /dev/xvdk ] || echo "head k $(head -c 1000000 /dev/xvdk | md5sum)"'

start_with_many_disks() {
	local d disks=()
	image disk-b 16M
	for d in c d e f g h; do
		image "disk-$d" $((65536 * (1 + RANDOM % 32)))
	done
	for d in b c d e f g h; do
		disks+=(--disk "$scratch/disk-$d:ro")
	done
	sum "$scratch/disk-b" >"$scratch/before"
	truncate -s 8T "$scratch/disk-i" || return
	printf '%1000s' x >"$scratch/disk-j"
	disks+=(--disk "$scratch/disk-i" --disk "$scratch/disk-j:ro")
	[ ! -b /dev/vda ] || disks+=(--disk /dev/vda:ro)
	cold
	run "${disks[@]}" "$busybox" sh -c "$tell_all" >"$scratch/told"
}
told() { grep -qx "$1" "$scratch/told" || { echo "not told: $1"; cat "$scratch/told"; return 1; }; }

reads_the_files() {
	local d
	for d in b c d e f g h; do
		told "sum $d $(sum "$scratch/disk-$d")  -" || return
	done
}

readonly_is_readonly() {
	told 'ro b 1' && told 'ro i 0' || return
	equal "$(grep -c '^wrote b' "$scratch/told")" 0 || return
	equal "$(sum "$scratch/disk-b")" "$(cat "$scratch/before")"
}

odd_and_huge_sizes() {
	told 'size j 512' && told 'size i 8796093022208' && told 'wrote i' || return
	equal "$(tail -c 512 "$scratch/disk-i" | head -c 4)" end || return
	equal "$(stat -c %s "$scratch/disk-i")" 8796093022208
}

a_block_device_is_a_disk() { told "head k $(head -c 1000000 /dev/vda | md5sum)"; }

many_share_one_file() {
	local i pids=()
	cold
	for i in 1 2 3; do
		run --disk "$scratch/disk-b:ro" "$busybox" md5sum /dev/xvdb >"$scratch/sum$i" &
		pids+=($!)
	done
	wait "${pids[@]}"
	for i in 1 2 3; do
		equal "$(cat "$scratch/sum$i")" "$(sum "$scratch/disk-b")  /dev/xvdb" || return
	done
}

large_requests_are_indirect() {
	local per
	launch --name direct --disk "$scratch/disk-b:ro" "$debian" sh -c '
		dd if=/dev/xvdb of=/dev/null bs=1M iflag=direct && echo finished; sleep 1000' || return
	within 60 says direct finished || { hyphactl logs direct; return 1; }
	note "$(hyphactl logs direct | grep copied)"
	[ "$(field direct disks.1.readBytes)" -ge $((16 << 20)) ] || return
	per=$(($(field direct disks.1.readBytes) / $(field direct disks.1.readRequests)))
	note "$per bytes per request"
	hyphactl destroy direct >/dev/null
	[ "$per" -gt 45056 ]	# 11 pages are all that fits into a direct request
}

what_is_flushed_is_in_the_file() {
	local len=2999808
	truncate -s 8M "$scratch/rw"
	image pattern "$len"
	launch --name writer --disk "$scratch/rw" --disk "$scratch/pattern:ro" "$busybox" sh -c "
		dd if=/dev/xvdc of=/dev/xvdb bs=$len count=1 conv=fsync 2>/dev/null && echo synced; sleep 1000" || return
	within 60 says writer synced || { hyphactl logs writer; return 1; }
	[ "$(field writer disks.1.flushes)" -gt 0 ] || { echo "no flush arrived"; return 1; }
	is writer disks.1.errors 0 || return
	hyphactl destroy writer >/dev/null || return
	cmp -n "$len" "$scratch/rw" "$scratch/pattern" || return
	cmp -n $(((8 << 20) - len)) -i "$len":0 "$scratch/rw" /dev/zero || return
	equal "$(stat -c %s "$scratch/rw")" $((8 << 20))
}

# Killed at work: what was synced must be there, and the journal bring the rest back whole.
ext4_survives_a_kill() {
	truncate -s 64M "$scratch/ext4"
	mkfs.ext4 -q -F "$scratch/ext4" || return
	launch --name killed --disk "$scratch/ext4" "$debian" sh -c '
		mount -t ext4 /dev/xvdb /mnt && cp -a /etc /bin/bash /mnt && md5sum /mnt/bash >/mnt/sum && sync && echo synced
		while :; do cp /bin/bash /mnt/junk; rm /mnt/junk; done' || return
	within 60 says killed synced || { hyphactl logs killed; return 1; }
	sleep 1
	hyphactl destroy killed >/dev/null
}

ext4_survives_relaunch() {
	cold
	run --disk "$scratch/ext4" "$debian" sh -c '
		mount -t ext4 /dev/xvdb /mnt && md5sum -c /mnt/sum && diff -r --no-dereference /etc/apt /mnt/etc/apt && umount /mnt' ||
		return
	e2fsck -fn "$scratch/ext4"
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

a_shrunk_file_gives_errors() {
	image shrink 4M
	launch --name shrinking --disk "$scratch/shrink:ro" "$busybox" sh -c '
		echo begin; while :; do
			echo 3 >/proc/sys/vm/drop_caches; dd if=/dev/xvdb of=/dev/null bs=64k 2>&1 | grep error; sleep 0.2; done' || return
	within 60 says shrinking begin || return
	truncate -s 1M "$scratch/shrink"
	within 30 says shrinking error || { hyphactl logs shrinking; return 1; }
	[ "$(field shrinking disks.1.errors)" -gt 0 ] || return
	is shrinking disks.1.broken false && is shrinking state running || return
	hyphactl destroy shrinking >/dev/null
}

bad_disks_are_named() {
	mkdir -p "$scratch/dir"
	: >"$scratch/empty"
	for bad in none dir empty; do
		exits 125 hyphactl launch -q --disk "$scratch/$bad:ro" "$busybox" true 2>"$scratch/said" || return
		grep -q "$bad" "$scratch/said" || { echo "does not name $bad: $(cat "$scratch/said")"; return 1; }
	done
	equal "$(hyphactl list -q)" ""
}

ok "bad disks are refused and named" bad_disks_are_named
ok "a guest with nine more disks runs" start_with_many_disks
ok "it reads what is in the files" reads_the_files
ok "its read-only disks cannot be written" readonly_is_readonly
ok "odd and huge sizes are right to the last sector" odd_and_huge_sizes
if [ -b /dev/vda ]; then
	ok "a block device is a disk" a_block_device_is_a_disk
else
	skip "a block device is a disk" "no /dev/vda"
fi
ok "guests share one file" many_share_one_file
ok "large requests come as indirect ones" large_requests_are_indirect
ok "what is flushed is in the file" what_is_flushed_is_in_the_file
ok "four writers at once" writers_in_parallel
ok "a guest on ext4 is killed at work" ext4_survives_a_kill
ok "what it synced is there after relaunch, and the filesystem whole" ext4_survives_relaunch
ok "a file that shrinks gives errors and no more" a_shrunk_file_gives_errors
finish
