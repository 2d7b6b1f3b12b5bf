#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Layers to a squashfs, beside umoci and buildah: one small image for each rule (flatten_images.py), some trees of this machine's packages,
# in every media type; then bombs and damage, each with a bound on time, memory and disk. KTAP. Only 127.0.0.1 is talked to.
cd "$(dirname "$0")" || exit 1
. ./suite.sh
have_registry
begin
export HYPHA_CONF=$scratch/hypha.conf TZ=UTC

exec 3>&1
[ "$(id -u)" -eq 0 ] || skip_all "needs root: owners, devices and capabilities"
need docker-registry skopeo umoci buildah unsquashfs python3 zstd time
make -s -C "$top/userspace" >"$scratch/said" 2>&1 || { sed 's/^/# /' "$scratch/said"; echo "Bail out! userland does not build"; exit 1; }
hypha_image=${HYPHA_IMAGE:-$top/build/hypha-image}

start_registry registry
registry=127.0.0.1:$port

# --- images ---

busybox_like() { # a small root of this machine's programs
	mkdir -p bin dev etc proc sys tmp usr/lib var/lib && chmod 1777 tmp
	cp /bin/cat /bin/ls /bin/su bin/ && ln -s cat bin/sh && ln bin/ls bin/dir && chmod 4755 bin/su
	cp /etc/passwd /etc/group /etc/services etc/
	mknod dev/null c 1 3 && mknod dev/console c 5 1
	find . -exec touch -h -d @1600000000 {} +
}

sparse_files() {
	truncate -s 3000000 hole
	printf x | dd of=hole bs=1 seek=2000000 conv=notrunc status=none
	truncate -s 50000000 empty && echo end >>empty
	truncate -s 1000000 allhole
	touch -d @1600000000 ./*
}

debian_root() { # TAR
	apt-get indextargets --format 'deb $(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' 'Origin: Debian' | sort -u |
		timeout 90 mmdebstrap --quiet --variant=extract --include=base-files,dash,coreutils,passwd,login,sudo \
			"$(. /etc/os-release && echo "$VERSION_CODENAME")" "$1" - >"$scratch/mmdebstrap.log" 2>&1
}

make_tars() {
	(mkdir "$scratch/busybox" && cd "$scratch/busybox" && busybox_like && tar --sort=name --xattrs -cf ../busybox.tar .) || return
	(mkdir "$scratch/sparse" && cd "$scratch/sparse" && sparse_files) || return
	tar -C "$scratch/sparse" --sort=name --format=gnu -S -cf "$scratch/sparse-gnu.tar" .
	for version in 0.0 0.1 1.0; do
		tar -C "$scratch/sparse" --sort=name --format=posix -S --sparse-version="$version" -cf "$scratch/sparse-pax$version.tar" .
	done
	tars=("$scratch"/busybox.tar "$scratch"/sparse-*.tar)
	if debian_root "$scratch/debian.tar"; then
		tars+=("$scratch/debian.tar")
	else
		echo "# no Debian root: $(tail -n 1 "$scratch/mmdebstrap.log")" >&3
	fi
}

make_images() { python3 flatten_images.py "$scratch/layout" "${tars[@]}" >"$scratch/names"; }

tars=()
check "trees of this machine's packages" make_tars
check "an image for each rule" make_images

# --- beside umoci and buildah ---

pull() { # ROOT REFERENCE [WORD…]: prints the squashfs, the only one there
	local root=$1 reference=$2 answer
	shift 2
	answer=$("$@" "$hypha_image" image "$root" missing none "$reference") || { echo "$answer" >&2; return 1; }
	find "$root/images/packed" -name '*.squashfs'
}

push() { # IMAGE REPOSITORY OPTION…
	local from=$1 to=$2
	shift 2
	skopeo copy -q --dest-tls-verify=false "$@" "oci:$scratch/layout:$from" "docker://$registry/$to"
}

equals_umoci() { # IMAGE
	local sqfs
	rm -rf "$scratch/oracle" "$scratch/got" "$scratch/root-one"
	push "$1" "gzip:$1" || return
	umoci raw unpack --image "$scratch/layout:$1" "$scratch/oracle" || return
	mtree "$scratch/oracle" >"$scratch/oracle.mtree"
	sqfs=$(pull "$scratch/root-one" "$registry/gzip:$1") || return
	unsquashfs -quiet -no-progress -d "$scratch/got" "$sqfs" >/dev/null || return
	mtree "$scratch/got" >"$scratch/got.mtree"
	[ -s "$scratch/oracle.mtree" ] && diff "$scratch/oracle.mtree" "$scratch/got.mtree"
}

# buildah gives the root a mode of its own; directories have the time of their last change; each hard link is a file of its own.
without_its_ways() { sed -E '1d; s/ d ([0-7]+ [0-9:]+) [0-9]+/ d \1/; s/ same as .*//' "$1"; }

build_ah() { env -u DOCKER_CONFIG buildah --root "$scratch/buildah" --runroot "$scratch/buildah-run" --storage-driver vfs "$@"; }

equals_buildah() { # IMAGE, the last one that equals_umoci() has seen
	local tree
	build_ah from -q --tls-verify=false --name one "docker://$registry/gzip:$1" && tree=$(build_ah mount one) && mtree "$tree" >"$scratch/buildah.mtree" &&
		diff <(without_its_ways "$scratch/buildah.mtree") <(without_its_ways "$scratch/got.mtree")
	local status=$?
	build_ah rm one >/dev/null
	build_ah rmi -a -f >/dev/null
	return "$status"
}

while read -r name; do
	case $name in
	sparse-gnu) continue ;;	# umoci knows no such entries
	duplicates | hardlinks) check "$name: as umoci" equals_umoci "$name" ;;	# refused; attributes of a link's own header count
	*)
		check "$name: as umoci" equals_umoci "$name"
		check "$name: as buildah" equals_buildah "$name"
		;;
	esac
