#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The image half end to end: a real registry, umoci's unpacked tree as the oracle, and a registry that misbehaves. KTAP.
# Only 127.0.0.1 is talked to; everything lives in a scratch directory.
cd "$(dirname "$0")" || exit 1
. ./suite.sh
have_registry
begin
export HYPHA_CONF=$scratch/hypha.conf
[ "$(id -u)" -eq 0 ] || skip_all "needs root: owners, devices and capabilities"
need docker-registry skopeo umoci mksquashfs unsquashfs python3 zstd setcap
need_tool

# --- an image with everything in it, in four layers ---

fill_base() {
	mkdir -p usr/bin usr/lib etc var/empty "etc/wie geht's" opt/data opt/keep srv/a/b
	ln -s usr/bin bin && ln -s usr/lib lib
	cp /bin/cat usr/bin/cat && cp /bin/su usr/bin/su && chmod 4755 usr/bin/su
	cp /bin/cat usr/bin/ping && setcap cap_net_raw+ep usr/bin/ping
	ln usr/bin/cat usr/bin/cat2 && ln usr/bin/cat opt/cat3 && ln -s cat usr/bin/cat4
	ln opt/cat3 opt/cat5
	echo root:x:0:0 >etc/passwd && echo gone >etc/gone && echo old >opt/data/old && echo k >opt/keep/k
	chown 1000:2000 etc/passwd && chown -h 7:8 bin && chown 4000000000:3000000000 opt/keep
	chmod 1777 opt/data && chmod 2750 opt/keep && chmod 0 etc/gone
	mknod null c 1 3 && mknod disk b 259 1048575 && mkfifo fifo && mkfifo srv/pipe
	setfattr -n user.note -v "$(printf 'a\nb')" etc/passwd
	truncate -s 3M opt/hole && printf x | dd of=opt/hole bs=1 seek=2000000 conv=notrunc status=none
	printf 'caf\xc3\xa9' >$'etc/caf\xc3\xa9' && echo bad >$'etc/\xff\xfe' && ln -s $'caf\xc3\xa9' $'etc/l\xc3\xa9'
	deep=opt && for _ in $(seq 12); do deep=$deep/$(printf 'd%.0s' $(seq 50)); done
	mkdir -p "$deep" && echo deep >"$deep/f" && ln "$deep/f" opt/short && ln -s "$deep/f" opt/longlink
	head -c 700000 /dev/urandom >opt/random && touch -d @1700000000 opt/random && touch -d '1969-12-31' etc/gone
	for i in $(seq 300); do echo "$i" >"srv/a/b/$i"; done
}

change_base() {
	rm etc/gone usr/bin/cat && rm -r srv/a/b && echo new >srv/a/b
	echo two >opt/cat3 && rm opt/data/old && echo n >opt/data/new
	rm bin && mkdir bin && echo sh >bin/sh
	chmod 700 opt/keep && ln etc/passwd etc/passwd-
}

add_last() { # markers in the unkind order, and duplicates
	mkdir x && cd x || return
	mkdir -p opt/keep lib && echo fresh >opt/keep/fresh && echo lib >lib/libx.so && echo dup >dup
	: >opt/keep/.wh..wh..opq && : >.wh.fifo && : >.wh.absent
	tar --format=pax -cf ../last.tar opt/keep/fresh opt/keep/.wh..wh..opq lib/libx.so .wh.fifo .wh.absent dup
	echo dup2 >dup && tar --format=pax -rf ../last.tar dup
	cd ..
}

make_image() (
	set -e
	cd "$scratch"
	umoci init --layout layout
	umoci new --image layout:t
	umoci unpack --image layout:t bundle
	(cd bundle/rootfs && fill_base)
	umoci repack --refresh-bundle --image layout:t bundle
	(cd bundle/rootfs && change_base)
	umoci repack --refresh-bundle --image layout:t bundle
	add_last
	umoci raw add-layer --image layout:t last.tar
	umoci config --image layout:t --config.entrypoint /bin/cat --config.cmd a --config.cmd b --config.env A=1 \
		--config.user 1000:2000 --config.workingdir /opt --config.label k=v --config.stopsignal SIGINT
	umoci raw unpack --image layout:t oracle
	mtree oracle >oracle.mtree
)

tree_equals_oracle() { # SQUASHFS
	rm -rf "$scratch/got"
	unsquashfs -quiet -no-progress -d "$scratch/got" "$1" >/dev/null || return
	mtree "$scratch/got" >"$scratch/got.mtree" && diff "$scratch/oracle.mtree" "$scratch/got.mtree"
}

