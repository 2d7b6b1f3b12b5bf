#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lifecycle.sh - guests come whole or not at all, and go without a trace.
# lab: timeout=1200
# shellcheck disable=SC2154,SC2317 # lib.sh sets; ok calls
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

kills=24	# moments of a launch at which hyphactl is killed, the long system call that creates among them

milliseconds() { echo $(($(date +%s%N) / 1000000)); }
# Without a process of its own, which takes longer here than a launch has to be cut in.
pause_ms() { read -rt "$(printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)))" <>"$scratch/never" || true; }

ready() { is "$1" ready true; }
names() { hyphactl list -a -o csv | cut -d, -f2 | tail -n +2; }

# The last of three, when everything is cached; in $scratch/took, because ok runs us in a shell of our own.
launch_takes() {
	local i start took
	for i in 1 2 3; do
		start=$(milliseconds)
		launch --name warm -m 140 "$busybox" true >/dev/null || return
		took=$(($(milliseconds) - start))
		hyphactl destroy warm >/dev/null || return
	done
	echo "$took" >"$scratch/took"
}

kill_at() {
	local name=$1 pid
	hyphactl launch -q -d --name "$name" -m 140 "$busybox" sleep 1000 >/dev/null 2>&1 &
	pid=$!
	pause_ms "$2"
	kill -9 "$pid" 2>/dev/null || true
	wait "$pid" 2>/dev/null || true
}

# The survivors boot side by side, so that each is shown to be whole.
killed_launches_are_whole() {
	local i whole=0 none=0 took
	took=$(cat "$scratch/took") && mkfifo "$scratch/never" || return
	for ((i = 0; i < kills; i++)); do
		kill_at "kill$i" $((i * took * 5 / 4 / kills))
		if hyphactl list -q >/dev/null && names | grep -qx "kill$i"; then
			whole=$((whole + 1))
			[ "$whole" -le 8 ] && continue
			hyphactl destroy "kill$i" >/dev/null || return
		else
			none=$((none + 1))
		fi
	done
	note "$none left nothing, $whole a guest"
	[ "$none" -gt 0 ] || { echo "all were too late: a launch takes $took ms"; return 1; }
	[ "$whole" -gt 0 ] || { echo "all were too early: a launch takes $took ms"; return 1; }
	for i in $(names); do
		within 200 ready "$i" || return
	done
}

all_can_be_destroyed() {
	destroy_all
	nothing_is_left "$@"
}

module_stays_while_guests_live() {
	launch --name holder "$busybox" sleep 1000 || return
	exits 1 modprobe -r hypha 2>/dev/null || return
	is holder state running || return
	hyphactl destroy holder >/dev/null
}

# As xl destroy does, which would need xenstored.
destroy_domain() {
	python3 - "$1" <<-'END'
		import ctypes, glob, sys
		xc = ctypes.CDLL(glob.glob("/usr/lib/*/libxenctrl.so.4*")[0])
		xc.xc_interface_open.restype = ctypes.c_void_p
		handle = xc.xc_interface_open(None, None, 0)
		sys.exit(0 if handle and not xc.xc_domain_destroy(ctypes.c_void_p(handle), int(sys.argv[1])) else 1)
	END
}

foreign_destroy_is_noticed() {
	launch --name taken "$busybox" sleep 1000 || return
	within 60 ready taken || return
	destroy_domain "$(field taken domid)" || return
	within 20 is taken state exited || return
	is taken exitReason vanished || return
	hyphactl rm taken >/dev/null
}

# Who forgets a guest waits for the exit helper that writes its record, and it for them; each is shut out here by the other's lock.
records_are_locked() {
	local lock start
	launch --name brief "$busybox" true >/dev/null && hyphactl wait brief >/dev/null && within 10 recorded || return
	exec {lock}</var/lib/hypha/guests
	flock -s "$lock"
	{ sleep 1 && flock -u "$lock"; } &
	start=$(milliseconds)
	hyphactl rm brief >/dev/null && equal "$(names)" "" || return
	[ $(($(milliseconds) - start)) -ge 900 ] || { echo "rm did not wait for who keeps a record"; return 1; }

	flock -x "$lock"
	launch --name brief "$busybox" true >/dev/null && hyphactl wait brief >/dev/null || return
	sleep 1
	! recorded >/dev/null || { echo "the exit helper did not wait for who removes records"; return 1; }
	flock -u "$lock"
	within 20 recorded && hyphactl rm brief >/dev/null
}
recorded() { equal "$(info guests.exited)" 0; }

# The time from when Xen says that the domain has shut down (asked each millisecond) until `hyphactl wait` has ended: ms.
exit_delay() {
	python3 - "$1" "$2" <<-'END'
		import ctypes, fcntl, os, struct, subprocess, sys, time
		name, domid = sys.argv[1], int(sys.argv[2])
		DOMCTL, GETDOMAININFO, ENDED = 36, 5, 1 | 4	# struct xen_domctl: cmd, version, domain; answer: domain, flags
		op = ctypes.create_string_buffer(144)
		privcmd = os.open("/dev/xen/privcmd", os.O_RDWR)

		def ended(version):
		    struct.pack_into("=IIH", op, 0, GETDOMAININFO, version, domid)
		    try:
		        fcntl.ioctl(privcmd, 0x305000, struct.pack("=6Q", DOMCTL, ctypes.addressof(op), 0, 0, 0, 0))
		    except ProcessLookupError:
		        return True
		    return struct.unpack_from("=I", op, 20)[0] & ENDED

		def speaks(version):
		    try:
		        ended(version)
		    except PermissionError:	# another version than Xen's
		        return False
		    return True

		version = next(filter(speaks, range(0x12, 0x19)))
		waiter = subprocess.Popen(["hyphactl", "wait", name], stdout=subprocess.DEVNULL)
		while not ended(version):
		    time.sleep(0.001)
		begin = time.monotonic()
		waiter.wait()
		print(int((time.monotonic() - begin) * 1000))
	END
}

# Of five guests: a single one may meet the emulator in an odd moment.
exit_is_told_soon() {
	local i delays='' median
	modprobe xen-privcmd || return
	for i in 1 2 3 4 5; do
		launch --name short "$busybox" sleep 2 >/dev/null || return
		delays="$delays $(exit_delay short "$(field short domid)")" || return
		hyphactl rm short >/dev/null || return
	done
	median=$(echo "$delays" | xargs -n 1 | sort -n | sed -n 3p)
	note "ms from shutdown until hyphactl wait has ended:$delays"
	[ "$median" -le 100 ] || { echo "median $median ms of$delays"; return 1; }
}

ok "a launch that is let alone" launch_takes
started_free=$(free_memory) started_events=$(event_channels)
ok "hyphactl killed at $kills points leaves nothing or a whole guest" killed_launches_are_whole
ok "and nothing is left of those after destroy" all_can_be_destroyed "$started_free" "$started_events"
ok "a guest's end is told within 100 ms" exit_is_told_soon
ok "a record is not written while it is removed, nor removed while it is written" records_are_locked
ok "the module stays while a guest lives" module_stays_while_guests_live
ok "a domain that somebody else destroys is noticed" foreign_destroy_is_noticed
destroy_all
ok "the module comes and goes" module_comes_and_goes
finish
