#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# dom0.sh: the measurements, in dom0. Times are of an emulated machine: compare them with each other only.
set -u
export LC_ALL=C NO_COLOR=1
runs=${BENCH_RUNS:-5}
image=localhost:5000/busybox
memory=256
values=$(mktemp -d)
xen=/usr/lib/xen-4.17/bin

say() { echo "bench: $*" >&2; }
die() { say "$*"; exit 1; }

# record NAME NUMBER: one more measurement (ns, bytes or a plain number); median NAME
record() { echo "$2" >>"$values/$1"; }
median() { sort -n "$values/$1" | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : int((v[NR / 2] + v[NR / 2 + 1]) / 2) }'; }
measured() { [ -s "$values/$1" ]; }

# clock NAME CMD…: record how long the command takes
clock() {
	local name=$1
	shift
	measure "$name" /share/timer "$@"
}

# clock_unpaused NAME CMD…: record how long it takes from its exec until the domain it makes is unpaused
clock_unpaused() {
	local name=$1
	shift
	measure "$name" /share/domstate unpaused "$@"
}

measure() {
	local name=$1 ns
	shift
	ns=$("$@" 2>"$values/.stderr") || { cat "$values/.stderr" >&2; die "failed: $*"; }
	record "$name" "$ns"
}

# The phases of the last launch --timings, as milliseconds on stderr.
record_phases() {
	local name ms
	while read -r name ms _; do
		case $name in
		parse | create | populate | load | tables | rings | pin | unpause) ;;
		*) continue ;;
		esac
		# the first "create" is the sum of all phases
		[ "$name" != create ] || [ -n "${seen_sum:-}" ] || { seen_sum=1 name=ioctl; }
		record "phase.$name" "$(awk -v ms="$ms" 'BEGIN { printf "%.0f", ms * 1e6 }')"
	done <"$values/.stderr"
	unset seen_sum
}

start_xl() {
	say "starting xenstored and xenconsoled for xl"
	mkdir -p /run/xenstored /run/xen /var/lib/xenstored /var/lib/xen /var/log/xen
	modprobe -a xen-gntdev xen-gntalloc xen-evtchn xen-privcmd
	"$xen/oxenstored" --pid-file /run/xenstored.pid
	"$xen/xen-init-dom0" >/dev/null
	xenconsoled --pid-file=/run/xenconsoled.pid
	xl info >/dev/null || die "xl does not work"
}

