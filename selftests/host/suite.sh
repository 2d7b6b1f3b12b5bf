# SPDX-License-Identifier: GPL-2.0-or-later
# suite.sh: what the suites of images share; sourced in this directory, before they change their environment.
#
#	check NAME CMD…		one test; passes if CMD succeeds, its output is shown if not
#	result STATUS NAME	one test that has been
#	skip NAME REASON	one that cannot be tried here
#	skip_all REASON		none can
#	need TOOL…		or none can
#	leave			if the suite has such a function, it is called before $scratch goes
#	start_registry NAME [YAML]	docker-registry at 127.0.0.1:$port, its files in $scratch/NAME*
#	finish			plan and exit status
#
# shellcheck shell=bash disable=SC2034
here=$PWD top=$(cd ../.. && pwd)
scratch=$(mktemp -d "${TMPDIR:-/tmp}/hypha-$(basename "$0" .sh).XXXXXX")
registry_cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/hypha/docker-registry
pids=()
nr=0 failed=0

cleanup() {
	[ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null
	! declare -F leave >/dev/null || leave
	rm -rf "$scratch"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

result() {
	nr=$((nr + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $nr $2"
	else
		failed=1
		echo "not ok $nr $2"
		[ ! -s "$scratch/log" ] || tail -n 15 "$scratch/log" | sed 's/^/# /'
	fi
}

check() {
	local name=$1
	shift
	"$@" >"$scratch/log" 2>&1
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

# The registry's package would start a daemon when installed: its program is all we want.
have_registry() {
	command -v docker-registry >/dev/null && return
	if [ ! -x "$registry_cache/usr/bin/docker-registry" ]; then
		(cd "$scratch" && apt-get -qq download docker-registry && mkdir -p "$registry_cache" &&
			dpkg-deb -x docker-registry_*.deb "$registry_cache") >/dev/null 2>&1
	fi
	PATH=$registry_cache/usr/bin:$PATH
}

need() {
	local tool
	have_registry
	for tool; do
		[ "$(type -P "$tool")" ] || skip_all "$tool is missing"
	done
}

wait_port() {
	for _ in $(seq 100); do
		(exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return 0
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
	wait_port "$port"
}