squashfs_of() {
	sed -n 's/^squashfs=//p' "$1"
}

start_registry plain
real=127.0.0.1:$port
check "a registry, and an image made by umoci" make_image
check "pushed as OCI gzip" skopeo copy -q --dest-tls-verify=false "oci:$scratch/layout:t" "docker://$real/full:oci"
check "pushed as OCI zstd" skopeo copy -q --dest-tls-verify=false --dest-compress-format zstd "oci:$scratch/layout:t" "docker://$real/zstd:1"
check "pushed as Docker v2s2" skopeo copy -q --dest-tls-verify=false --format v2s2 "oci:$scratch/layout:t" "docker://$real/docker:1"

root=$scratch/root
pull_to() { # FILE ARGS…
	local out=$1
	shift
	"$tool" "$@" >"$out"
}
for ref in full:oci zstd:1 docker:1; do
	name=${ref%:*}
	check "$name: pulls" pull_to "$scratch/$name.out" "$scratch/root-$name" pull "$real/$ref"
	check "$name: the tree is umoci's" tree_equals_oracle "$(squashfs_of "$scratch/$name.out")"
done
cp -a "$scratch/root-full" "$root"
sed -i "s,root-full,root," "$scratch/full.out"
check "three pulls, one squashfs: deterministic bytes" \
	cmp "$(squashfs_of "$scratch/full.out")" "$(squashfs_of "$scratch/zstd.out")"

want='entrypoint=/bin/cat cmd=a cmd=b user=1000:2000 workdir=/opt label=k=v stop=SIGINT env=A=1'
has_config() {
	for line in $want; do
		grep -qxF -- "$line" "$scratch/full.out" || { echo "no $line"; return 1; }
	done
}
check "the configuration" has_config
check "the store is a layout that skopeo reads" skopeo copy -q "oci:$root/images:$real/full:oci" "dir:$scratch/dir"

# --- the store: offline, sharing, removal, killed runs ---

refuses() { # TEXT ARGS…: fails, says TEXT, leaves nothing behind
	local text=$1
	shift
	if "$tool" "$@" >"$scratch/out" 2>"$scratch/err"; then
		echo "did not fail"
		return 1
	fi
	cat "$scratch/err"
	grep -qF -- "$text" "$scratch/err" || { echo "does not say: $text"; return 1; }
	! grep -q "$(printf '\033')" "$scratch/err" || { echo "an escape sequence got through"; return 1; }
	[ -z "$(ls -A "$1/images/tmp" 2>/dev/null)" ] || { ls -l "$1/images/tmp"; return 1; }
}

registry_down() {
	kill "${pids[0]}" && wait "${pids[0]}" 2>/dev/null
	unset 'pids[0]'
	pids=("${pids[@]}")
}

tree_in_store() { (cd "$root/images" && find blobs packed -type f | sort && sed -n '/"digest"/p' index.json); }
check "by tag again: nothing is fetched" pull_to "$scratch/again.out" "$root" always "$real/full:oci"
digest=$(sed -n 's/^digest=//p' "$scratch/full.out")
check "pull by digest" pull_to "$scratch/bydigest.out" "$root" always "$real/full@$digest"
tree_in_store >"$scratch/before"
check "unknown tag" refuses "full:nope: manifest nope: not found" "$root" pull "$real/full:nope"
check "unknown repository" refuses "not found" "$root" pull "$real/nothing/here"
check "never pull what is not here" refuses "not pulled before" "$root" never "$real/other"
check "never pull what is here" pull_to "$scratch/never.out" "$root" never "$real/full:oci"
check "bad reference" refuses "lower-case" "$root" pull "$real/FULL"
registry_down
check "registry down: by tag, from the store" pull_to "$scratch/offline.out" "$root" pull "$real/full:oci"
check "registry down: always" refuses "image $real/full:oci" "$root" always "$real/full:oci"
check "registry down: other tag" refuses "onnect" "$root" pull "$real/full:other"
tree_in_store >"$scratch/after"
check "failures changed nothing in the store" diff "$scratch/before" "$scratch/after"

