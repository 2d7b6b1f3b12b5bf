#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# store.sh - a guest's store as Xen's own client sees it from inside, through /dev/xen/xenbus, while the host writes to it.
# shellcheck disable=SC2016,SC2154,SC2317 # guests expand; lib.sh sets; ok calls
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# dom0 has the client installed, not running: one disk takes it, its libraries and their loader into a guest.
make_tools() {
	local dir=$scratch/tools file
	mkdir -p "$dir"
	cp /usr/bin/xenstore "$dir/" || return
	ldd /usr/bin/xenstore | sed -nE 's,.*(=> |^\t)(/[^ ]*) .*,\2,p' | while read -r file; do
		cp -L "$file" "$dir/"
	done
	cp -L /lib/x86_64-linux-gnu/libgcc_s.so.1 "$dir/" || return	# for pthread_cancel
	mv "$dir"/ld-linux* "$dir/ld.so" || return
	mksquashfs "$dir" "$scratch/tools.sqfs" -quiet -noappend >/dev/null
}

prologue='
set -e
mkdir -p /t
mount -t squashfs -o ro /dev/xvdb /t
xs() { /t/ld.so --library-path /t --argv0 xenstore /t/xenstore "$@"; }
fails() { if "$@" 2>/tmp/said; then echo "succeeded: $*"; exit 1; fi; }
is() { [ "$1" = "$2" ] || { echo "\"$1\" is not \"$2\""; exit 1; }; }
'
# in_guest SCRIPT: run it in a fresh guest that has the client; its exit status is the test's.
in_guest() {
	run --disk "$scratch/tools.sqfs:ro" "$busybox" sh -c "$prologue$1"
}

reads_and_writes() {
	in_guest '
		id=$(xs read domid)
		is "$(xs read /local/domain/$id/domid)" $id
		xs write data/t/a one data/t/b/c two
		is "$(xs read data/t/a)" one
		is "$(xs read /local/domain/$id/data/t/b/c)" two
		is "$(xs list data/t | tr "\n" " ")" "a b "
		xs rm data/t/b
		fails xs read data/t/b/c
		fails xs exists data/t/b
		xs exists data/t/a
		is "$(xs read device/vbd/51712/backend)" /local/domain/0/backend/vbd/$id/51712
		is "$(xs read /local/domain/0/backend/vbd/$id/51712/state)" 4'
}

ls_shows_the_tree() {
	in_guest '
		xs write data/t/a one
		xs ls -f / >/tmp/all
		grep -q "^/local/domain/[0-9]*/data/t/a = \"one\"" /tmp/all
		grep -q "^/local/domain/0/backend/vbd/.*/51712/state = \"4\"" /tmp/all
		xs ls -p data/t | grep -q "a = \"one\".*(n[0-9]*)"'
}

long_lists_come_in_parts() {
	in_guest '
		i=0
		while [ $i -lt 200 ]; do
			k=data/t/a-name-that-is-long-enough-to-need-more-than-one-message-$i
			set -- "$@" $k 1
			i=$((i + 1))
			[ $((i % 50)) -ne 0 ] || { xs write "$@"; set --; }
		done
		is $(xs list data/t | wc -l) 200
		is $(xs ls data/t | wc -l) 200'
}

others_nodes_are_refused() {
	in_guest '
		id=$(xs read domid)
		for key in domid name memory/target cpu/0/availability /local/x /x /local/domain/0/x \
			/local/domain/0/backend/vbd/$id/51712/state /local/domain/$((id + 1))/data; do
			fails xs write $key evil
		done
		fails xs rm device
		fails xs rm domid
		fails xs chmod domid b$id
		is "$(xs read domid)" $id'
}

watches_fire() {
	in_guest '
		xs watch -n 3 data/t >/tmp/heard &
		sleep 1
		xs write data/t/a one
		xs write data/t/b two
		wait $!
		is "$(tr "\n" " " </tmp/heard)" "data/t data/t/a data/t/b "'
}

writers_at_once_lose_nothing() {
	in_guest '
		for w in 1 2 3 4; do
			(i=0; while [ $i -lt 25 ]; do xs write data/t/$w/$i $i data/t/last $w; i=$((i + 1)); done) &
		done
		wait
		for w in 1 2 3 4; do is $(xs list data/t/$w | wc -l) 25; done
		case $(xs read data/t/last) in [1-4]) ;; *) exit 1 ;; esac'
}

node_quota_holds_and_ends() {
	in_guest '
		i=0
		while [ $i -lt 60 ]; do
			k= j=0
			while [ $j -lt 20 ]; do k="$k data/t/q/$i-$j 1"; j=$((j + 1)); done
			xs write $k 2>/tmp/said || break
			i=$((i + 1))
		done
		[ $i -ge 40 ] && [ $i -lt 50 ] || { echo "ended at $i"; exit 1; }
		xs rm data/t/q
		xs write data/t/q 1'
}

host_is_heard() {
	local guest
	guest=$(launch --disk "$scratch/tools.sqfs:ro" "$busybox" sh -c "$prologue"'
		echo target $(xs read memory/target)
		xs watch -n 2 memory/target
		echo now $(xs read memory/target)
		sleep 1000') || return
	within 60 says "$guest" '^memory/target' || { hyphactl logs "$guest"; return 1; }
	hyphactl set -m 200 "$guest" || return
	within 20 says "$guest" "^now $((200 * 1024))" || { hyphactl logs "$guest"; return 1; }
	[ "$(field "$guest" store.requests)" -gt 100 ] || return
	[ "$(field "$guest" store.nodes)" -gt 5 ] || return
	hyphactl destroy "$guest" >/dev/null
}

if ! command -v xenstore >/dev/null || ! command -v mksquashfs >/dev/null; then
	skip "Xen's client from inside a guest" "no xenstore or mksquashfs in dom0"
	finish
fi
ok "a disk with Xen's client can be made" make_tools
ok "a guest reads and writes its store" reads_and_writes
ok "xenstore-ls shows the whole tree, with permissions" ls_shows_the_tree
ok "lists longer than a message come whole" long_lists_come_in_parts
ok "what is the host's cannot be changed" others_nodes_are_refused
ok "watches fire once at once and then on changes" watches_fire
ok "four writers at once lose nothing" writers_at_once_lose_nothing
ok "the node quota holds, and ends with removal" node_quota_holds_and_ends
ok "what the host writes is heard at once" host_is_heard
finish
