#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# badinput.sh - whatever is wrong with what a user asks for: an error that names it, exit status 125, and nothing left.
# lab: timeout=900
# shellcheck disable=SC2154,SC2317 # lib.sh sets; ok calls
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# Half an image is none; what is there of a blob may stay to be continued (images/partial).
images_in_store() { find /var/lib/hypha/images -type f ! -path '*/images/partial/*' 2>/dev/null | grep -cE 'tmp|\.new' || true; }

# The memory that Xen could give; and what must not change: guests, records, half-made files.
traces() {
	hyphactl info -o json | grep -E '"(free|living|exited)":'
	ls -A /var/lib/hypha/guests 2>/dev/null
	images_in_store
}

# Xen's own pools take a page or give it back, beside a living guest: see free_is_about.
left_none() { # BEFORE AFTER
	equal "$(grep -v '"free"' <<<"$2")" "$(grep -v '"free"' <<<"$1")" || return
	[ "$(free_in "$2")" -ge $(($(free_in "$1") - 32768)) ] || { echo "before: $1"; echo "after: $2"; return 1; }
}
free_in() { sed -n 's/.*"free": \([0-9]*\).*/\1/p' <<<"$1"; }

# refused TEXT COMMAND…: exit status 125, TEXT (a regular expression) on stderr, stdout empty, nothing left.
refused() {
	local text=$1 before status
	shift
	before=$(traces)
	"$@" >"$scratch/out" 2>"$scratch/err" && status=0 || status=$?
	[ "$status" -eq 125 ] || { echo "exit status $status: $*"; cat "$scratch/err"; return 1; }
	grep -Eq -- "$text" "$scratch/err" || { echo "no '$text' in:"; cat "$scratch/err"; return 1; }
	[ ! -s "$scratch/out" ] || { echo "on stdout:"; cat "$scratch/out"; return 1; }
	left_none "$before" "$(traces)"
}

bad() {
	local name=$1 text=$2
	shift 2
	ok "$name" refused "$text" hyphactl launch -q "$@"
}

free=$(free_memory)	# what all have left together is seen at the end

# --- usage ---
ok "an unknown command" refused 'unknown command "frobnicate"' hyphactl frobnicate
ok "an unknown option, with a hint" refused "unknown option --frob.*" hyphactl launch --frob "$busybox"
ok "the hint" grep -q "See 'hyphactl launch --help'" "$scratch/err"
ok "an option without its value" refused 'needs a value' hyphactl launch -m
ok "a missing argument" refused 'an argument is missing' hyphactl launch
ok "--help is no error" exits 0 hyphactl launch --help

# --- guests ---
ok "no such guest" refused 'no such guest: "nobody"' hyphactl stop nobody
ok "attach to nobody" refused 'no such guest' hyphactl attach nobody
ok "no such log" refused 'no such guest' hyphactl logs nobody

# --- numbers ---
bad "0 vCPUs" '--cpus: 0 is out of range; 1 to 32' -c 0 "$busybox"
bad "33 vCPUs" '--cpus: 33 is out of range; 1 to 32' -c 33 "$busybox"
bad "memory that is no size" '"lots" is not a size' -m lots "$busybox"
bad "more memory than is free" "[0-9]+.*(free|available)|(free|available).*[0-9]+" -m 1T "$busybox"
bad "memory too small for the kernel" '[0-9]+ ?(MiB|KiB|bytes|pages|kB)' -m 8 "$busybox"
bad "a command line of 1024 bytes" 'command line would have [0-9]+ bytes; at most 1023' \
	--cmdline "$(head -c 1000 /dev/zero | tr '\0' x)" "$busybox"
bad "a bad name" "name \"no/name\": character '/'" --name no/name "$busybox"

