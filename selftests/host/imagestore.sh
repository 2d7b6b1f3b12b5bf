#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Images from files, and the store's commands: archives by skopeo, umoci and by hand, honest and hostile; what happens to the store
# when a load is killed, a disk is full, or somebody prunes meanwhile. KTAP. Needs root.
cd "$(dirname "$0")" || exit 1
[ "$(id -u)" -eq 0 ] || { echo "KTAP version 1"; echo "1..0 # SKIP needs root"; exit 0; }
[ -n "$IMAGESTORE_APART" ] || IMAGESTORE_APART=1 exec unshare --mount "./${0##*/}" "$@"
. ./suite.sh
leave() { umount "$scratch/small" 2>/dev/null; }

have_registry
begin
need skopeo umoci docker-registry mksquashfs unsquashfs python3 jq script

need_hyphactl
blobs() { find "$HYPHA_ROOT/images/blobs" "$HYPHA_ROOT"/images/{packed,layers,tmp} -type f 2>/dev/null; }
is_empty() { same "$(hypha images -q && blobs)" ""; }
refuses() { # TEXT COMMAND…: says TEXT, exits with 125
	local text=$1 status
	shift
	"$@" >"$scratch/out" 2>"$scratch/err" </dev/null
	status=$?
	cat "$scratch/err"
	[ "$status" -eq 125 ] || { echo "exit status $status"; return 1; }
	grep -qF -- "$text" "$scratch/err" || { echo "does not say: $text"; return 1; }
}

# --- images: one small one; the same in all the forms skopeo knows ---

an_open_registry() { start_registry registry && registry=127.0.0.1:$port; }

make_archives() {
	local source=docker://$registry/image:1 to=$scratch/files
	mkdir -p "$to" || return
	skopeo copy -q --dest-tls-verify=false "oci:$scratch/layout:t" "$source" || return
	skopeo copy -q --src-tls-verify=false "$source" "oci:$to/dir:t" &&
		skopeo copy -q --src-tls-verify=false "$source" "oci:$to/named:example.org/dir/named:3" &&
		skopeo copy -q --src-tls-verify=false "$source" "oci-archive:$to/oci.tar:example.org/oci/a:1" &&
		skopeo copy -q --src-tls-verify=false "$source" "oci-archive:$to/tag.tar:t" &&
		skopeo copy -q --src-tls-verify=false "$source" "docker-archive:$to/docker.tar:example.org/docker/a:2" &&
		skopeo copy -q --src-tls-verify=false "$source" "docker-archive:$to/nameless.tar" || return
	python3 imagestore_archives.py "$scratch/layout" t "$scratch/made"
}

check "an image made by umoci" make_image
check "a registry" an_open_registry
check "archives by skopeo and by hand" make_archives
files=$scratch/files made=$scratch/made

pulls() { # INPUT NAME
	use_root pulled
	hypha pull -q "$1" >"$scratch/out" && is_image "$2" && same "$(cat "$scratch/out")" "$(hypha image inspect "$2" | jq -r '.[0].digest')" &&
		same "$(hypha image inspect "$2" | jq -c '.[0].names')" "$3"
}
while IFS='|' read -r input name names; do
	check "pull $input" pulls "${input/:/:$files/}" "${name:-$digest}" "$names"
done <<EOT
oci:dir:t||[]
oci:dir||[]
oci:named|example.org/dir/named:3|["example.org/dir/named:3"]
oci:named:example.org/dir/named:3|example.org/dir/named:3|["example.org/dir/named:3"]
oci-archive:oci.tar|example.org/oci/a:1|["example.org/oci/a:1"]
oci-archive:oci.tar:example.org/oci/a:1|example.org/oci/a:1|["example.org/oci/a:1"]
oci-archive:tag.tar:t||[]
docker-archive:docker.tar|example.org/docker/a:2|["example.org/docker/a:2"]
docker-archive:docker.tar:example.org/docker/a:2|example.org/docker/a:2|["example.org/docker/a:2"]
docker-archive:nameless.tar|${id:7:12}|[]
EOT