done <"$scratch/names"

gnu_sparse() {
	local one other
	push sparse-gnu gzip:sparse-gnu || return
	one=$(pull "$scratch/sparse-1" "$registry/gzip:sparse-gnu") && other=$(pull "$scratch/sparse-2" "$registry/gzip:sparse-pax1.0") &&
		cmp "$one" "$other"
}
check "sparse-gnu: the same bytes as PAX's" gnu_sparse

same_bytes() { # IMAGE: other media types, other places, locales and numbers of threads; layers found and layers read
	local want one root=$scratch/same-$1
	push "$1" "zstd:$1" --dest-compress-format zstd && push "$1" "docker:$1" --format v2s2 || return
	want=$(pull "$root-1" "$registry/gzip:$1") || return
	one=$(LC_ALL=C.UTF-8 TZ=Asia/Tokyo pull "$root in a longer place" "$registry/zstd:$1") && cmp "$want" "$one" || return
	one=$(pull "$root-2" "$registry/docker:$1" taskset -c 0) && cmp "$want" "$one" || return
	mv "$want" "$scratch/want" && find "$root-1/images/layers" -type f | grep -q . || return
	one=$(pull "$root-1" "$registry/gzip:$1") && cmp "$scratch/want" "$one"
}
for name in debian types many hardlinks-across blocks sparse-gnu busybox; do
	grep -qx "$name" "$scratch/names" || { skip "$name: the same bytes" "there is no such tree here"; continue; }
	check "$name: the same bytes from zstd, Docker, elsewhere, one thread, kept layers" same_bytes "$name"
done

damaged_kept_layer() { # is read anew
	local sqfs root=$scratch/same-busybox-1
	find "$root/images/layers" -type f -exec truncate -s -1 {} +
	rm "$root"/images/packed/*.squashfs
	sqfs=$(pull "$root" "$registry/gzip:busybox") && cmp "$scratch/want" "$sqfs"
}
check "kept layers cut short are read anew" damaged_kept_layer

# --- bombs and damage ---

python3 flatten_bombs.py "$scratch/bombs" >"$scratch/bomb-names" || echo "Bail out! no bombs"

bomb() { # NAME TEXT: refused with TEXT, image and layer named; soon, in bounded memory and disk; nothing visible, nothing left
	local root=$scratch/bomb-root used status
	rm -rf "$root"
	skopeo copy -q --dest-tls-verify=false "oci:$scratch/bombs:$1" "docker://$registry/bomb:$1" || return
	(ulimit -f 524288 && timeout 30 "$(type -P time)" -f '%e s %M KiB' -o "$scratch/cost" \
		"$hypha_image" image "$root" missing none "$registry/bomb:$1") >"$scratch/answer"
	status=$?
	cat "$scratch/answer" "$scratch/cost"
	[ "$status" -eq 125 ] || { echo "exit status $status"; return 1; }
	grep -qF -- "$2" "$scratch/answer" || { echo "does not say: $2"; return 1; }
	grep -q "image $registry/bomb:$1: layer sha256:" "$scratch/answer" || { echo "does not name image and layer"; return 1; }
	used=$(du -sk "$root" | cut -f1)
	[ "$used" -lt 65536 ] || { echo "$used KiB on disk"; return 1; }
	awk '/KiB/ { exit !($1 < 20 && $3 < 400000) }' "$scratch/cost" || return
	[ -z "$(find "$root"/images/{tmp,packed,layers} -type f)" ]
}
while IFS='|' read -r name text; do
	[ "$name" = honest ] || check "bomb: $name" bomb "$name" "$text"
done <"$scratch/bomb-names"

lying() { # the layer is kept, and verified, but this image says something else of it
	skopeo copy -q --dest-tls-verify=false "oci:$scratch/bombs:honest" "docker://$registry/bomb:honest" || return
	pull "$scratch/honest" "$registry/bomb:honest" || return
	! pull "$scratch/honest" "$registry/bomb:lying" 2>"$scratch/err" && grep -F "but the configuration says" "$scratch/err"
}
check "a kept layer is no way around its diff id" lying

finish