# --- network ---
bad "port 0" 'port 0 is out of range; 1 to 65535' -p 0:80 "$busybox"
bad "a port beyond 65535" 'port 65536 is out of range' -p 80:65536 "$busybox"
bad "a range that ends before it begins" '90-80 ends before' -p 90-80:90-80 "$busybox"
bad "ranges of different lengths" '11 ports of the host for 1 of the guest' -p 8000-8010:80 "$busybox"
bad "an IPv6 address without brackets" 'in brackets' -p ::1:80:80 "$busybox"
bad "a port published twice" 'share ports of the host' -p 80:80 -p 80:81 "$busybox"
bad "a multicast MAC" '--mac: 01:00:5e:00:00:01 is a multicast' --mac 01:00:5e:00:00:01 "$busybox"
bad "an MTU that is too small" '--mtu: 1279 is out of range; 1280 to' --mtu 1279 "$busybox"
bad "a policy that does not exist" 'there are fast, stack' --net-policy slow "$busybox"
bad "a port without network" '--no-network and --publish exclude' --no-network -p 80:80 "$busybox"
bad "an address outside of the prefix" "192.0.2.1 is not in the guests' prefix 10" --ip 192.0.2.1 "$busybox"
bad "an IPv6 address outside of the prefix" "is not in the guests' prefix f" --ip6 2001:db8::5 "$busybox"
bad "the gateway's address" "is the gateway's address" --ip "$(info network.prefix4 | sed 's,0/.*,1,')" "$busybox"

launch --name owner -p 8080-8089:80-89 -p "[::1]:53:53/udp" "$busybox" sleep 1000 >/dev/null
ip4=$(field owner network.ip4) ip6=$(field owner network.ip6) mac=$(field owner network.mac)
bad "another guest's IPv4 address" "address $ip4 is guest owner's" --ip "$ip4" "$busybox"
bad "another guest's IPv6 address" "address $ip6 is guest owner's" --ip6 "$ip6" "$busybox"
bad "another guest's MAC" "MAC $mac is guest owner's" --mac "$mac" "$busybox"
bad "another guest's port" "tcp port 8085 of the host is guest owner's" -p 8085:80 "$busybox"
bad "ports of which another guest has some" "is guest owner's" -p 8070-8080:1-11 "$busybox"
bad "another guest's port at an address" "udp port 53 of the host is guest owner's" -p "[::1]:53:54/udp" "$busybox"
ok "all of it is the next one's when it is gone" hyphactl destroy owner
ok "indeed" launch --name owner --ip "$ip4" --ip6 "$ip6" --mac "$mac" -p 8080:80 -p "[::1]:53:53/udp" "$busybox" sleep 1000
hyphactl destroy owner >/dev/null

# --- files ---
head -c 100 /dev/zero >"$scratch/small"
mkdir "$scratch/dir"
truncate -s 2000T "$scratch/huge" 2>/dev/null || truncate -s 15T "$scratch/huge"
bad "a disk that is not there" 'cannot open /nowhere for writing' --disk /nowhere "$busybox"
bad "a disk smaller than a sector" 'has 100 bytes' --disk "$scratch/small" "$busybox"
bad "a directory as disk" 'neither a file nor|Is a directory' --disk "$scratch/dir:ro" "$busybox"
bad "a device that is no disk" 'neither a file nor a block device' --disk /dev/null:ro "$busybox"
bad "an environment file that is not there" '--env-file: /nowhere' --env-file /nowhere "$busybox"
bad "an initrd that is not there" '--initrd /nowhere' -r /nowhere "$busybox"
bad "a cidfile that exists" "$scratch/small exists already" --cidfile "$scratch/small" "$busybox"
if mount -t tmpfs -o ro none "$scratch/dir" 2>/dev/null; then
	bad "a cidfile that cannot be written" '--cidfile.*Read-only' --cidfile "$scratch/dir/cid" "$busybox"
	umount "$scratch/dir"
fi

# --- kernels ---
bad "a kernel that is not there" '--kernel /nowhere: No such file' -k /nowhere "$busybox"
bad "a kernel that is none" "$scratch/small: neither a bzImage nor an ELF" -k "$scratch/small" "$busybox"
bad "an ELF file that is no kernel" 'PV|Xen|note|executable|not a' -k /bin/true "$busybox"
bad "a 64-bit ELF cut short" '.' -k <(head -c 4096 /bin/true) "$busybox"

