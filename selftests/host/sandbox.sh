#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The sandbox of hypha-image: every layer alone, then all of them, from inside (sandbox_tool.c), as root and as nobody; then each
# job at work, seen from outside. What is forbidden is first shown to be possible without. KTAP. Needs root, and sees a machine of
# its own:
#
#   /dev   null, zero, urandom, hypha (which anybody may open)      lo     python3: a TCP port of 127.0.0.1, a DNS at 127.0.0.2
#   /run   resolver/resolv.conf, bundle/pem, which /etc links to           for *.test, long.test by TCP; @sandbox-test, /run/daemon
cd "$(dirname "$0")" || exit 1
[ "$(id -u)" -eq 0 ] || { echo "KTAP version 1"; echo "1..0 # SKIP needs root"; exit 0; }
[ -n "$SANDBOX_APART" ] || SANDBOX_APART=1 exec unshare --mount --net "./${0##*/}" "$@"
. ./suite.sh
tmp=${TMPDIR:-/tmp}
leave() {
	umount -l "$scratch/mounted" /etc /run /dev 2>/dev/null
	rm -f "$tmp/sandbox-$$-"*
}
begin
need umoci python3 setpriv ip mksquashfs xz

# --- the machine, the programs ---

make_dev() {
	mkdir "$scratch/dev" && mount -t tmpfs none "$scratch/dev" || return
	(cd "$scratch/dev" && mknod null c 1 3 && mknod zero c 1 5 && mknod urandom c 1 9 && mknod hypha c 1 3 && chmod 666 ./* &&
		ln -s /proc/self/fd fd && ln -s fd/0 stdin) && mount --move "$scratch/dev" /dev
}
make_etc() {
	mount -t tmpfs none /run && mkdir /run/resolver /run/mnt && echo "nameserver 127.0.0.2" >/run/resolver/resolv.conf || return
	cp -a /etc "$scratch/etc" && mkdir -p "$scratch/etc/hypha" && ln -sf ../run/resolver/resolv.conf "$scratch/etc/resolv.conf" &&
		sed -i '/^hosts:/s/.*/hosts: files resolve [!UNAVAIL=return] dns/' "$scratch/etc/nsswitch.conf" &&
		mkdir -p "$scratch/etc/ssl/certs" /run/bundle && echo x >/run/bundle/pem &&
		ln -sf /run/bundle/pem "$scratch/etc/ssl/certs/ca-certificates.crt" && mount --bind "$scratch/etc" /etc
}
make_world() {
	chmod 711 "$scratch" && ip link set lo up && make_dev && make_etc || return
	python3 sandbox_world.py >"$scratch/port" &
	pids+=($!)
	wait_file "$scratch/port" && port=$(cat "$scratch/port")
}
build_programs() {
	local CFLAGS LIBS lib=${HYPHA_LIBUSER:-$top/build/libuser.a} objects part
	[ -n "$HYPHA_LIBUSER" ] || make -s -C "$top/userspace" || return
	for part in sandbox view landlock calls places; do objects+=" ${lib%/*}/obj/hypha-image/$part.o"; done
	eval "$(make -s -C "$top/userspace" flags)"
	mkdir "$scratch/bin" || return
	# shellcheck disable=SC2086
	cc $CFLAGS -Wno-unused-parameter $HYPHA_TOOL_FLAGS -o "$scratch/bin/sandbox_tool" sandbox_tool.c $objects "$lib" $LIBS &&
		cp "${lib%/*}/hypha-image" "${lib%/*}/hyphactl" "$scratch/bin" && cp /usr/bin/id "$scratch/bin/id" && chmod 4755 "$scratch/bin/id"
}
check "a machine of its own" make_world
check "builds" build_programs
if [ ! -x "$scratch/bin/hyphactl" ] || [ -z "$port" ]; then finish; fi
tool=$scratch/bin/sandbox_tool
if [[ $("$tool" nothing 2>&1) == *sanitizers* ]]; then skip_all "a build for sanitizers has no sandbox"; fi

as() { # root|nobody COMMAND…
	local who=$1
	shift
	case $who in
	root) "$@" ;;
	nobody) setpriv --reuid 65534 --regid 65534 --clear-groups env HOME="$scratch/nobody" "$@" ;;
	esac
}
same() { [ "$1" = "$2" ] || { printf 'got:  %s\nwant: %s\n' "$1" "$2"; return 1; }; }
home() { # WHO: a store and what else is tried at
	local dir=$scratch/$1
	mkdir -p "$dir/store/a" "$dir/store/b" "$dir/read" && cp /bin/true "$dir/read" && mknod "$dir/read/null" c 1 3 &&
		echo x | tee "$dir/store/a/file" >"$dir/read/file" && ln -s store "$dir/link" && echo x >"$dir/secret" &&
		chmod 755 "$dir" && chmod 600 "$dir/secret" &&
		{ [ "$1" = root ] || chown -Rh "$1:" "$dir"; }
}
check "directories" home root
check "and nobody's" home nobody