# The same plain ELF, the same number of initrd bytes, the same memory; no disk and no network, of which ours has a disk.
configure_xl() {
	elf=$(ls /var/lib/hypha/kernels/*.elf)
	cat /var/lib/hypha/kernels/modules-*.cpio /usr/lib/hypha/init >/var/lib/hypha/bench-initrd
	cat >/var/lib/hypha/bench.cfg <<-EOF
		name = "bench"
		type = "pv"
		kernel = "$elf"
		ramdisk = "/var/lib/hypha/bench-initrd"
		cmdline = "console=hvc0 quiet loglevel=0"
		memory = $memory
		vcpus = 1
	EOF
}

bench_create() {
	local i
	for i in $(seq "$runs"); do
		say "create $i of $runs"
		clock exec.hypha hyphactl launch -d --timings -m $memory --name bench $image sleep 1000
		record_phases
		clock exec.destroy hyphactl destroy bench
		clock exec.xl xl create -q /var/lib/hypha/bench.cfg
		clock exec.xl_destroy xl destroy bench
		clock_unpaused unpaused.hypha hyphactl launch -d --name bench $image sleep 1000
		hyphactl destroy bench >/dev/null
		clock_unpaused unpaused.xl xl create -q /var/lib/hypha/bench.cfg
		xl destroy bench
		record copy "$(/share/copy "$elf" /var/lib/hypha/bench-initrd)"
		clock exec.true true
	done
}

free_kib() { awk '$1 == "MemFree:" || $1 == "Buffers:" || $1 == "Cached:" || $1 == "SReclaimable:" { n += $2 } END { print n }' /proc/meminfo; }

bench_many() {
	local i before after
	echo 3 >/proc/sys/vm/drop_caches
	hyphactl launch -d -q -m 128 --name warm $image sleep 1000 >/dev/null
	hyphactl destroy warm >/dev/null
	sync
	before=$(free_kib)
	for i in $(seq 24); do
		say "guest $i of 24"
		clock "many.$i" hyphactl launch -d -q -m 128 --name "many$i" $image sleep 1000
		hyphactl pause "many$i" >/dev/null	# so that it does not take the next one's time
	done
	after=$(free_kib)
	record guest_bytes $(((before - after) * 1024 / 24))
	# first and last five: one launch alone is noise
	for i in 1 2 3 4 5; do record many.first "$(cat "$values/many.$i")"; done
	for i in 20 21 22 23 24; do record many.last "$(cat "$values/many.$i")"; done
	hyphactl destroy --all -f >/dev/null
}

bench_output() {
	local i kernel=$1 name=$2
	for i in $(seq "$runs"); do
		say "first output, $name kernel, $i of $runs"
		hyphactl launch -a --rm --timings ${kernel:+-k "$kernel"} -m $memory $image echo hello >/dev/null 2>"$values/.stderr" ||
			{ cat "$values/.stderr" >&2; die "launch failed"; }
		record "output.$name" "$(awk '/first output/ { printf "%.0f", $3 * 1e6 }' "$values/.stderr")"
	done
}

ms() { awk -v ns="$1" 'BEGIN { printf "%.1f ms", ns / 1e6 }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }
row() { printf '%-52s %14s   %s\n' "$1" "$2" "${3:-}"; }

table() {
	local phase sum
	row "launch, exec to unpaused: hyphactl" "$(ms "$(median unpaused.hypha)")"
	row "  xl create, same ELF, initrd and memory" "$(ms "$(median unpaused.xl)")" "x$(ratio "$(median unpaused.xl)" "$(median unpaused.hypha)") (wanted: x20)"
	row "launch, exec to its end: hyphactl" "$(ms "$(median exec.hypha)")"
	row "  xl create, same ELF, initrd and memory" "$(ms "$(median exec.xl)")" "x$(ratio "$(median exec.xl)" "$(median exec.hypha)")"
	row "  fork and exec of true, beside them" "$(ms "$(median exec.true)")"
	row "the ioctl" "$(ms "$(median phase.ioctl)")"
	for phase in parse create populate load tables rings pin unpause; do
		row "  $phase" "$(ms "$(median phase.$phase)")"
	done
	sum=$(($(median phase.populate) + $(median copy)))
	row "  populate + one memcpy of kernel and initrd" "$(ms $sum)" "ioctl is x$(ratio "$(median phase.ioctl)" $sum) (wanted: 1.30)"
	row "destroy: hyphactl" "$(ms "$(median exec.destroy)")"
	row "  xl destroy" "$(ms "$(median exec.xl_destroy)")"
	row "24 guests: launch of 1st to 5th" "$(ms "$(median many.first)")"
	row "  launch of 20th to 24th" "$(ms "$(median many.last)")" "x$(ratio "$(median many.last)" "$(median many.first)") (wanted: 1.20)"
	row "dom0 memory per guest" "$(($(median guest_bytes) / 1024)) KiB" "(wanted: 256)"
	row "ioctl to first output, stock kernel" "$(ms "$(median output.stock)")"
	measured output.small && row "ioctl to first output, make guest-kernel" "$(ms "$(median output.small)")"
}

json() {
	local file name sep=''
	printf '{\n  "runs": %d,\n  "medians": {' "$runs"
	for file in "$values"/*; do
		name=${file##*/}
		printf '%s\n    "%s": %s' "$sep" "$name" "$(median "$name")"
		sep=,
	done
	printf '\n  }\n}\n'
}

modprobe hypha || die "modprobe hypha failed"
say "filling the caches"
hyphactl launch -d -q -m $memory --name warm $image true >/dev/null || die "launch failed"
hyphactl wait warm >/dev/null
hyphactl rm warm >/dev/null
start_xl
configure_xl
bench_create
bench_many
bench_output '' stock
[ ! -e /share/vmlinux ] || { cp /share/vmlinux /var/lib/hypha/; bench_output /var/lib/hypha/vmlinux small; }
rm -f "$values/.stderr"
table
json >/share/bench.json
