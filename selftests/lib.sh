# SPDX-License-Identifier: GPL-2.0-or-later
# lib.sh: what every suite shares. A suite runs in dom0, sources this, states beliefs with ok, and ends with finish.
#
#	ok NAME CMD…		one test; passes if CMD succeeds, its output is shown if not
#	skip NAME REASON	one test that cannot be tried here
#	exits CODE CMD…		succeeds if CMD exits with CODE
#	fails_with TEXT CMD…	succeeds if CMD fails and says TEXT on stderr
#	within SECONDS CMD…	succeeds as soon as CMD does; on a debug kernel it has longer: $slow times
#	note TEXT…		a comment in the output
#	launch, run, field, is, says, equal, free_memory, …	below
#	make_outside, drop_outside	a network beyond dom0: 192.0.2.2 in the namespace outside
#	nothing_is_left FREE CHANNELS	guests took that much of Xen's memory and event channels, and have given it back
#	leave			if the suite has such a function, it is called before $scratch goes
#	finish			plan, dmesg check, cleanup, exit status: 0 passed, 1 failed, 4 all skipped
#
# shellcheck shell=bash disable=SC2034,SC2317
# KTAP on stdout; exit codes are kselftest's. Variables: $scratch a directory that goes away, $busybox and $debian images.
set -u
export LC_ALL=C NO_COLOR=1

suite=$(basename "$0" .sh)
here=$(cd "$(dirname "$0")" && pwd)
registry=${HYPHA_REGISTRY:-localhost:5000}
busybox=$registry/busybox debian=$registry/debian
nr_tests=0 nr_failed=0 nr_skipped=0
slow=1	# how much more time all takes
[[ $(uname -r) != *-hypha-debug-* ]] || slow=4

note() { echo "# $*"; }

ok() {
	local name=$1 output start status
	shift
	nr_tests=$((nr_tests + 1))
	start=$(date +%s.%N)
	output=$("$@" 2>&1) && status=0 || status=$?
	if [ $status -eq 0 ]; then
		grep '^# ' <<<"$output"		# what it noted
		echo "ok $nr_tests $name"
		return 0
	fi
	nr_failed=$((nr_failed + 1))
	printf '%s\n' "$output" | tail -n 40 | sed 's/^/# /'
	echo "# exit $status after $(echo "$start $(date +%s.%N)" | awk '{ printf "%.1f", $2 - $1 }') s: $*"
	echo "not ok $nr_tests $name"
	return 1
}

skip() {
	nr_tests=$((nr_tests + 1)) nr_skipped=$((nr_skipped + 1))
	echo "ok $nr_tests $1 # SKIP $2"
}

exits() {
	local want=$1 status
	shift
	"$@" && status=0 || status=$?
	[ $status -eq "$want" ] || { echo "exit status $status, expected $want: $*"; return 1; }
}

fails_with() {
	local text=$1 said
	shift
	if said=$("$@" 2>&1 >/dev/null); then
		echo "succeeded: $*"
		return 1
	fi
	case $said in
	*"$text"*) ;;
	*) echo "said '$said', not '$text': $*"; return 1 ;;
	esac
}

within() {
	local seconds=$1 end
	shift
	end=$(($(date +%s%N) + seconds * slow * 1000000000))
	until "$@"; do
		[ "$(date +%s%N)" -lt $end ] || { echo "not within $seconds s: $*"; return 1; }
		sleep 0.05
	done
}

# launch, but quietly: detached, or attached and forgotten afterwards; that takes seconds, and a guest that stands still is told of.
launch() { hyphactl launch -q -d "$@"; }
run() { "$here/lab/guard" $((300 * slow)) timeout -k 20 $((330 * slow)) hyphactl launch -q -a --rm "$@" 3>&2; }

# field GUEST PATH: one value of inspect, e.g. disks.1.errors; is GUEST PATH VALUE; says GUEST PATTERN: in its log.
field() { hyphactl inspect "$1" | jq -r --arg path "$2" 'getpath([0] + ($path | split(".") | map(tonumber? // .)))'; }
# info PATH: one value of hyphactl info, e.g. memory.free.
info() { hyphactl info -o json | jq -r ".[0]?.$1 // .$1"; }
is() {
	local value
	value=$(field "$1" "$2")
	[ "$value" = "$3" ] || { echo "$2 of $1 is '$value', not '$3'"; return 1; }
}
says() { hyphactl logs "$1" 2>/dev/null | grep -q -- "$2"; }
equal() { [ "$1" = "$2" ] || { echo "'$1' is not '$2'"; return 1; }; }

