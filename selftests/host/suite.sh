# SPDX-License-Identifier: GPL-2.0-or-later
# suite.sh: what the suites of images share; sourced in this directory.
#
#	begin			first: a scratch directory, and nothing of the user's: no credentials, configuration, proxies
#	check NAME CMD…		one test; passes if CMD succeeds, its output is shown if not
#	result STATUS NAME	one test that has been
#	skip NAME REASON	one that cannot be tried here
#	skip_all REASON		none can
#	need PROGRAM…		or none can
#	need_tool		image_tool, as $tool
#	need_hyphactl		the programs, in $build; then:
#	hypha WORD…, use_root NAME, same A B	hyphactl; an empty store for it; two texts
#	make_image, is_image NAME [ID]	a small image by umoci: $scratch/layout:t with $digest and $id; the store has it, whole
#	leave			if the suite has such a function, it is called before $scratch goes
#	start_registry NAME [YAML]	docker-registry at 127.0.0.1:$port, its files in $scratch/NAME*
#	wait_port HOST PORT, wait_file FILE	until somebody listens, something is in it
#	finish			plan and exit status
#
# shellcheck shell=bash disable=SC2034
here=$PWD top=$(cd ../.. && pwd)

# The registry's package would start a daemon when installed: its program is all we want.
have_registry() {
	local cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/hypha/docker-registry
	command -v docker-registry >/dev/null && return
	if [ ! -x "$cache/usr/bin/docker-registry" ]; then
		(mkdir -p "$cache" && cd "$cache" && apt-get -qq download docker-registry &&
			dpkg-deb -x docker-registry_*.deb "$cache" && rm docker-registry_*.deb) >/dev/null 2>&1
	fi
	PATH=$cache/usr/bin:$PATH
}

begin() {
	scratch=$(mktemp -d "${TMPDIR:-/tmp}/hypha-$(basename "$0" .sh).XXXXXX")
	pids=()
	nr=0 failed=0
	export HOME=$scratch/home DOCKER_CONFIG=$scratch/home/.docker XDG_RUNTIME_DIR=$scratch/run LC_ALL=C
	mkdir -p "$DOCKER_CONFIG" "$XDG_RUNTIME_DIR"
	unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY all_proxy no_proxy NO_PROXY
	unset HYPHA_CONF REGISTRY_AUTH_FILE XDG_CONFIG_HOME SOURCE_DATE_EPOCH
	trap cleanup EXIT
	trap 'exit 130' INT TERM
	echo "KTAP version 1"
}