damage() { # the biggest blob, in place
	local blob
	blob=$(find "$root/images/blobs" -type f -size +100k | head -n 1)
	rm -r "$root"/images/{packed,layers} && printf x | dd of="$blob" bs=1 seek=3000 conv=notrunc status=none
}
damaged_layer() {
	damage && refuses "was damaged" "$root" pull "$real/full:oci" && restart_registry || return
	"$tool" "$root" pull "$real/full:oci" >"$scratch/mended.out" &&
		cmp "$(squashfs_of "$scratch/mended.out")" "$(squashfs_of "$scratch/zstd.out")"
}
restart_registry() {
	docker-registry serve "$scratch/plain.yml" >"$scratch/plain.log" 2>&1 &
	pids+=($!)
	wait_port 127.0.0.1 "${real#*:}"
}
check "a layer damaged in the store is noticed and comes again" damaged_layer

has_garbage() { find "$root"/images/{blobs,packed,layers} -type f | grep -q .; }
remove_all() {
	"$tool" "$root" list | grep full || return
	"$tool" "$root" rm "$real/full:oci" && has_garbage || return
	"$tool" "$root" never "$real/full@$digest" >/dev/null || return
	id=$(sed -n 's/^id=sha256://p' "$scratch/full.out")
	"$tool" "$root" rm "${id:0:12}" || return
	! has_garbage && [ -z "$("$tool" "$root" list)" ]
}
check "list and remove: shared blobs stay, the last reference takes all" remove_all
check "remove what is not there" refuses "no such image" "$root" rm "$real/full:oci"

# --- basic authentication at a real registry ---

# bcrypt of "secret"
echo 'user:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a' >"$scratch/htpasswd"
start_registry locked "auth: {htpasswd: {realm: r, path: $scratch/htpasswd}}"
locked=127.0.0.1:$port
check "pushed behind a password" skopeo copy -q --dest-tls-verify=false --dest-creds user:secret "oci:$scratch/layout:t" "docker://$locked/p:1"
credentials() { # HOST USER:PASSWORD
	printf '{"auths":{"%s":{"auth":"%s"}}}' "$1" "$(printf %s "$2" | base64)" >"$DOCKER_CONFIG/config.json"
}
rm -f "$DOCKER_CONFIG/config.json"
check "without credentials" refuses "authentication required" "$root" pull "$locked/p:1"
credentials "$locked" user:wrong
check "with wrong ones" refuses "access denied" "$root" pull "$locked/p:1"
credentials other.example user:secret
check "with another host's" refuses "authentication required" "$root" pull "$locked/p:1"
credentials "$locked" user:secret
check "with the right ones" pull_to "$scratch/locked.out" "$root" pull "$locked/p:1"
check "the same layers: the same squashfs" cmp "$(squashfs_of "$scratch/locked.out")" "$(squashfs_of "$scratch/zstd.out")"
echo '{' >"$DOCKER_CONFIG/config.json"
check "with a damaged file" refuses "config.json" "$root" always "$locked/p:1"
rm -f "$DOCKER_CONFIG/config.json"

# --- a registry that misbehaves ---

python3 registry_faults.py "$scratch/requests" >"$scratch/ports" &
pids+=($!)
wait_file "$scratch/ports"
read -r bad other <"$scratch/ports"
bad=127.0.0.1:$bad

unnamed() { # ROOT: nothing of it is visible
	[ -z "$("$tool" "$1" list)" ] && [ -z "$(find "$1"/images/{packed,layers} -type f)" ]
}
refuses_repo() { refuses "$2" "$scratch/refused-$1" fetch "$bad/$1" plain && unnamed "$scratch/refused-$1"; }
while IFS='|' read -r repo text; do
	check "refuses $repo" refuses_repo "$repo" "$text"
done <<'EOF'
flipped|digest mismatch
short|truncated: 
cut|transfer closed
long|more than the announced
nolayer|not found
absent|MANIFEST_UNKNOWN
denied|DENIED: go away
limited|too many requests
broken|HTTP status 500
huge|document larger than
endless|document larger than
schema1|schema 1 is not supported
both|both a manifest and an index
lying|the registry says
otherarch|no linux/amd64 in it, only: linux/arm64
swapped|digest mismatch
arm|for linux/arm64
diffid|but the configuration says
redirected401|HTTP status 401
outside|plain http is only spoken
file|not a usable URL
circle|more than 5 redirects
loop|access denied
cleartoken|plain http is only spoken
private|no anonymous access
evil|characters a token cannot have
basic|authentication required
EOF
for repo in plain index token expired redirect chunked zeros; do
	check "accepts $repo" pull_to "$scratch/out" "$scratch/fine-$repo" pull "$bad/$repo"