# What something may have left behind: KiB that Xen has free; KiB of dom0's kernel that do not come back by themselves; event
# channels; open files.
free_memory() { echo $(($(info memory.free) >> 10)); }
kernel_memory() { awk '/^(SUnreclaim|KernelStack|PageTables|Percpu):/ { s += $2 } END { print s }' /proc/meminfo; }
event_channels() { grep -c xen-dyn /proc/interrupts || true; }
open_files() { cut -f1 /proc/sys/fs/file-nr; }

# Xen's own pools grow by a page or two with the most that was ever used at once; a domain left is far more than 32 KiB.
free_is_about() { [ "$(free_memory)" -ge $(($1 - 32)) ]; }
memory_is_back() { within 30 free_is_about "$1" || { echo "Xen has $(free_memory) KiB free, had $1"; return 1; }; }

# The exit helper may still be at it.
no_records() { equal "$(ls -A "${HYPHA_ROOT:-/var/lib/hypha}/guests" 2>/dev/null)" ""; }
nothing_is_left() {
	equal "$(hyphactl list -aq)" "" && within 5 no_records || return
	memory_is_back "$1" && equal "$(event_channels)" "$2"
}

module_comes_and_goes() {
	modprobe -r hypha || return
	fails_with 'modprobe hypha' hyphactl list || return
	modprobe hypha || return
	equal "$(hyphactl list -aq)" ""
}

make_outside() {
	ip netns add outside && ip link add out type veth peer name eth0 netns outside || return
	ip addr add 192.0.2.1/24 dev out && ip link set out up || return
	ip -n outside link set lo up && ip -n outside addr add 192.0.2.2/24 dev eth0 && ip -n outside link set eth0 up || return
	ip route add 198.51.100.0/24 via 192.0.2.2	# what floods go to
}
drop_outside() {
	ip netns pids outside | xargs -r kill
	ip link del out
	ip netns del outside
}

since_begin() { dmesg | sed "1,/hypha selftest $suite $$/d"; }
lockups() { since_begin | grep -c 'BUG: soft lockup'; }

# What dom0's kernel should never have said since the suite began, programs that crashed among it. On a starved host the
# emulator's clock may stand still: one report of a soft lockup is forgiven, with its trace.
dmesg_is_clean() {
	local bad
	bad=$(since_begin | awk -v suite="$suite" -f "$here/lab/excused.awk" | awk '/BUG: soft lockup/ { skip = 1 } !skip { print } /<\/TASK>/ { skip = 0 }' |
		grep -E 'WARNING|BUG|Oops|Call Trace|general protection|segfault|lockdep|possible .* deadlock|KASAN|refcount_t|hung_task|blocked for more|leaked')
	[ -z "$bad" ] || { echo "$bad"; return 1; }
	[ "$(lockups)" -le 1 ] || { echo "$(lockups) soft lockups"; return 1; }
}

destroy_all() { hyphactl -q destroy --all -f >/dev/null 2>&1 || hyphactl destroy --all >/dev/null 2>&1; }

cleanup() {
	trap - EXIT INT TERM
	[ -z "${started:-}" ] || destroy_all
	! declare -F leave >/dev/null || leave >/dev/null 2>&1
	rm -rf "$scratch"
}

finish() {
	destroy_all
	[ "$(lockups)" -eq 0 ] || note "soft lockup reported: was this host starved?"
	ok "dom0's kernel log is clean" dmesg_is_clean
	nr_tests_said=$nr_tests
	started='' cleanup
	echo "1..$nr_tests_said"
	[ $nr_failed -eq 0 ] || exit 1
	[ $nr_skipped -lt $((nr_tests_said - 1)) ] || exit 4
	exit 0
}

# The environment, or the suite as a whole is skipped.
begin() {
	echo "TAP version 13"
	[ "$(id -u)" -eq 0 ] || { echo "1..0 # SKIP needs root"; exit 4; }
	grep -q control_d /proc/xen/capabilities 2>/dev/null || { echo "1..0 # SKIP not a Xen dom0"; exit 4; }
	command -v hyphactl >/dev/null || { echo "1..0 # SKIP no hyphactl"; exit 4; }
	[ -e /dev/hypha ] || modprobe hypha || { echo "Bail out! modprobe hypha failed"; exit 1; }
	scratch=$(mktemp -d "${TMPDIR:-/var/lib/hypha}/selftest.XXXXXX")
	started=1
	trap cleanup EXIT
	trap 'exit 1' INT TERM
	echo "hypha selftest $suite $$" >/dev/kmsg
}
begin