cleanup() {
	# one that is stopped would live on, and hold our output
	[ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null
	[ ${#pids[@]} -eq 0 ] || kill -CONT "${pids[@]}" 2>/dev/null
	! declare -F leave >/dev/null || leave
	rm -rf "$scratch"
}

result() {
	nr=$((nr + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $nr $2"
	else
		failed=1
		echo "not ok $nr $2"
		[ ! -s "$scratch/said" ] || tail -n 15 "$scratch/said" | sed 's/^/# /'
		[ ! -s "$scratch/sent" ] || tail -n 15 "$scratch/sent" | sed 's/^/# sent: /'
	fi
}

check() {
	local name=$1
	shift
	"$@" >"$scratch/said" 2>&1
	result $? "$name"
}

skip() {
	nr=$((nr + 1))
	echo "ok $nr $1 # SKIP $2"
}

skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

finish() {
	echo "1..$nr"
	exit "$failed"
}

need() {
	local program
	for program; do
		[ "$(type -P "$program")" ] || skip_all "$program is missing"
	done
}

build_tool() {
	local CFLAGS LIBS lib=${HYPHA_LIBUSER:-$top/build/libuser.a}
	[ -n "$HYPHA_LIBUSER" ] || make -s -C "$top/userspace" || return
	export HYPHA_IMAGE=${lib%/*}/hypha-image
	eval "$(make -s -C "$top/userspace" flags)"
	# shellcheck disable=SC2086
	cc $CFLAGS $HYPHA_TOOL_FLAGS -o "$tool" image_tool.c "$lib" $LIBS
}

need_tool() {
	tool=$scratch/image_tool
	check "builds" build_tool
	[ -x "$tool" ] || finish
}

need_hyphactl() {
	build=${HYPHA_LIBUSER:-$top/build/libuser.a}
	build=${build%/*}
	export HYPHA_CONF=$scratch/hypha.conf
	echo "helper = $build/hypha-image" >"$HYPHA_CONF"
	check "builds" build_hyphactl
	[ -x "$build/hyphactl" ] || finish
}
build_hyphactl() { [ -n "$HYPHA_LIBUSER" ] || make -s -C "$top/userspace"; }

hypha() { "$build/hyphactl" "$@"; }
use_root() {
	export HYPHA_ROOT=$scratch/$1
	rm -rf "$HYPHA_ROOT"
}
same() { [ "$1" = "$2" ] || { printf 'got:  %s\nwant: %s\n' "$1" "$2"; return 1; }; }

umoci_image() (
	set -e
	cd "$scratch"
	umoci init --layout layout
	umoci new --image layout:t
	umoci unpack --image layout:t bundle
	mkdir -p bundle/rootfs/bin bundle/rootfs/etc
	cp /bin/true bundle/rootfs/bin/
	ln bundle/rootfs/bin/true bundle/rootfs/bin/false
	echo gone >bundle/rootfs/etc/gone
	umoci repack --refresh-bundle --image layout:t bundle
	rm bundle/rootfs/etc/gone
	head -c 20000 /dev/urandom >bundle/rootfs/etc/noise
	umoci repack --refresh-bundle --image layout:t bundle
	umoci config --image layout:t --config.cmd /bin/true --config.label k=v
	umoci raw unpack --image layout:t oracle
	mtree oracle >oracle.mtree
)
make_image() {
	umoci_image || return
	digest=$(jq -r '.manifests[0].digest' "$scratch/layout/index.json")
	id=$(jq -r .config.digest "$scratch/layout/blobs/sha256/${digest#sha256:}")
}

# The tree is umoci's, the configuration the image's, everything verifies.
is_image() {
	local view
	view=$(hypha image inspect "$1") || return
	same "$(jq -r '.[0].id' <<<"$view")" "${2:-$id}" || return
	rm -rf "$scratch/got"
	unsquashfs -quiet -no-progress -d "$scratch/got" "$(jq -r '.[0].packed.file' <<<"$view")" >/dev/null || return
	mtree "$scratch/got" >"$scratch/got.mtree" && diff "$scratch/oracle.mtree" "$scratch/got.mtree" && hypha image verify -q
}

# mtree DIR: its tree as text, see mtree.c
mtree() {
	[ -x "$scratch/mtree" ] || cc -O2 -o "$scratch/mtree" "$here/mtree.c" || return
	"$scratch/mtree" "$1"
}

wait_port() {
	for _ in $(seq 100); do
		(exec 3<>"/dev/tcp/$1/$2") 2>/dev/null && return 0
		sleep 0.1
	done
	return 1
}

wait_file() {
	for _ in $(seq 300); do
		[ ! -s "$1" ] || return 0
		sleep 0.1
	done
	return 1
}

free_port() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

start_registry() {
	port=$(free_port)
	cat >"$scratch/$1.yml" <<-EOF
		version: 0.1
		log: {level: error, accesslog: {disabled: true}}
		storage: {filesystem: {rootdirectory: $scratch/$1}, delete: {enabled: true}}
		http: {addr: "127.0.0.1:$port"}
		$2
	EOF
	docker-registry serve "$scratch/$1.yml" >"$scratch/$1.log" 2>&1 &
	pids+=($!)
	wait_port 127.0.0.1 "$port"
}