done
credentials "$bad" user:secret
check "accepts private with credentials" pull_to "$scratch/out" "$scratch/fine-private" pull "$bad/private"
check "accepts basic with credentials, redirected" pull_to "$scratch/out" "$scratch/fine-basic" pull "$bad/basic"
check "the redirect's target saw no credentials" \
	sh -c "grep '^$other /elsewhere' '$scratch/requests' && ! grep '^$other .* [^-][^ ]*$' '$scratch/requests'"
for repo in cut flipped long diffid; do
	check "after $repo the next pull succeeds" pull_to "$scratch/out" "$scratch/refused-$repo" pull "$bad/plain"
done
lying_mirror() { # REPO TEXT: the registry is not asked when its mirror lies
	printf '[registry "%s/plain"]\nmirror = %s/%s\n' "$bad" "$bad" "$1" >"$HYPHA_CONF"
	: >"$scratch/requests"
	refuses "mirror $bad/$1: $2" "$scratch/mirror-$1" pull "$bad/plain" && unnamed "$scratch/mirror-$1" &&
		! grep "/v2/plain/" "$scratch/requests"
	local status=$?
	rm "$HYPHA_CONF"
	return "$status"
}
check "a mirror's wrong bytes are not passed over" lying_mirror flipped "blob sha256:"
check "nor its wrong digests" lying_mirror lying "manifest latest: digest mismatch"

# --- killed at random points, then whole ---

killed() {
	local kroot=$scratch/killed delay
	for delay in 0.002 0.004 0.006 0.008 0.01 0.015 0.02 0.03 0.04 0.06; do
		timeout -s KILL "$delay" "$tool" "$kroot" pull "$locked/p:1" >/dev/null 2>&1
		for blob in "$kroot"/images/blobs/sha256/*; do
			[ ! -e "$blob" ] || [ "$(sha256sum <"$blob" | cut -d' ' -f1)" = "${blob##*/}" ] || { echo "bad $blob"; return 1; }
		done
	done
	"$tool" "$kroot" pull "$locked/p:1" >"$scratch/killed.out" || return
	[ -z "$(ls -A "$kroot/images/tmp")" ] && cmp "$(squashfs_of "$scratch/killed.out")" "$(squashfs_of "$scratch/zstd.out")"
}
credentials "$locked" user:secret
check "SIGKILL anywhere: only whole blobs, and the next pull is whole" killed
two_at_once() {
	local one
	"$tool" "$scratch/two" pull "$locked/p:1" >/dev/null & one=$!
	"$tool" "$scratch/two" pull "$locked/p:1" >/dev/null && wait "$one" && [ -z "$(ls -A "$scratch/two/images/tmp")" ]
}
check "two pulls at once" two_at_once

# --- hypha-image, the program that did all this ---

with_helper() { # SCRIPT COMMAND…: a helper that does something else
	printf '#!/bin/sh\n%s\n' "$1" >"$scratch/helper" && chmod +x "$scratch/helper" && shift
	HYPHA_IMAGE=$scratch/helper "$@"
}
absent_helper() { HYPHA_IMAGE=$scratch/absent refuses "cannot start $scratch/absent: No such file" "$@"; }
check "no helper" absent_helper "$scratch/none" pull "$locked/p:1"
check "a helper that is killed" with_helper 'kill -9 $$' refuses "died of signal 9" "$scratch/none" pull "$locked/p:1"
check "a helper that its sandbox stopped" with_helper 'printf "system call 101 (ptrace)"; kill -SYS $$' \
	refuses "was stopped by its sandbox: system call 101 (ptrace)" "$scratch/none" pull "$locked/p:1"
check "one that says nothing" with_helper 'exit 3' refuses "gave no answer, exit status 3" "$scratch/none" pull "$locked/p:1"
check "one that says nonsense" with_helper 'seq 100000' refuses "gave no answer" "$scratch/none" pull "$locked/p:1"
check "its error is the error" with_helper 'printf "%s\n%s" -2 "a: b"; exit 125' refuses "image_tool: a: b" "$scratch/none" pull "$locked/p:1"
check "one that did not do it" with_helper 'echo 0' refuses "not in the image store" "$scratch/none" pull "$locked/p:1"
check "not needed for what is there" with_helper 'exit 1' pull_to "$scratch/out" "$scratch/root-full" pull "$real/full:oci"

finish