# --- images ---
bad "no such image" 'busybox:nosuchtag.*not found|nosuchtag.*unknown|404' "$busybox:nosuchtag"
bad "no such repository" 'nosuchrepo' "$registry/nosuchrepo"
bad "a registry that is down" 'localhost:1[:/ ].*(connect|refused)' localhost:1/busybox
bad "a reference that is none" 'invalid|not a' 'UPPER case'
bad "an image of which there is nothing here" 'pull|not here|never|local' --pull never "$registry/debian:none"
bad "an image for another machine" 'arm64|amd64' "$busybox:arm64-only"
bad "an image without a command" 'names no command' "$busybox:nocmd"
bad "a layer with wrong bytes" 'sha256:.*(digest|mismatch)' "$registry/bad:layer-digest"
bad "a layer cut short" 'sha256:' "$registry/bad:layer-truncated"
bad "a layer the registry has lost" 'sha256:' "$registry/bad:layer-missing"
bad "a layer that is too long" 'sha256:' "$registry/bad:layer-longer"
bad "a config with wrong bytes" 'config' "$registry/bad:config-digest"
bad "a layer that is no archive" 'sha256:|layer' "$registry/bad:layer-garbage"
bad "a layer whose content is another" 'diff' "$registry/bad:diff-id"
bad "a manifest that is no JSON" 'manifest|JSON' "$registry/bad:manifest-json"

# --- who and where ---
as_nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
# (a user can know nothing of what is left: compared as root)
ok "not root" refused 'root' as_nobody hyphactl list

without_module() { mv /dev/hypha /dev/hypha.away && { "$@"; local status=$?; mv /dev/hypha.away /dev/hypha; return "$status"; }; }
ok "no module: says modprobe hypha" refused 'modprobe hypha' without_module hyphactl launch -q "$busybox" true

# --- a full disk ---
no_room() {
	local status
	mount -t tmpfs -o size=300k none "$scratch/dir" || return
	HYPHA_ROOT="$scratch/dir" "$@" && status=0 || status=$?
	umount "$scratch/dir"
	return "$status"
}
ok "no room for the image" refused 'No space left' no_room hyphactl launch -q "$busybox" true

# A small one with image, kernel and a guest's record on it, then filled.
full=$scratch/full guest=$here/../build/guests/hostile
on_full() { HYPHA_ROOT=$full "$@"; }
tiny() { on_full hyphactl launch -q -k "$guest" -m 16M --cmdline "mode=$1" "${@:2}" "$busybox"; }
fill_disk() {
	mkdir "$full" && mount -t tmpfs -o size=16m none "$full" || return
	truncate -s 8M "$full/disk" && exits 0 tiny exit -a --rm && tiny stay -d --name early >"$scratch/early" || return
	cat /dev/zero >"$full/rest"
	[ ! -s "$full/rest" ] || fails_with 'No space left' cp /etc/passwd "$full/more"
}
records() { ls -A "$full/guests"; }
late_has_no_room() {
	refused 'No space left' tiny stay -d --name late && equal "$(records)" "$(cat "$scratch/early")"
}
guest_lives_without_room() {
	run --disk "$full/disk" "$busybox" sh -c '! dd if=/dev/urandom of=/dev/xvdb bs=1M count=4 conv=fsync && echo lives' | grep lives
}
# What cannot be written stays in the module.
ended_is_not_lost() {
	hyphactl stop -t 0 early >/dev/null && within 10 on_full is early state exited && on_full is early exitReason killed || return
	within 10 eval 'dmesg | grep -q "exit record of $(cat "$scratch/early") not saved: .*No space"' || return
	on_full hyphactl logs early | grep -q staying && equal "$(records)" "$(cat "$scratch/early")" || return
	rm "$full/rest"
	on_full is early state exited && on_full hyphactl rm early >/dev/null && equal "$(records)" ""
}
leave() { umount "$full"; }
if [ -e "$guest" ]; then
	ok "a disk that is full to its end" fill_disk
	ok "no room for a guest's record: no guest" late_has_no_room
	ok "without a record it runs" exits 7 tiny 'exit code=7' -a --rm
	ok "a guest whose disk finds no room is told so, and lives" guest_lives_without_room
	ok "the end of a guest is told although there is no room for its record" ended_is_not_lost
else
	skip "a disk that is full to its end" "no $guest"
fi
ok "Xen has the memory of all of them" memory_is_back "$free"

finish
