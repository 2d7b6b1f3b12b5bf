#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# images.sh - what an image is inside its guest, and what the image store does beside guests that run.
# lab: timeout=600
# shellcheck disable=SC2317 # ok calls
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

trees=$here/../build/trees

# Every rule of layers, as a guest sees it: what umoci unpacks of the same image.
tree_in_the_guest() {
	timeout 300 hyphactl launch -q -a --rm "oci-archive:$trees/together.tar" /bin/mtree / dev etc proc run sys >"$scratch/seen" || return
	note "$(wc -l <"$trees/together.mtree") files"
	[ "$(wc -l <"$trees/together.mtree")" -gt 1000 ] && diff "$trees/together.mtree" "$scratch/seen"
}

# Its only name goes by force only, and not by a prune.
image_of_a_guest() {
	run "$debian" true && hyphactl image tag "$debian" kept >/dev/null && hyphactl rmi "$debian" >/dev/null || return
	launch --name user --pull never kept sh -c 'sleep 3; find /usr/share /usr/lib -xdev -type f -exec cat {} + | wc -c' || return
	hyphactl pause user || return
	fails_with "user" hyphactl rmi kept || return
	hyphactl image prune -a >/dev/null && hyphactl image inspect kept >/dev/null || return
	hyphactl image rm -f kept >/dev/null && fails_with "no such image" hyphactl image inspect kept
}

guest_outlives_its_image() {
	find /var/lib/hypha/images/packed -name '*.squashfs' -exec ls {} + && hyphactl image ls
	hyphactl unpause user && equal "$(timeout 200 hyphactl wait user)" 0 || return
	says user '^[0-9]\{7,\}' || { hyphactl logs user; return 1; }
	is user disks.0.errors 0
}

# Of the archive's job and of the network's.
whole_sandbox() {
	hyphactl pull "oci-archive:$trees/together.tar" 2>"$scratch/said" && hyphactl pull "$busybox" 2>>"$scratch/said" || return
	! grep sandbox "$scratch/said"
}

begin
ok "no part of the sandbox is missing here" whole_sandbox
ok "the tree of an image in a guest is umoci's, rule by rule" tree_in_the_guest
ok "the image of a living guest goes by force only" image_of_a_guest
ok "and the guest reads on, all of it" guest_outlives_its_image
finish