loads() { # FILE HOW WANT…
	local file=$1 how=$2
	shift 2
	use_root loaded
	case $how in
	stdin) hypha image load -q <"$file" ;;
	pipe) hypha image load -q < <(cat "$file") ;;
	file) hypha image load -q -i "$file" ;;
	esac >"$scratch/out" || return
	same "$(tr '\n' ' ' <"$scratch/out")" "$* " && is_image "$1"
}
for how in stdin pipe file; do
	check "load by $how: skopeo's oci-archive" loads "$files/oci.tar" $how example.org/oci/a:1
	check "load by $how: skopeo's docker-archive" loads "$files/docker.tar" $how example.org/docker/a:2
	check "load by $how: docker's of old, with a linked layer" loads "$made/good/old-docker" $how docker.io/library/old:1 example.org/old/two:2
done
check "load: compressed" loads "$made/good/old-docker.gz" pipe docker.io/library/gz:1
check "load: docker's since 25" loads "$made/good/new-docker" pipe docker.io/library/new:25
check "load: layers compressed in docker's form" loads "$made/good/gz-layers" file docker.io/library/gzl:1
check "load: odd but honest" loads "$made/good/odd" file "$digest"
nameless_docker() {
	use_root loaded && hypha image load -q -i "$made/good/nameless-docker" && is_image "${id:7:12}" && same "$(hypha images -q)" "$id"
}
check "load: docker's without a name" nameless_docker
two_images() {
	use_root two
	hypha image load -q -i "$made/good/two" >"$scratch/out" || return
	same "$(tr '\n' ' ' <"$scratch/out")" "example.org/two/a:1 example.org/two/b:1 " &&
		same "$(find "$HYPHA_ROOT/images/packed" -type f | wc -l)" 1
}
check "load: two images, one squashfs" two_images
layers_stay() {
	same "$(hypha image df -o jsonl | jq -sc 'map(select(.type == "layers"))[0] | [.files, .reclaimable]')" '[2,0]' &&
		hypha image rm example.org/two/a:1 && same "$(find "$HYPHA_ROOT/images/layers" -type f | wc -l)" 2 &&
		hypha image verify -q && hypha image rm example.org/two/b:1 && is_empty
}
check "kept layers go with the last image that has them" layers_stay
limited() { # LINE TEXT
	local status
	printf '[limits]\n%s\n' "$1" >>"$HYPHA_CONF"
	use_root limited
	refuses "$2" hypha image load -q -i "$files/oci.tar" && is_empty
	status=$?
	echo "helper = $build/hypha-image" >"$HYPHA_CONF"
	return "$status"
}
for limit in manifest:100B config:100B layers:1 unpacked:1000B entries:2; do
	check "load: [limits] ${limit/:/ = }" limited "${limit/:/ = }" "(${limit%:*})"
done
one_of_two() {
	use_root one
	hypha pull -q "oci-archive:$made/good/two:example.org/two/b:1" && same "$(hypha images -o jsonl | jq -r .repository)" example.org/two/b &&
		same "$(hypha image df -o jsonl | jq -s 'map(.reclaimable) | add')" 0
}
check "pull one of two: the other's blobs do not stay" one_of_two
use_root choice
check "pull of two without a choice" refuses "more than one image in it: add one of these behind a colon: example.org/two/a:1, " \
	hypha pull "oci-archive:$made/good/two"
check "pull of one that is not in it" refuses 'no image "c:1" in it, but these: example.org/two/a:1, ' \
	hypha pull "oci-archive:$made/good/two:c:1"
check "images without end" refuses "2000 images in it, the limit is 1024" hypha image load -i "$made/many"
check "a directory is no archive" refuses "a directory, not an archive; pull or launch a layout as oci:DIR" hypha image load -i "$scratch/layout"
check "no such file" refuses "docker-archive:$files/absent: cannot open it: No such file" hypha pull "docker-archive:$files/absent"
check "no layout" refuses "index.json: No such file" hypha pull "oci:$files"
check "no path" refuses "oci: needs a path" hypha pull oci:
check "the same again costs no blob" pulls "oci-archive:$files/oci.tar" example.org/oci/a:1 '["example.org/oci/a:1"]'

# --- hostile ones ---

outside=$(find /tmp -maxdepth 1 -name 'escaped*')
nothing_of() { # FILE TEXT
	use_root hostile
	refuses "$2" hypha image load -q -i "$1" && is_empty || return
	use_root hostile
	refuses "$2" hypha pull -q "docker-archive:$1" && is_empty
}
while IFS='|' read -r name text; do
	check "refuses $name" nothing_of "$made/bad/$name" "$text"
