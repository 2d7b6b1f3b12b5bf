# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034
# What oci.sh, transfer.sh and registries.sh have in common: a scratch directory, checks in KTAP, image_tool. To be sourced there.

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

# Nothing of the user's: neither credentials nor configuration nor proxies.
begin() {
	top=$(cd ../.. && pwd)
	scratch=$(mktemp -d "${TMPDIR:-/tmp}/hypha-images.XXXXXX")
	pids=()
	nr=0 failed=0
	export HOME=$scratch/home DOCKER_CONFIG=$scratch/home/.docker XDG_RUNTIME_DIR=$scratch/run HYPHA_CONF=$scratch/hypha.conf LC_ALL=C
	mkdir -p "$DOCKER_CONFIG" "$XDG_RUNTIME_DIR"
	unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY all_proxy no_proxy NO_PROXY
	unset REGISTRY_AUTH_FILE XDG_CONFIG_HOME SOURCE_DATE_EPOCH
	trap cleanup EXIT
	trap 'exit 130' INT TERM
	echo "KTAP version 1"
}

need() { # PROGRAM…, and image_tool
	local program
	for program; do
		command -v "$program" >/dev/null || skip_all "$program is missing"
	done
	tool=$scratch/image_tool
	check "builds" build
	[ -x "$tool" ] || { echo "1..$nr"; exit 1; }
}

cleanup() {
	[ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null
	umount "$scratch/root-small" 2>/dev/null	# transfer.sh's full disk
	rm -rf "$scratch"
}

skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

result() { # STATUS NAME
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

check() { # NAME COMMAND…
	local name=$1
	shift
	"$@" >"$scratch/said" 2>&1
	result $? "$name"
}

build() {
	local CFLAGS LIBS lib=${HYPHA_LIBUSER:-$top/build/libuser.a}
	[ -n "$HYPHA_LIBUSER" ] || make -s -C "$top/userspace" || return
	export HYPHA_IMAGE=${lib%/*}/hypha-image
	eval "$(make -s -C "$top/userspace" flags)"
	# shellcheck disable=SC2086
	cc $CFLAGS $HYPHA_TOOL_FLAGS -o "$tool" image_tool.c "$lib" $LIBS
}

wait_port() { # HOST PORT
	for _ in $(seq 100); do
		(exec 3<>"/dev/tcp/$1/$2") 2>/dev/null && return 0
		sleep 0.1
	done
	return 1
}

wait_file() { # FILE: until something is in it
	for _ in $(seq 300); do
		[ ! -s "$1" ] || return 0
		sleep 0.1
	done
	return 1
}