# WHO COMMAND…: what comes of a try: ok, an errno, the system call that ended it, or the exit status
outcome() {
	local said status
	said=$(as "$@" 2>"$scratch/err")
	status=$?
	cat "$scratch/err" >&2
	said=${said##*$'\n'}
	case $status in
	0 | 1) echo "$said" ;;
	159) echo "stopped:${said#*(}" | tr -d ')' ;;
	*) echo "status $status" ;;
	esac
}
try_as() { # WHO OPTIONS TRY…: with a job's usual places
	local who=$1 options=$2
	shift 2
	# shellcheck disable=SC2086 # words
	outcome "$who" "$tool" $options -w "$scratch/$who/store" -r "$scratch/$who/read" "$@"
}
becomes() { # WHO OPTIONS OUTSIDE INSIDE TRY…: OUTSIDE comes of it without the sandbox (-: does not matter), INSIDE within
	local who=$1 options=$2 outside=$3 inside=$4
	shift 4
	[ "$outside" = - ] || same "$(try_as "$who" "-l none" "${@//@N/outside}")" "$outside" || return
	same "$(try_as "$who" "$options" "${@//@N/inside}")" "$inside"
}
try_table() { # the layers' table below, without empty lines
	local belief who options outside inside try one words
	while IFS='|' read -r belief who options outside inside try; do
		[ "$outside" ] || continue
		for one in ${who/both/root nobody}; do
			words=${try//@STORE/$scratch/$one/store} words=${words//@HOME/$scratch/$one} words=${words//@TMP/$tmp/sandbox-$$-$one}
			words=${words//@PORT/$port} words=${words//@PID/${sleeper[$one]}}
			# shellcheck disable=SC2086
			check "$belief ($one)" becomes "$one" "$options" "$outside" "$inside" $words
		done
	done
}
declare -A sleeper
sleep 1000 &
sleeper[root]=$!
setpriv --reuid 65534 --regid 65534 --clear-groups sleep 1000 &
sleeper[nobody]=$!
pids+=("${sleeper[@]}")
has_landlock() { [ "$(try_as root "-l Landlock" nothing 2>&1)" = ok ]; }
ulimit -Sn 256
export SOMEBODYS_TOKEN=of-somebody https_proxy=http://127.0.0.1:9

# --- each layer alone ---

try_table <<'EOF'
view: a file that is nobody's business is not there|both|-l namespaces|ok|ENOENT|stat /etc/shadow
view: nor are processes|both|-l namespaces|ok|ENOENT|stat /proc/self
view: nor are kernel's files|both|-l namespaces|ok|ENOENT|stat /sys/kernel
view: nor is the module's device|both|-l namespaces|ok|ENOENT|read /dev/hypha
view: nor is a daemon's socket|both|-l namespaces|ok|ENOENT|unix /run/daemon
view: nothing is written beside the store|both|-l namespaces|ok|EROFS|write @TMP-@N
view: what is read is not written to|both|-l namespaces|ok|EROFS|write @HOME/read/file
view: a device is none|both|-l namespaces|ok|EACCES|read @HOME/read/null
view: nor is a program|both|-l namespaces|-|EACCES|exec @HOME/read/true
view: nor given other permissions|both|-l namespaces|ok|EROFS|chmod @HOME/read/file
view: there is nothing above it|root|-l namespaces|ok|ENOENT|escape @STORE/root-@N
view: the store is|both|-l namespaces|ok|ok|write @STORE/a/view-@N
view: without the network nobody is there|both|-l namespaces|ok|ENETUNREACH|loopback @PORT
view: with it somebody is|both|-n -l namespaces|ok|ok|loopback @PORT

environment: a word of somebody else's is not there|both|-l environment|ok|ENOENT|env SOMEBODYS_TOKEN
environment: a proxy is|both|-l environment|ok|ok|env https_proxy

capabilities: root cannot become another|root|-l capabilities|ok|EPERM|setuid
capabilities: root cannot mount|root|-l capabilities|ok|EPERM|mount /run/mnt
capabilities: root cannot give files away|root|-l capabilities|ok|EPERM|chown @STORE/b
limits: no core, no more descriptors|both|-l limits|ok|ERANGE|excess

seccomp: no program|both|-l seccomp|-|stopped:execve|exec /bin/true
seccomp: no process|both|-l seccomp|ok|stopped:clone|fork
seccomp: but threads|both|-l seccomp|ok|ok|thread
seccomp: an abort is one|both|-l seccomp|status 134|status 134|abort
seccomp: no signal to anybody|both|-l seccomp|ok|stopped:kill|kill @PID
seccomp: nobody is traced|both|-l seccomp|-|stopped:ptrace|ptrace @PID
seccomp: nothing is mounted|both|-l seccomp|-|stopped:mount|mount /run/mnt
seccomp: no namespaces|both|-l seccomp|ok|stopped:unshare|unshare
seccomp: no new code|both|-l seccomp|ok|EACCES|code
seccomp: nor is data made code|both|-l seccomp|ok|EACCES|code-later
seccomp: another architecture's calls are none|both|-l seccomp|-|stopped:|other-arch
seccomp: nothing is typed for the user|both|-l seccomp|-|stopped:ioctl|type
seccomp: but how wide the terminal is|both|-l seccomp|ok|ok|terminal
seccomp: its signal is not caught|both|-l seccomp|ok|stopped:rt_sigaction|handle-sigsys
seccomp: no socket without the network|both|-l seccomp|ok|stopped:socket|socket 2 1 0
seccomp: but with it|both|-n -l seccomp|ok|ok|socket 2 1 0
seccomp: IPv6, too|both|-n -l seccomp|ok|ok|socket 10 1 0
seccomp: and netlink's routes|both|-n -l seccomp|ok|ok|socket 16 3 0
seccomp: but no family hypha of netlink|both|-n -l seccomp|ok|stopped:socket|socket 16 3 16
seccomp: no raw packets|root|-n -l seccomp|ok|stopped:socket|socket 17 3 0
seccomp: no other protocol of the internet|both|-n -l seccomp|-|stopped:socket|socket 2 1 132
seccomp: nor by another type|both|-n -l seccomp|-|stopped:socket|socket 10 5 0
seccomp: UDP is one|both|-n -l seccomp|ok|ok|socket 2 526338 17
seccomp: a pair of streams|both|-n -l seccomp|ok|ok|pair 526337
seccomp: none of datagrams, which may be sent elsewhere|both|-n -l seccomp|ok|stopped:socketpair|pair 2
seccomp: no daemon's abstract socket|both|-n -l seccomp|ok|EAFNOSUPPORT|unix @sandbox-test
seccomp: a new way to make processes is not known|both|-l seccomp|-|ENOSYS|call 435
seccomp: no symbolic link|both|-l seccomp|ok|stopped:symlink|symlink @STORE/link-@N
EOF
while read -r number name; do
	check "seccomp: no $name" becomes root "-n -l seccomp" - "stopped:$name" call "$number"
done <<'EOF'
43 accept
50 listen
90 chmod
101 ptrace
155 pivot_root
157 prctl
161 chroot
175 init_module
188 setxattr
234 tgkill
248 add_key
250 keyctl
298 perf_event_open
304 open_by_handle_at
308 setns
310 process_vm_readv
319 memfd_create
321 bpf
323 userfaultfd
425 io_uring_setup
428 open_tree
434 pidfd_open
438 pidfd_getfd
EOF

if has_landlock; then
	try_table <<-'EOF'
		Landlock: nothing else is read|both|-l no_new_privs -l Landlock|ok|EACCES|read /etc/passwd
		Landlock: nor are passwords|root|-l no_new_privs -l Landlock|ok|EACCES|read /etc/shadow
		Landlock: nor the module's device|both|-l no_new_privs -l Landlock|ok|EACCES|read /dev/hypha
		Landlock: nor directories|both|-l no_new_privs -l Landlock|ok|EACCES|list /etc
		Landlock: nothing else is written|both|-l no_new_privs -l Landlock|ok|EACCES|write @TMP-lock-@N
		Landlock: nor what is read|both|-l no_new_privs -l Landlock|ok|EACCES|write @HOME/read/file
		Landlock: which is read|both|-l no_new_privs -l Landlock|ok|ok|read @HOME/read/file
		Landlock: nothing is mounted|root|-l Landlock|ok|EPERM|mount /run/mnt
		Landlock: the store is written|both|-l no_new_privs -l Landlock|ok|ok|write @STORE/a/lock-@N
		Landlock: and its files moved|both|-l no_new_privs -l Landlock|ok|ok|rename @STORE/a/lock-@N @STORE/b/lock-@N
		Landlock: but only files are made|both|-l no_new_privs -l Landlock|ok|EACCES|fifo @STORE/fifo-@N
		Landlock: and directories, no links|both|-l no_new_privs -l Landlock|ok|EACCES|symlink @STORE/symlink-@N
	EOF
else
	skip "Landlock" "this kernel has none, or none by which files can be moved"
fi

shared() { # as systemd has all mounts
	# shellcheck disable=SC2016 # of the inner shell
	unshare --mount --propagation shared sh -c '"$@"; grep -c " / / " /proc/self/mountinfo' - "$tool" -w "$scratch/root/store" \
		stat /etc/shadow >"$scratch/shared"
	same "$(tr '\n' ' ' <"$scratch/shared")" "ENOENT 1 "
}
check "view: nothing of it is seen where mounts are shared" shared
capabilities() { # WHO OPTIONS WANT…
	local who=$1 options=$2 got
	shift 2
	# shellcheck disable=SC2086
	got=$(as "$who" "$tool" $options status Cap | sed -n 's/^Cap\(Prm\|Eff\|Bnd\):[[:space:]]*0*\(.\)/\1=\2/p')
	same "${got//$'\n'/ }" "$*"
}
none="Prm=0 Eff=0 Bnd=0"
check "capabilities: root has none" capabilities root "-l capabilities -w $scratch/root/store" "$none"
check "capabilities: nor has nobody, who got some in namespaces" capabilities nobody "-w $scratch/nobody/store" "$none"
check "capabilities: root has one at somebody else's store" capabilities root "-l capabilities -w $scratch/nobody/store" Prm=2 Eff=2 Bnd=0
check "capabilities: and at somebody else's secret" capabilities root "-l capabilities -r $scratch/nobody/secret" Prm=2 Eff=2 Bnd=0
check "capabilities: not for what anybody may read" capabilities root "-l capabilities -r $scratch/nobody/read/true" "$none"
privileged() { as nobody "$tool" "$@" exec "$scratch/bin/id" | grep -o 'euid=0'; }
if [ "$(privileged -l none)" ]; then
	check "no_new_privs: a setuid program is none" same "$(privileged -l no_new_privs)" ""
else
	skip "no_new_privs: a setuid program is none" "this file system has none"
fi

# --- all together ---

try_table <<'EOF'
all: the module's device|both|-n|ok|ENOENT|read /dev/hypha
all: passwords|both|-n|-|ENOENT|read /etc/shadow
all: what is beside the store|both|-n|ok|EROFS|write @TMP-all-@N
all: what is read|both|-n|ok|EROFS|write @HOME/read/file
all: programs|both|-n|-|stopped:execve|exec /bin/true
all: mounts|both|-n|-|stopped:mount|mount /run/mnt
all: raw packets|both|-n|-|stopped:socket|socket 17 3 0
all: other processes|both|-n|-|stopped:ptrace|ptrace @PID
all: the network, without one|both||ok|stopped:socket|loopback @PORT
all: the network, with one|both|-n|ok|ok|loopback @PORT
all: the store|both|-n|ok|ok|write @STORE/a/all-@N
all: a working directory|both|-n|-|ok|stat .
EOF
resolves() { # WHO NAME WANT
	local etc=(-r /etc/hosts -r /etc/resolv.conf -r /etc/nsswitch.conf -r /etc/host.conf)
	same "$(outcome "$1" "$tool" -n "${etc[@]}" connect "$2" "$port")" "$3"
}
for who in root nobody; do
	check "all: a name of the DNS ($who)" resolves "$who" some.test ok
	check "all: one whose answer is long ($who)" resolves "$who" long.test ok
	check "all: one nobody has ($who)" resolves "$who" some.example ENODATA
	check "all: one of /etc/hosts ($who)" resolves "$who" localhost ok
done

unset https_proxy

# --- places, however they are named ---

shape() { # WANT DIRECTORY OPTIONS TRY…: started in the directory
	local want=$1 directory=$2 options=$3
	shift 3
	# shellcheck disable=SC2086
	same "$(cd "$directory" && outcome root "$tool" $options "$@")" "$want"
}
mkdir -p "$scratch/deep/down" "$scratch/mounted/under" && ln -s "$scratch/root" "$scratch/deep/up" && ln -s nowhere "$scratch/dangling" &&
	mount -t tmpfs none "$scratch/mounted" && mkdir "$scratch/mounted/under" &&
	mount -t tmpfs none "$scratch/mounted/under" && echo x >"$scratch/mounted/under/there"
home=$scratch/root
check "places: by a link" shape ok / "-w $home/link" write "$home/link/a/1"
check "places: behind a link" shape ok / "-w $scratch/deep/up/store" write "$scratch/deep/up/store/a/2"
check "places: behind a link, .. is where it leads" shape ok / "-w $scratch/deep/up/../root/store" write "$scratch/deep/up/../root/store/a/3"
check "places: by two links" shape ok / "-w $scratch/deep/up/link" write "$scratch/deep/up/link/a/14"
check "places: behind a link, by .." shape ok / "-w $scratch/deep/up/read/../store" write "$scratch/deep/up/read/../store/a/15"
check "places: by .." shape ok / "-w $scratch/deep/down/../../root/store" write "$scratch/deep/down/../../root/store/a/4"
check "places: from here" shape ok "$home" "-w store" write store/a/5
check "places: from here, up" shape ok "$home/read" "-w ../store" write ../store/a/6
check "places: here" shape ok "$home/store" "-w ." write a/7
check "places: here is in one of them" shape ok "$home/store/a" "-w $home/store" write 8
check "places: what is not there" shape ENOENT / "-w $home/absent -r $scratch/dangling" read "$scratch/dangling"
check "places: one in another that is read" shape ok / "-r $home -w $home/store" write "$home/store/a/9"
check "places: which stays so" shape EROFS / "-r $home -w $home/store" write "$home/read/file"
check "places: one to read in one to write" shape ok / "-w $home/store -r $home/store/a" write "$home/store/a/10"
check "places: both" shape ok / "-w $home/store -r $home/store" write "$home/store/a/11"
check "places: a mount in it" shape ok / "-w $scratch/mounted" write "$scratch/mounted/under/12"
check "places: with what is there" shape ok / "-w $scratch/mounted" read "$scratch/mounted/under/there"
check "places: a mount in one to read" shape EROFS / "-r $scratch/mounted" write "$scratch/mounted/under/12"
check "places: a single file" shape ok / "-r $home/read/file" read "$home/read/file"
unmasked() { (umask 0777 && shape ok "$home" "-w store" write store/a/13); }
check "places: whatever the umask" unmasked

# --- the jobs, at work ---

make_images() (
	set -e
	cd "$scratch"
	umoci init --layout layout && umoci new --image layout:t
	mkdir -p x/etc && head -c 300000 /dev/urandom >x/etc/noise && tar -C x -cf one.tar etc
	umoci raw add-layer --image layout:t one.tar
	umoci config --image layout:t --config.cmd /x
	chmod -R a+rX layout
	tar -C layout -cf archive.tar . && chmod 600 archive.tar
	mkdir -p kernels/boot kernels/lib/modules/6.1.0-test && python3 - kernels/boot/elf <<-'PY'
		import struct, sys
		head = b"\x7fELF\x02\x01\x01".ljust(18, b"\0") + struct.pack("<H", 62)
		open(sys.argv[1], "wb").write(head.ljust(4096, b"\0") + b"Linux version 6.1.0-test (x@y)\0")
	PY
	echo overlay >kernels/lib/modules/6.1.0-test/overlay.ko && echo "overlay.ko:" >kernels/lib/modules/6.1.0-test/modules.dep
	gzip -k kernels/boot/elf
	(cat kernels/boot/elf && head -c 400M /dev/zero) | xz -0 >kernels/boot/large.xz
	ln -s boot kernels/link && chmod -R a+rX kernels
)
check "images and kernels" make_images

image=$scratch/bin/hypha-image
for who in root nobody; do
	cat >"$scratch/$who/conf" <<-END
		helper = $image
		[registry "some.test:$port"]
		insecure-http = yes
	END
	mkfifo -m 666 "$scratch/$who/fifo" && cp -r "$scratch/layout" "$scratch/$who/fed" && rm "$scratch/$who/fed/index.json" &&
		mkfifo "$scratch/$who/fed/index.json" && as "$who" mkdir -p "$scratch/$who/images/blobs/sha256" || exit 1
	[ "$who" = root ] || chown -R "$who:" "$scratch/$who/fed"
done
hypha() { # WHO ARGUMENT…
	local who=$1
	shift
	as "$who" env HYPHA_CONF="$scratch/$who/conf" HYPHA_ROOT="$scratch/$who" "$scratch/bin/hyphactl" "$@"
}
job_end() {
	kill -9 "$job" 2>/dev/null
	wait "$job" 2>/dev/null
	exec 8>&-
	return "${1:-0}"
}
settled() { # the job is in its sandbox
	for _ in $(seq 60); do
		grep -q '^Seccomp:.2' "/proc/$job/status" 2>/dev/null && return
		sleep 0.05
	done
	cat "/proc/$job/status" "$scratch/job.err"
	return 1
}
holds_nothing() { # of its caller's: descriptors, words
	! readlink "/proc/$job/fd/"* | grep -x /dev/hypha && ! grep -az of-somebody "/proc/$job/environ"
}
is_jailed() { # network|alone PLACE…: as the kernel says, while the job works
	local network=alone want=$1 got input=/dev/null
	case ${arguments[0]} in load | save) input=$scratch/$who/fifo ;; esac
	settled || return
	grep -qP '^NoNewPrivs:\t1' "/proc/$job/status" && ! grep -E '^Cap(Prm|Eff|Bnd|Amb|Inh):.*[1-9a-f]' "/proc/$job/status" || return
	[ "$(stat -Lc %i "/proc/$job/ns/net")" != "$(stat -Lc %i /proc/self/ns/net)" ] || network=network
	shift
	same "$network" "$want" || return
	same "$(readlink "/proc/$job/fd/0")" "$input" && holds_nothing || return
	awk '{ print ($6 ~ /^rw/ ? "w" : "r") $5 }' "/proc/$job/mountinfo" | sort -u >"$scratch/places"
	got=$(grep -vE '^r/(etc/(hosts|nsswitch.conf|host.conf|gai.conf|ssl/certs)|usr/(local/)?share/ca-certificates)$' "$scratch/places")
	same "$got" "$(printf '%s\n' r/ "$@" | sort)" || return
	cat "$scratch/job.err"
	[ ! -s "$scratch/job.err" ]
}
jailed() { # WHO JOB ARGUMENT… -- network|alone PLACE…
	local who=$1 arguments=()
	shift
	while [ "$1" != -- ]; do
		arguments+=("$1")
		shift
	done
	shift
	exec 8<>"$scratch/$who/fifo"
	# no function: then the process is the job itself
	local begin=(env)
	[ "$who" = root ] || begin=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	HYPHA_CONF="$scratch/$who/conf" HOME=$scratch/$who "${begin[@]}" "$image" "${arguments[@]}" \
		<>"$scratch/$who/fifo" >"$scratch/job.out" 2>"$scratch/job.err" 7</dev/hypha &
	job=$!
	is_jailed "$@"
	job_end $?
}
layout_job() {
	exec 9<>"$scratch/$1/fed/index.json"
	jailed "$1" image "$scratch/$1" missing none "oci:$scratch/$1/fed" -- alone "w$scratch/$1/images" "r$scratch/$1/fed"
	local status=$?
	exec 9>&-
	return "$status"
}
verify_job() {
	as "$1" truncate -s 9G "$scratch/$1/images/blobs/sha256/$(printf '0%.0s' $(seq 64))" || return
	jailed "$1" verify "$scratch/$1" keep none -- alone "w$scratch/$1/images"
	local status=$?
	rm "$scratch/$1"/images/blobs/sha256/0000*
	return "$status"
}
modules=()
[ ! -d /lib/modules ] || modules=("r$(realpath /lib/modules)")
for who in root nobody; do
	home=$scratch/$who store=w$scratch/$who/images
	check "at work: a pull ($who)" jailed "$who" image "$home" missing none "some.test:$port/x" -- network "$store" \
		r/run/resolver/resolv.conf r/run/bundle/pem
	check "at work: an archive ($who)" jailed "$who" image "$home" missing none "docker-archive:$home/fifo" -- alone "$store"
	check "at work: a layout ($who)" layout_job "$who"
	check "what is not here and never to be pulled ($who)" same "$(as "$who" "$image" image "$home" never none x | tail -n 1)" \
		"image docker.io/library/x:latest: not in the image store"
	check "at work: load ($who)" jailed "$who" load "$home" none -- alone "$store"
	check "pull ($who)" hypha "$who" pull "oci:$scratch/layout:t"
	check "tag ($who)" hypha "$who" image tag "$(hypha "$who" images -q)" some/name
	check "at work: save ($who)" jailed "$who" save "$home" oci-archive none some/name -- alone "$store"
	check "at work: verify ($who)" verify_job "$who"
	check "at work: a kernel ($who)" jailed "$who" kernel "$home/kernels" "$scratch/kernels/boot/large.xz" -- alone "w$home/kernels" \
		"r$scratch/kernels/boot/large.xz" "r$scratch/kernels/lib/modules" "${modules[@]}"
done

# The one who waits for it is killed.
orphaned() { # WHO
	exec 8<>"$scratch/$1/fifo"
	# shellcheck disable=SC2016 # of the inner shell
	as "$1" sh -c '"$1" load "$2" none <>"$3" & echo $! >"$4"; wait' - "$image" "$scratch/$1" "$scratch/$1/fifo" "$scratch/$1/pid" &
	wait_file "$scratch/$1/pid" && job=$(cat "$scratch/$1/pid") || return
	settled && kill -9 "$(awk '$1 == "PPid:" { print $2 }' "/proc/$job/status")" && is_gone "$job"
	job_end $?
}
is_gone() { # PID
	for _ in $(seq 40); do
		[ -e "/proc/$1" ] || return 0
		sleep 0.05
	done
	return 1
}
for who in root nobody; do
	check "at work: it ends with who waits for it ($who)" orphaned "$who"
done

# --- what it must not be in the way of ---

quiet() { # COMMAND…: and nothing is said of a sandbox
	"$@" >"$scratch/quiet.out" 2>"$scratch/quiet.err" || { cat "$scratch/quiet.err"; return 1; }
	! grep sandbox "$scratch/quiet.err"
}
kernel() { # WHO KERNEL: its ELF, modules and release
	as "$1" "$image" kernel "$scratch/$1/kernels" "$2" >"$scratch/kernel" && sed -n 2,4p "$scratch/kernel"
}
unpacked() { # WHO KERNEL ELF
	local elf modules release
	{ read -r elf && read -r modules && read -r release; } < <(kernel "$1" "$2")
	cat "$scratch/kernel"
	# shellcheck disable=SC2053 # a pattern
	[[ $elf == $3 ]] && same "$release" 6.1.0-test && cpio -t --quiet <"$modules" | grep -x lib/hypha/overlay.ko
}
save_load() {
	hypha "$1" image save -q some/name >"$scratch/$1/saved" && hypha "$1" image rm some/name && hypha "$1" image load -q <"$scratch/$1/saved"
}
relative() { # WHO: as a user might type it
	cd "$scratch/$1" && as "$1" env HYPHA_CONF=conf HYPHA_ROOT=rel "$scratch/bin/hyphactl" pull -q oci:../layout:t
}
from_stdin() { as "$1" "$image" image "$scratch/$1/stdin" missing none docker-archive:/dev/stdin <"$2" | grep -x 0; } # WHO FILE
from_pipe() { # WHO: whose pipe it is
	# shellcheck disable=SC2016 # of the inner shell
	as "$1" sh -c 'cat "$3" | "$1" image "$2" missing none docker-archive:/dev/stdin' - "$image" "$scratch/$1/pipe" "$2" | grep -x 0
}
for who in root nobody; do
	check "images, verify, save, load ($who)" quiet save_load "$who"
	check "verify ($who)" quiet hypha "$who" image verify
	check "ls ($who)" same "$(hypha "$who" images -o csv | sed 1d | cut -d, -f1-2)" docker.io/some/name,latest
	check "rm ($who)" quiet hypha "$who" rmi some/name
	check "relative names ($who)" quiet relative "$who"
	cp "$scratch/archive.tar" "$scratch/$who/archive.tar" && chown "$who:" "$scratch/$who/archive.tar"
	check "/dev/stdin, a file ($who)" from_stdin "$who" "$scratch/$who/archive.tar"
	check "/dev/stdin, a pipe ($who)" from_pipe "$who" "$scratch/$who/archive.tar"
	check "a kernel ($who)" unpacked "$who" "$scratch/kernels/boot/elf.gz" "$scratch/$who/kernels/*.elf"
	check "a kernel that is used as it is, by a link: its own path ($who)" unpacked "$who" "$scratch/kernels/link/elf" \
		"$scratch/kernels/boot/elf"
done
owned_by() { [ -z "$(find "$1" ! -user "$2")" ]; }
foreign_store() {
	hypha nobody pull -q "oci:$scratch/layout:t" || return
	HYPHA_CONF=$scratch/root/conf HYPHA_ROOT=$scratch/nobody quiet "$scratch/bin/hyphactl" image verify
}
check "root works on somebody else's store" foreign_store
foreign_archive() { chown nobody: "$scratch/archive.tar" && hypha root pull -q "docker-archive:$scratch/archive.tar"; }
check "root reads somebody else's archive" foreign_archive
foreign_layout() { # as umoci makes them: the directory is for everybody, its blobs are not
	cp -r "$scratch/layout" "$scratch/private" && chown -R nobody: "$scratch/private" && find "$scratch/private" -type f -exec chmod 600 {} + &&
		chmod 755 "$scratch/private" && hypha root pull -q "oci:$scratch/private:t"
}
check "and somebody else's layout, whose files only that one may read" foreign_layout
check "what root has made is root's" owned_by "$scratch/root/images" root
check "what nobody has made is nobody's" owned_by "$scratch/nobody/images" nobody

# --- the keeper of credentials ---

helper() { # SCRIPT
	printf '#!/bin/sh\n%s\n' "$1" >"$scratch/bin/docker-credential-test" && chmod +x "$scratch/bin/docker-credential-test"
}
with_helper() { # SCRIPT COMMAND…
	helper "$1" && shift && PATH=$scratch/bin:$PATH "$@"
}
echo '{"credsStore":"test"}' >"$DOCKER_CONFIG/config.json"
start_pull() { "$image" image "$scratch/root" always none "localhost:$port/x" >"$scratch/job.out" 2>"$scratch/job.err" & job=$!; }
outlived() { # the helper's parent is the keeper
	rm -f "$scratch/keeper"
	start_pull
	wait_file "$scratch/keeper" && settled || return
	! grep -q '^Seccomp:.2' "/proc/$(cat "$scratch/keeper")/status" || return
	job_end
	is_gone "$(cat "$scratch/keeper")"
}
check "the keeper, outside the sandbox, ends with the pull" with_helper "echo \$PPID >'$scratch/keeper'; sleep 3" outlived
keeper_died() {
	start_pull
	wait "$job"
	grep "credentials for localhost:$port: their keeper, a process beside this one, died" "$scratch/job.out"
}
# shellcheck disable=SC2016 # the helper's own
check "a keeper that dies is told" with_helper 'kill -9 $PPID' keeper_died
check "a helper may write where it likes" with_helper "echo x >'$scratch/wrote'; exit 1" start_pull
check "which it has done" wait_file "$scratch/wrote"
job_end

# --- where there is less of it: a container, whose root may have no namespaces ---

contained() { # COMMAND…
	# shellcheck disable=SC2016 # of the inner shell
	unshare --user --map-root-user sh -c 'echo 0 >/proc/sys/user/max_user_namespaces &&
		exec setpriv --bounding-set=-all --inh-caps=-all "$@"' - "$@"
}
tells() { # COMMAND…: works, and says what is missing
	contained "$@" >"$scratch/quiet.out" 2>"$scratch/quiet.err" || { cat "$scratch/quiet.err"; return 1; }
	grep "^hypha-image: works without a part of its sandbox: namespaces (No space left on device); see hyphactl(8)$" "$scratch/quiet.err"
}
less() { HYPHA_CONF=$scratch/root/conf HYPHA_ROOT=$scratch/less tells "$scratch/bin/hyphactl" "$@"; }
check "a container: it works, and says so" less pull -q "oci:$scratch/layout:t"
as_json() {
	local any='import json, sys; assert any("part of its sandbox" in json.loads(line)["text"] for line in open(sys.argv[1]))'
	HYPHA_CONF=$scratch/root/conf contained "$image" image "$scratch/less" always json "oci:$scratch/layout:t" \
		2>"$scratch/json" >/dev/null && python3 -c "$any" "$scratch/json"
}
check "a container: in JSON, too" as_json
contained_try() { # WANT TRY…
	local want=$1 got
	shift
	got=$(contained "$tool" -w "$scratch/less" "$@" 2>/dev/null)
	same "${got##*$'\n'}" "$want"
}
! has_landlock || check "a container: Landlock is there" contained_try EACCES read /etc/passwd
check "a container: seccomp is there" contained_try "system call 59 (execve)" exec /bin/true
check "a container: no_new_privs is there" contained_try ok status NoNewPrivs

finish