done <"$made/bad.txt"
check "nothing got out of an archive" same "$(find /tmp -maxdepth 1 -name 'escaped*')" "$outside"

hostile_layout() { # SCRIPT TEXT: a layout with something wrong
	use_root hostile
	rm -rf "$scratch/wrong" && cp -a "$files/dir" "$scratch/wrong" && (cd "$scratch/wrong" && eval "$1") || return
	refuses "$2" timeout 20 "$build/hyphactl" pull -q "oci:$scratch/wrong" && is_empty
}
layer=$(jq -r '.layers[0].digest' "$files/dir/blobs/sha256/${digest#sha256:}")
layer=blobs/sha256/${layer#sha256:}
check "layout: a flipped bit" hostile_layout "printf x | dd of=$layer bs=1 seek=20 conv=notrunc status=none" "digest mismatch"
check "layout: a layer cut off" hostile_layout "truncate -s 10 $layer" "$layer: not a file of"
check "layout: a layer grown" hostile_layout "echo >>$layer" "$layer: not a file of"
check "layout: a layer missing" hostile_layout "rm $layer" "$layer: No such file"
check "layout: a fifo for a layer" hostile_layout "rm $layer && mkfifo $layer" "$layer: not a file of"
check "layout: a device for a layer" hostile_layout "rm $layer && mknod $layer c 1 5" "$layer: Permission denied"
check "layout: a layer elsewhere" hostile_layout "mv $layer $scratch/elsewhere && ln -s $scratch/elsewhere $layer" "$layer: No such file"
check "layout: a digest with ../" hostile_layout "sed -i 's,sha256:[0-9a-f]*,sha256:../../../../etc/passwd,' index.json" "no image in it"

truncated() { # FILE: cut anywhere it is refused, or complete but for the padding
	local size at
	size=$(stat -c %s "$1")
	for ((at = 1; at < size; at += size / 25 + 7)); do
		use_root truncated
		head -c "$at" "$1" >"$scratch/cut"
		if hypha image load -q -i "$scratch/cut" >"$scratch/out" 2>"$scratch/err"; then
			is_image "$(head -n 1 "$scratch/out")" || { echo "at $at of $size"; return 1; }
		else
			is_empty || { echo "at $at of $size"; return 1; }
		fi
		head -c "$at" "$1" | hypha image load -q >"$scratch/out" 2>"$scratch/err" || is_empty || [ -s "$scratch/out" ] ||
			{ echo "piped, at $at of $size"; return 1; }
	done
}
check "truncated: an OCI archive" truncated "$files/oci.tar"
check "truncated: docker's" truncated "$files/docker.tar"
check "truncated: docker's, compressed" truncated "$made/good/old-docker.gz"

# --- save ---

use_root saved
hypha image load -q -i "$files/oci.tar" >/dev/null
image=example.org/oci/a:1
round_trip() {
	hypha image save -q -o "$scratch/saved.tar" "$image" && hypha image save -q "$image" | cmp - "$scratch/saved.tar" || return
	use_root round && hypha image load -q <"$scratch/saved.tar" && is_image "$image" || return
	same "$(hypha image inspect "$image" | jq -r '.[0].digest')" "$digest"
}
check "save and load: the same digest, the same bytes each time" round_trip
export HYPHA_ROOT=$scratch/saved
round_trip_docker() {
	hypha image save -q --format docker-archive -o "$scratch/saved.docker" "$image" || return
	use_root round && hypha image load -q <"$scratch/saved.docker" && is_image "$image"
}
check "save for docker and load: the same id" round_trip_docker
export HYPHA_ROOT=$scratch/saved
by_id() {
	hypha image save -q -o "$scratch/id.tar" "${id:7:12}" && use_root round && hypha image load -q -i "$scratch/id.tar" &&
		is_image "$digest"
}
check "save by id: no name" by_id
export HYPHA_ROOT=$scratch/saved
skopeo_reads() { # INPUT
	rm -rf "$scratch/dir" && skopeo copy -q "$1" "dir:$scratch/dir" && same "$(jq -r '.config.digest' "$scratch/dir/manifest.json")" "$id"
}
check "skopeo reads what save writes" skopeo_reads "oci-archive:$scratch/saved.tar:$image"
check "skopeo reads what save writes for docker" skopeo_reads "docker-archive:$scratch/saved.docker:$image"
check "skopeo reads the store" skopeo_reads "oci:$HYPHA_ROOT/images:$image"
umoci_reads() { umoci ls --layout "$HYPHA_ROOT/images" | grep -qx "$image"; }
check "umoci reads the store" umoci_reads
to_terminal() {
	script -qec "$build/hyphactl image save $image" "$scratch/typed" >/dev/null
	grep -q "standard output is a terminal" "$scratch/typed"
}
check "save: not to a terminal" to_terminal
check "save: an unknown format" refuses '"tar" is unknown; there are' hypha image save --format tar "$image"
check "save: an unknown image" refuses "no such image: absent" hypha image save -o "$scratch/x" absent
check "save: a failure leaves no file" test ! -e "$scratch/x"
check "save: no room" refuses "No space left" hypha image save -o /dev/full "$image"

# --- the store's commands ---

use_root commands
hypha pull -q "oci:$files/dir:t" >/dev/null
nameless() {
	same "$(hypha images -o jsonl | jq -r '.repository + .tag')" '<none>' && hypha image history "${digest:7:8}" -o csv | grep -q 'umoci config'
}
check "an image without a name is listed, and found by its digest" nameless
packed_again() { # by ID what launch takes, too
	rm "$HYPHA_ROOT"/images/packed/* && same "$(hypha pull -q "$1")" "$digest" && is_image "$digest"
}
check "by its digest: packed again" packed_again "$digest"
check "by its id: packed again" packed_again "$id"
check "by the beginning of its id: found" same "$(hypha pull -q "${id:7}")" "$digest"
check "an id nobody has" refuses "not in the image store" hypha pull "sha256:$(printf '0%.0s' $(seq 64))"
tagging() {
	hypha image tag "${id:7:8}" mine && same "$(hypha images -o csv | tail -n +2 | cut -d, -f1-2)" docker.io/library/mine,latest || return
	hypha image tag mine example.org/mine:2 &&
		same "$(hypha image inspect mine | jq -c '.[0].names')" '["docker.io/library/mine:latest","example.org/mine:2"]'
}
check "tag" tagging
check "tag: a digest is no name" refuses "a digest cannot be given" hypha image tag mine "x@$digest"
check "tag: no such image" refuses "no such image: nothing" hypha image tag nothing more
inspected() {
	hypha image inspect mine >"$scratch/view" && jq -e --arg id "$id" --arg digest "$digest" '.[0] |
		.id == $id and .digest == $digest and .schema == 1 and (.layers | length) == 2 and .layers[0].mediaType == "application/vnd.oci.image.layer.v1.tar+gzip"
		and .config.config.Cmd == ["/bin/true"] and .packed.size > 0' "$scratch/view" >/dev/null || return
	same "$(jq -c '[.[0].layers[].diffId]' "$scratch/view")" "$(jq -c .rootfs.diff_ids "$scratch/layout/blobs/sha256/${id#sha256:}")"
}
check "inspect" inspected
history_like_docker() {
	hypha image history mine -o json >"$scratch/history" || return
	same "$(jq -c 'map(.createdBy)' "$scratch/history")" '["umoci config","umoci repack","umoci repack"]' &&
		same "$(jq -c 'map(.size > 0)' "$scratch/history")" '[false,true,true]' && same "$(jq -r '.[0].id' "$scratch/history")" "$id"
}
check "history" history_like_docker
removing() {
	hypha image rm example.org/mine:2 && is_image mine && hypha rmi "${id:7:6}" && is_empty
}
check "rm: a name, then by id the image" removing
check "rm: no such image" refuses "no such image: mine" hypha image rm mine
pruning() {
	hypha pull -q "oci:$files/dir:t" && hypha pull -q "docker-archive:$files/docker.tar" || return
	echo junk >"$HYPHA_ROOT/images/blobs/sha256/junk"
	same "$(hypha image df -o jsonl | jq -s '.[0].reclaimable')" 5 || return
	same "$(hypha image prune 2>/dev/null)" "$digest" && is_image example.org/docker/a:2 || return
	same "$(hypha image prune -a 2>"$scratch/freed")" example.org/docker/a:2 && is_empty && grep -q 'KiB freed' "$scratch/freed"
}
check "prune: what has no name, then all" pruning
check "an unknown command" refuses 'unknown command "image purge"' hypha image purge

# --- verify ---

use_root damage
restore() { use_root damage && hypha image load -q -i "$files/oci.tar" >/dev/null; }
finds() { # GLOB PATTERN: damage there is found, told, and mended by --repair and another load
	local file status
	restore && is_image "$image" || return
	file=$(find "$HYPHA_ROOT/images/$1" -type f | head -n 1)
	[ -f "$file" ] && printf 'x' | dd of="$file" bs=1 seek=12 conv=notrunc status=none || return
	hypha image verify -q >"$scratch/out" 2>"$scratch/err"
	status=$?
	cat "$scratch/out"
	[ "$status" -eq 1 ] && [ -f "$file" ] && grep -qE "$2" "$scratch/out" || return
	hypha image verify -q --repair >"$scratch/out" 2>"$scratch/err"
	[ $? -eq 1 ] && grep -q "pull or load these images again" "$scratch/err" && [ ! -e "$file" ] || return
	hypha image load -q -i "$files/oci.tar" && is_image "$image"
}
damaged_layers() {
	local file
	restore || return
	for file in "$HYPHA_ROOT"/images/layers/*; do
		printf 'x' | dd of="$file" bs=1 seek=12 conv=notrunc status=none
	done
	rm "$HYPHA_ROOT"/images/packed/* && hypha image load -q -i "$files/oci.tar" && is_image "$image"
}
check "verify finds a damaged layer" finds "$layer" "^$image: layer 1 sha256:.*: damaged"
check "verify finds a damaged configuration" finds "blobs/sha256/${id#sha256:}" "^$image: configuration $id: damaged"
check "verify finds a damaged manifest" finds "blobs/sha256/${digest#sha256:}" "^$image: manifest $digest: damaged"
if restore && getfattr -n user.hypha.crc64 "$HYPHA_ROOT"/images/packed/* >/dev/null 2>&1; then
	check "verify finds a damaged squashfs" finds packed "^$image: packed .*: damaged"
	check "verify finds a damaged kept layer" finds layers "^$image: packed layer [12] .*: damaged"
	check "a damaged kept layer is read anew" damaged_layers
else
	skip "verify finds a damaged squashfs" "this file system keeps no extended attributes"
	skip "verify finds a damaged kept layer" "this file system keeps no extended attributes"
	skip "a damaged kept layer is read anew" "this file system keeps no extended attributes"
fi
missing_layer() {
	restore && rm "$HYPHA_ROOT/images/$layer" && ! hypha image verify -q >"$scratch/out" 2>/dev/null &&
		grep -q "^$image: layer 1 sha256:.*: missing" "$scratch/out"
}
check "verify finds a missing layer" missing_layer
unused_blob() {
	restore && echo x >"$HYPHA_ROOT/images/blobs/sha256/$(printf '0%.0s' $(seq 64))" || return
	! hypha image verify -q >"$scratch/out" 2>/dev/null &&
		grep -q '^no image: unused sha256:000' "$scratch/out"
}
check "verify finds a damaged blob nobody uses" unused_blob

# --- killed, copied, beside others, full ---

big_archive() {
	dd if=/dev/urandom of="$scratch/bundle/rootfs/big" bs=1M count=24 status=none
	umoci repack --image "$scratch/layout:big" "$scratch/bundle" &&
		skopeo copy -q "oci:$scratch/layout:big" "oci-archive:$scratch/big.tar:big/one:1" &&
		skopeo copy -q --dest-tls-verify=false "oci:$scratch/layout:big" "docker://$registry/big:1"
}
check "a larger image" big_archive
# What a power loss would leave: everything there is verifies, and the next load is whole.
sound() {
	local one
	hypha image verify -q || return
	for one in $(hypha images -q | sort -u); do
		hypha image inspect "$one" | jq -e '.[0].packed.size > 0' >/dev/null || return
		[ "$one" != "$id" ] || is_image "$one" || return
	done
}
killed() { # COMMAND…
	local delay
	use_root killed
	for delay in 0.01 0.03 0.06 0.1 0.15 0.2 0.25 0.3 0.4 0.5; do
		timeout -s KILL "$delay" "$@" >/dev/null 2>&1
		sound || { echo "killed after $delay s"; return 1; }
		[ "$(hypha images -q | wc -l)" -eq 0 ] || hypha image rm big/one:1 "$registry/big:1" >/dev/null 2>&1
	done
	"$@" >/dev/null && sound && [ -z "$(ls -A "$HYPHA_ROOT/images/tmp")" ] && [ "$(hypha images -q | wc -l)" -eq 1 ]
}
check "SIGKILL anywhere in a load" killed "$build/hyphactl" image load -q -i "$scratch/big.tar"
check "SIGKILL anywhere in a pull" killed "$build/hyphactl" pull -q "$registry/big:1"

helper_of() { # PID: the hypha-image it runs
	for _ in $(seq 200); do
		pgrep -P "$1" -x hypha-image && return
		sleep 0.01
	done
	return 1
}
copied() { # the store as it is in the middle of a load, again and again
	local pid helper n=0
	use_root copying
	"$build/hyphactl" image load -q -i "$scratch/big.tar" >/dev/null &
	pid=$!
	helper=$(helper_of "$pid") || return
	while kill -STOP "$helper" 2>/dev/null; do
		rm -rf "$scratch/copy" && cp -a "$HYPHA_ROOT" "$scratch/copy"
		HYPHA_ROOT=$scratch/copy sound || { kill -CONT "$helper"; echo "copy $n"; return 1; }
		n=$((n + 1))
		kill -CONT "$helper"
		sleep 0.01
	done
	wait "$pid" && [ "$n" -gt 2 ] && sound
}
check "a copy of the store in the middle of a load verifies" copied

prune_meanwhile() { # COMMAND…: prune, rm and df beside one that is stopped where it has blobs but no name
	local pid helper
	use_root meanwhile
	hypha pull -q "docker-archive:$files/docker.tar" || return
	"$@" >"$scratch/out" 2>"$scratch/err" &
	pid=$!
	helper=$(helper_of "$pid") || return
	while kill -STOP "$helper" && [ "$(find "$HYPHA_ROOT/images/blobs" -type f -size +1M | wc -l)" -eq 0 ]; do
		kill -CONT "$helper"
		sleep 0.005
	done
	refuses "an image is being prepared" hypha image prune || { kill -CONT "$helper"; return 1; }
	hypha image rm example.org/docker/a:2
	kill -CONT "$helper"
	wait "$pid" || { cat "$scratch/err"; return 1; }
	sound && hypha image prune -a >/dev/null && is_empty
}
check "prune and rm beside a load" prune_meanwhile "$build/hyphactl" image load -q -i "$scratch/big.tar"
check "prune and rm beside a pull" prune_meanwhile "$build/hyphactl" pull -q "$registry/big:1"

many_at_once() {
	local file one jobs=() bad=0
	use_root many
	for file in "$files/oci.tar" "$files/docker.tar" "$made/good/two" "$made/good/old-docker" "$scratch/big.tar" \
		"$made/bad/twice" "$made/bad/lying-blob"; do
		"$build/hyphactl" image load -q -i "$file" >/dev/null 2>&1 &
		jobs+=($!)
	done
	for one in $(seq 5); do
		hypha image prune >/dev/null 2>&1
		hypha image ls >/dev/null || bad=1
	done
	for one in "${jobs[@]:0:5}"; do wait "$one" || bad=1; done
	wait "${jobs[@]:5}"
	[ "$bad" -eq 0 ] && same "$(hypha images -o jsonl | wc -l)" 7 && sound
}
check "loads, prunes and lists all at once" many_at_once

same_at_once() {
	local one jobs=()
	use_root same
	for one in $(seq 8); do
		"$build/hyphactl" image load -q -i "$files/oci.tar" >/dev/null &
		jobs+=($!)
	done
	for one in "${jobs[@]}"; do wait "$one" || return; done
	is_image "$id"
}
again() { # TIMES COMMAND…
	local nr=$1
	shift
	for _ in $(seq "$nr"); do "$@" || return; done
}
check "an image that eight load at once" again 20 same_at_once

full() { # SIZE: too little for the image
	mount -t tmpfs -o size="$1",mode=700 tmpfs "$scratch/small" || return
	HYPHA_ROOT=$scratch/small/root
	refuses "No space left" hypha image load -q -i "$scratch/big.tar" && is_empty
	local status=$?
	umount "$scratch/small"
	return "$status"
}
mkdir -p "$scratch/small"
if mount -t tmpfs tmpfs "$scratch/small" 2>/dev/null; then
	umount "$scratch/small"
	for size in 64k 1M 12M 24M 30M; do
		check "disk full at $size: an error and nothing left" full $size
	done
else
	skip "disk full: an error and nothing left" "no tmpfs can be mounted here"
fi

finish
