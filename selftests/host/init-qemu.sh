#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The guest's init on a machine without Xen: the bundle of `hyphactl launch` on QEMU's virtio disk and serial console. KTAP.
# What it shows: disk and drivers are found by content and alias, and all that the process is promised holds there too.
cd "$(dirname "$0")" || exit 1
top=$(cd ../.. && pwd)
# shellcheck source=../lab/cache.sh
. ../lab/cache.sh
scratch=$(mktemp -d "${TMPDIR:-/tmp}/hypha-init.XXXXXX")
qemu_pid=
nic=()
nr=0 failed=0

cleanup() {
	[ -z "$qemu_pid" ] || kill "$qemu_pid" 2>/dev/null
	rm -rf "$scratch"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

ok() { # NAME COMMAND…
	local name=$1
	shift
	nr=$((nr + 1))
	if "$@"; then
		echo "ok $nr $name"
	else
		failed=1
		tail -n 30 "$scratch/out" | sed 's/^/# /'
		echo "not ok $nr $name"
	fi
}

# A cloud kernel: this machine's, or the one of the lab.
find_kernel() {
	local boot=/boot
	[ -n "$(ls $boot/vmlinuz-*-cloud-amd64 2>/dev/null)" ] || boot=$(cached ../lab/parts/kernels)/tree/boot
	# shellcheck disable=SC2012 # Debian's names
	ls "$boot"/vmlinuz-*-cloud-amd64 2>/dev/null | tail -n 1
}

make_image() {
	local dir=$scratch/image name
	mkdir -p "$dir"/{bin,etc,run/lock,tmp,dev,mnt/proc}
	cp "$(command -v busybox)" "$dir/bin/"
	for name in $(busybox --list); do
		[ "$name" = busybox ] || ln -s busybox "$dir/bin/$name"
	done
	printf 'root:x:0:0:root:/root:/bin/sh\nweb:x:33:34:web:/var/www:/bin/sh\n' >"$dir/etc/passwd"
	printf 'root:x:0:\nwww:x:34:\nadm:x:4:web\n' >"$dir/etc/group"
	ln -s /nowhere/resolv.conf "$dir/etc/resolv.conf"
	ln -s /mnt/proc "$dir/proc"
	printf '#!/no/such/interpreter\n' >"$dir/bin/orphan"
	chmod 755 "$dir/bin/orphan"
	chown 33:34 "$dir/run/lock"
	mksquashfs "$dir" "$scratch/image.sqfs" -comp lz4 -noappend -quiet >/dev/null 2>&1
}

build() {
	make -s -C "$top/userspace" lib && make -s -C "$top/initramfs" || return 1
	eval "$(make -s -C "$top/userspace" flags)"
	# shellcheck disable=SC2086 # flags
	${CC:-gcc} $CFLAGS -o "$scratch/bundle_tool" bundle_tool.c "$top/build/libuser.a" $LIBS
}

# boot OPTIONS… COMMAND…: what the serial console says goes to $scratch/out; input comes from $scratch/in. Exits when it is off.
boot() {
	local elf
	elf=$("$scratch/bundle_tool" "$kernel" "$top/build/init" "$scratch/image.sqfs" "$scratch/cache" "$scratch/initrd" "$@") || return 1
	timeout 60 qemu-system-x86_64 -machine q35 -accel tcg -cpu max -m 192 -nodefaults -nographic \
		-serial stdio -kernel "$elf" -initrd "$scratch/initrd" -append "console=ttyS0 quiet" -no-reboot \
		-drive "file=$scratch/empty,if=virtio,format=raw" -drive "file=$scratch/image.sqfs,if=virtio,format=raw,readonly=on" \
		"${nic[@]}" <"$scratch/in" >"$scratch/raw" 2>&1 &
	qemu_pid=$!
}

wait_off() {
	wait "$qemu_pid"
	local status=$?
	qemu_pid=
	# From the firmware's last line on.
	sed 's/\r$//; s/^.*Booting from ROM\.\.//' "$scratch/raw" >"$scratch/out"
	return "$status"
}

says() { grep -qF -- "$1" "$scratch/out"; }
says_not() { ! says "$1"; }
line() { grep -qx -- "$1" "$scratch/out"; }
powers_off() { boot "$@" && wait_off; }

echo "KTAP version 1"
kernel=$(find_kernel)
[ -n "$kernel" ] || skip_all "no cloud kernel in /boot or the lab's cache"
for tool in qemu-system-x86_64 busybox mksquashfs; do
	command -v "$tool" >/dev/null || skip_all "$tool is missing"
done
[ "$(id -u)" -eq 0 ] || skip_all "needs root: owners in the image"
build >"$scratch/out" 2>&1 || { ok "the bundle's tool builds" false; echo "1..$nr"; exit 1; }
make_image
truncate -s 1M "$scratch/empty"
: >"$scratch/in"

ok "a command runs and the machine powers off" powers_off -u web -w /srv/app/new -e A=1 -e A=2 -e "B=x y" -s QUIT -g 1 sh -c '
	id; pwd; env | sed "s/^/env /"; hostname; grep -c . /etc/hosts; cat /etc/resolv.conf; tty
	while read -r dev dir type rest; do echo "mount $dir $type"; done </proc/mounts
	ifconfig lo | grep -o UP; ls -ld /run/lock /dev/fd /dev/shm; echo "args $0 $#"; ls /sys/block
	echo stdout >/dev/stdout; echo below >/srv/app/file || echo denied
	(sleep 1; echo left behind) &' name one two
ok "as user, group and supplementary groups of the image" line 'uid=33(web) gid=34(www) groups=4(adm),34(www)'
ok "in its working directory, made for it" line /srv/app/new
ok "which is root's" line denied
ok "with its environment, the last of equal names" line 'env A=2'
ok "with spaces in it" line 'env B=x y'
ok "with HOME from passwd" line 'env HOME=/var/www'
ok "without TERM" says_not 'env TERM='
ok "with a default PATH" line 'env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
ok "with its arguments" line 'args name 2'
ok "without a terminal" line 'not a tty'
ok "as user able to reopen its output" line stdout
ok "host name" line guest
ok "name server, in the place of a dangling link" line 'nameserver 10.75.0.1'
for mount in '/ overlay' '/sys sysfs' '/sys/fs/cgroup cgroup2' '/dev devtmpfs' '/dev/pts devpts' '/dev/shm tmpfs' '/dev/mqueue mqueue' '/run tmpfs'; do
	ok "mount $mount" line "mount $mount"
done
ok "a link in the image leads a mount inside the image only" line "mount /mnt/proc proc"
ok "loopback is up" line UP
ok "what the image has in /run is there" grep -q 'drwxr-xr-x.*web *www .* /run/lock' "$scratch/out"
ok "the root disk is the second one" line vdb
ok "what the command leaves behind ends with it" says_not 'left behind'

ok "a missing command" powers_off nosuch
ok "is said to be missing" line 'hypha: exec "nosuch": executable file not found in $PATH'
ok "a script whose interpreter is missing" powers_off orphan
ok "says what is missing" line 'hypha: exec "orphan": its interpreter is missing in the image'
ok "an unknown user" powers_off -u nobody id
ok "is said to be unknown" line "hypha: unable to find user nobody: no matching entry in the image's passwd file"

nic=(-netdev "user,id=net" -device "virtio-net-pci,netdev=net,mac=52:54:00:12:34:56")
ok "a guest with a network interface" powers_off -n sh -c 'ip -o addr show eth0; ip route; ip -6 route; ip link show eth0
	ping -c 1 -W 5 10.0.2.2; ping -c 1 -W 5 fec0::2; cut -d" " -f1 /proc/uptime'
ok "has its MTU, and it is up" grep -q 'eth0: <.*,UP,LOWER_UP> mtu 1400' "$scratch/out"
ok "has its IPv4 address" says 'inet 10.0.2.15/32'
ok "has its IPv6 address" says 'inet6 fec0::15/128'
ok "has a route to the IPv4 gateway" grep -q '^10.0.2.2 dev eth0 .*scope link' "$scratch/out"
ok "has a default route through it" says 'default via 10.0.2.2 dev eth0'
ok "has a route to the IPv6 gateway" says 'fec0::2 dev eth0'
ok "has a default route through it, too" says 'default via fec0::2 dev eth0'
ok "reaches the IPv4 gateway" says '64 bytes from 10.0.2.2'
ok "reaches the IPv6 gateway" says '64 bytes from fec0::2'
nic=()
ok "an interface that is not there" powers_off -n echo started
ok "is said to be missing" line 'hypha: no network interface 52:54:00:12:34:56 appeared within 30 s'
ok "and the command runs all the same" line started

# Input: escaped VEOF and VLNEXT, a chunk that ends without newline, end of input as an empty chunk.
rm "$scratch/in"
mkfifo "$scratch/in"
exec 3<>"$scratch/in"
boot -i sh -c 'echo ready; od -An -tx1 -v; echo end of input'
for ((i = 0; i < 300; i++)); do
	grep -q ready "$scratch/raw" && break
	sleep 0.1
done
printf 'a\r\n\003\034\032\177\025\026\004\026\026\377\000z\004' >&3
printf 'more\004\004' >&3
ok "input reaches a command without terminal" wait_off
# shellcheck disable=SC2046 # one line
ok "every byte as it was sent" test "$(sed -n '/^ready$/,/^end of input$/p' "$scratch/out" | grep '^ ' | tr -d ' \n')" = \
	610d0a031c1a7f150416ff007a6d6f7265
ok "up to its end" line 'end of input'

boot -t sh -c 'tty; echo $TERM; read -r x; echo "got $x"; trap "echo interrupted; exit 0" INT; echo waiting; while :; do sleep 1; done'
for ((i = 0; i < 300; i++)); do
	grep -q xterm "$scratch/raw" && break
	sleep 0.1
done
printf 'typed\n' >&3
for ((i = 0; i < 300; i++)); do
	grep -q waiting "$scratch/raw" && break
	sleep 0.1
done
printf '\032\003' >&3
ok "a command with a terminal is not stopped by ^Z but ends by ^C" wait_off
ok "the terminal is the console" line /dev/ttyS0
ok "it echoes and edits lines" line 'got typed'
ok "^C is SIGINT to the command" says interrupted
exec 3>&-
: >"$scratch/none" && rm "$scratch/in" && mv "$scratch/none" "$scratch/in"

ok "poweroff inside asks the command to stop" powers_off -s USR1 -g 20 sh -c \
	'trap "echo asked; exit 3" USR1; (sleep 1; poweroff) & while :; do sleep 1; done'
ok "by its stop signal" line asked
ok "and ends what does not stop after its grace time" powers_off -g 1 sh -c 'trap "" TERM; (sleep 1; poweroff) & sleep 50; echo "not reached"'
ok "by SIGKILL" says_not 'not reached'

echo "1..$nr"
exit $failed
