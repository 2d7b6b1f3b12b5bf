#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# launch.sh - what a user does with hyphactl: launch, look, type, stop, wait, list; what the command in the guest gets.
# lab: timeout=1500
# shellcheck disable=SC2016,SC2154,SC2317 # guests expand; lib.sh sets; ok calls
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

ready() { is "$1" ready true; }
state() { is "$1" state "$2"; }
typist() { "$here/typist.py" 120 "$@"; }
ids() { hyphactl list -q "$@" | sort; }
joined() { tr '\n' ' ' | sed 's/ $//'; }

says_hello() {
	local out
	out=$(run "$busybox" echo hello 2>"$scratch/err") || return
	equal "$out" hello || return
	equal "$(cat "$scratch/err")" ""
}

# All at once: a boot takes its time.
exit_codes() {
	launch --name code0 "$busybox" true || return
	launch --name code7 "$busybox:exit7" || return
	launch --name code126 "$busybox" /etc || return
	launch --name code127 "$busybox" no-such-program || return
	launch --name code137 "$busybox" sh -c 'kill -9 $$' || return
	launch --name code255 "$busybox" sh -c 'exit 255' || return
	timeout 200 hyphactl wait code0 code7 code126 code127 code137 code255 >"$scratch/codes" || return
	equal "$(joined <"$scratch/codes")" "0 7 126 127 137 255"
}

# The same after the fact, from the record on disk.
exit_codes_are_kept() {
	equal "$(hyphactl wait code0 code7 code126 code127 code137 code255 | joined)" "0 7 126 127 137 255" || return
	is code7 state exited && is code7 exitCode 7 && is code7 exitReason poweroff || return
	[ -s "/var/lib/hypha/guests/$(field code7 uuid)/guest.json" ]
}

attached_exit_codes() {
	exits 7 run "$busybox" sh -c 'exit 7' || return
	exits 127 run "$busybox" no-such-program
}

exited_are_listed() {
	local plain
	plain=$(hyphactl list) || return
	case $plain in *code7*) echo "list shows exited guests: $plain"; return 1 ;; esac
	hyphactl list -a | grep -q 'code7 .*exited (7)' || { hyphactl list -a; return 1; }
	says code127 no-such-program || { hyphactl logs code127; return 1; }
}

removed_are_gone() {
	local uuid
	uuid=$(field code0 uuid)
	hyphactl rm code0 code7 code126 code127 code137 code255 >/dev/null || return
	fails_with 'no such guest' hyphactl inspect code0 || return
	[ ! -e "/var/lib/hypha/guests/$uuid" ]
}

# Options over the image's own.
process_follows_options() {
	cat >"$scratch/env" <<-'END'
		# a comment
		FROM_FILE=yes
		COLOR=red
	END
	run --env-file "$scratch/env" -e COLOR=green -e 'TWO=a b' -w /made/here -u 4242:99 --hostname box --entrypoint sh \
		"$busybox:env" -c 'id -u; id -g; pwd; hostname; env' >"$scratch/out" || return
	head -n 4 "$scratch/out" | tr '\n' ' ' | grep -qx '4242 99 /made/here box ' || { cat "$scratch/out"; return 1; }
	for line in COLOR=green FROM_FILE=yes 'TWO=a b' 'GREETING=hello world' EMPTY= HOSTNAME=box; do
		grep -qx "$line" "$scratch/out" || { echo "no $line in:"; cat "$scratch/out"; return 1; }
	done
}

process_follows_image() {
	local tag
	for tag in entrypoint cmd user user-number workdir multi; do
		launch --name "image-$tag" "$busybox:$tag" || return
	done
	launch --name image-args "$busybox:entrypoint" more args || return
	launch --name image-cleared --entrypoint "" "$busybox:entrypoint" echo only || return
	timeout 200 hyphactl wait image-{entrypoint,cmd,user,user-number,workdir,multi,args,cleared} >"$scratch/codes" || return
	equal "$(sort -u "$scratch/codes")" 0 || return
	equal "$(hyphactl logs image-entrypoint)" "entry default" || return
	equal "$(hyphactl logs image-args)" "entry more args" || return
	equal "$(hyphactl logs image-cleared)" only || return
	equal "$(hyphactl logs image-cmd)" "from cmd" || return
	equal "$(hyphactl logs image-multi)" "from amd64" || return
	equal "$(hyphactl logs image-workdir)" /made/by/hypha || return
	hyphactl logs image-user-number | grep -q 'uid=4242.*gid=2000' || return
	hyphactl logs image-user | grep -q 'uid=[1-9][0-9]*(app)' || return
	hyphactl rm image-{entrypoint,cmd,user,user-number,workdir,multi,args,cleared} >/dev/null
}

# Everything below "living" looks at one guest that goes on.
living_starts() {
	hyphactl launch -q -d -i -t --name living -l purpose=test -l empty= -c 2 -m 200 --max-memory 256M \
		--cidfile "$scratch/cid" "$busybox" sh >"$scratch/uuid" || return
	equal "$(cat "$scratch/cid")" "$(cat "$scratch/uuid")" || return
	within 60 ready living
}

living_is_shown() {
	local uuid
	uuid=$(cat "$scratch/uuid")
	equal "$(hyphactl list -q)" "$uuid" || return
	hyphactl list -o json | python3 -c '
import json, sys
one, = json.load(sys.stdin)
assert one["schema"] == 1 and one["name"] == "living" and one["state"] == "running", one
assert one["labels"] == {"purpose": "test", "empty": ""}, one["labels"]
assert one["process"]["args"] == ["sh"] and one["process"]["terminal"] and one["vcpus"] == 2, one
assert one["memoryMax"] == 256 << 20 and one["image"]["reference"].endswith("/busybox:latest"), one' || return
	hyphactl list -o jsonl | python3 -c 'import json, sys; [json.loads(line) for line in sys.stdin]' || return
	hyphactl list -o csv | python3 -c '
import csv, sys
row, = csv.DictReader(sys.stdin)
assert row["uuid"] == sys.argv[1] and row["name"] == "living" and row["state"] == "running", row' "$uuid" || return
	hyphactl ps | grep -q '^ID .*STATE' || return
	fails_with 'format "xml"' hyphactl list -o xml
}

living_has_prefixes() {
	local uuid
	uuid=$(cat "$scratch/uuid")
	equal "$(field "${uuid:0:8}" name)" living || return
	equal "$(field "$uuid" name)" living || return
	fails_with 'no such guest' hyphactl inspect livin || return
	hyphactl complete guests | grep -qx living
}

living_can_be_typed_to() {
	typist 'type echo $((6*7)) from $(tty)\r' 'see 42 from' 'type \x1d' -- hyphactl attach living || return
	state living running
}

detach_keys_can_be_chosen() {
	typist 'see detaches' 'type echo ty""ped \x1d here\r' 'see typed' 'type \x10\x11' -- hyphactl attach --detach-keys ctrl-p,ctrl-q living
}

living_can_be_paused() {
	local before
	hyphactl pause living >/dev/null || return
	state living paused || return
	fails_with 'paused already' hyphactl pause living || return
	before=$(field living cpuTimeNs)
	sleep 1
	equal "$(field living cpuTimeNs)" "$before" || return
	hyphactl unpause living >/dev/null || return
	state living running || return
	fails_with 'not paused' hyphactl unpause living
}

memory_is() { [ $(($(field living memory) >> 20)) -eq "$1" ]; }
living_changes_memory() {
	hyphactl set -m 150 living || return
	within 30 memory_is 150 || { field living memory; return 1; }
	hyphactl set -m 200 living || return
	within 30 memory_is 200 || { field living memory; return 1; }
	fails_with '256 MiB are possible' hyphactl set -m 300 living
}

vcpus_are() { is living vcpusOnline "$1"; }
living_changes_vcpus() {
	within 30 vcpus_are 2 || return
	hyphactl set -c 1 living || return
	within 30 vcpus_are 1 || return
	hyphactl set -c 2 living || return
	within 30 vcpus_are 2 || return
	fails_with '1 to 2 are possible' hyphactl set -c 3 living
}

names_are_taken() {
	fails_with "in use by guest $(cat "$scratch/uuid")" hyphactl launch -q -d --name living "$busybox" true || return
	equal "$(ids | wc -l)" 1
}

rm_refuses_the_living() {
	fails_with 'stop it first' hyphactl rm living || return
	state living running
}

living_ends_by_typing() {
	exits 3 typist 'type exit 3\r' -- hyphactl attach living || return
	within 20 is living exitCode 3 || return
	equal "$(hyphactl rm living)" living
}

shell_on_a_terminal() {
	local before
	before=$(ids -a)
	exits 5 typist 'see #' 'type test -t 0 && echo yes-$TERM\r' 'see yes-' 'type exit 5\r' -- hyphactl launch -q -a --rm "$busybox" sh || return
	equal "$(ids -a)" "$before"
}

stops_by_its_signal() {
	local started
	launch --name polite "$busybox:stopsignal" || return
	launch --name deaf --stop-timeout 1 "$busybox" sh -c 'trap "" TERM; echo deaf; while :; do sleep 1; done' || return
	launch --name frozen "$busybox" sleep 1000 || return
	within 60 says polite waiting && within 60 says deaf deaf && within 60 ready frozen || return
	hyphactl stop polite >/dev/null || return
	is polite exitCode 5 && says polite 'got usr1' || return
	hyphactl stop deaf >/dev/null || return
	is deaf exitCode 137 || return
	hyphactl pause frozen >/dev/null
	hyphactl stop -t 60 frozen >/dev/null || return
	is frozen exitCode 143 || return
	hyphactl rm polite deaf frozen >/dev/null
}

stop_ends_in_destroy() {
	launch --name stuck --stop-timeout 300 "$busybox" sh -c 'trap "" TERM; while :; do sleep 1; done' || return
	within 60 ready stuck || return
	hyphactl stop -t 1 stuck 2>"$scratch/err" >/dev/null || return
	grep -q 'destroying it' "$scratch/err" || { cat "$scratch/err"; return 1; }
	is stuck exitReason killed || return
	equal "$(hyphactl wait stuck)" 137 || return
	hyphactl rm stuck >/dev/null
}

logs_follow_and_cut() {
	launch --name counter "$busybox" sh -c 'for i in 1 2 3 4 5 6; do echo line $i; sleep 1; done' || return
	within 60 says counter 'line 1' || return
	timeout 60 hyphactl logs -f -t counter >"$scratch/followed" || return
	equal "$(cut -d' ' -f2- "$scratch/followed" | tr '\n' ,)" "line 1,line 2,line 3,line 4,line 5,line 6," || return
	tail -n 1 "$scratch/followed" | grep -Eq '^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{9}Z line 6$' || return
	equal "$(hyphactl logs -n 2 counter | tr '\n' ,)" "line 5,line 6," || return
	equal "$(hyphactl logs -n 0 counter)" "" || return
	fails_with 'needs --follow' hyphactl logs -t counter || return
	hyphactl rm counter >/dev/null
}

input_by_pipe() {
	equal "$(printf 'a\nb\nc' | run -i "$busybox" wc -c)" 5
}

# SIGTERM to hyphactl ends the guest politely.
interrupted_launch_stops() {
	hyphactl launch -q -a --name asked "$busybox" sh -c 'trap "exit 9" TERM; echo up; while :; do sleep 0.2; done' \
		>"$scratch/out" 2>"$scratch/err" &
	within 60 grep -q up "$scratch/out" || return
	kill $!
	exits 9 wait $! || return
	hyphactl rm asked >/dev/null
}

killed_launch_leaves_the_guest() {
	hyphactl launch -q -a --name orphan "$busybox" sh -c 'echo up; sleep 1000' >"$scratch/out" 2>/dev/null &
	within 60 grep -q up "$scratch/out" || return
	kill -9 $!
	state orphan running || return
	equal "$(hyphactl destroy orphan)" orphan
}

eight_at_once() {
	local i names=()
	for i in 1 2 3 4 5 6 7 8; do
		launch --name "eight$i" -m 160 "$busybox" sh -c "echo I am $i; sleep 1000" || return
		names+=("eight$i")
	done
	for i in 1 2 3 4 5 6 7 8; do
		within 200 says "eight$i" "I am $i" || { echo "eight$i is silent"; return 1; }
	done
	equal "$(ids | wc -l)" 8 || return
	timeout 200 hyphactl stop "${names[@]}" >/dev/null || return
	equal "$(hyphactl wait "${names[@]}" | sort -u)" 143 || return
	equal "$(hyphactl rm --all | wc -l)" 8 || return
	equal "$(ids -a)" ""
}

four_vcpus() {
	equal "$(run -c 4 "$busybox" sh -c 'grep -c ^processor /proc/cpuinfo; nproc' | tr '\n' ' ')" "4 4 "
}

debian_runs() {
	run -m 512 "$debian" bash -c '. /etc/os-release; echo $ID; cat /opt/lab/changed; test ! -e /opt/lab/gone && echo gone
		ls /opt/lab/opaque; stat -c %a /opt/lab/setuid; test /opt/lab/link-a -ef /opt/lab/link-b && echo same
		getcap /opt/lab/capable
		stat -c %u:%g /opt/lab/owned' >"$scratch/out" || { cat "$scratch/out"; return 1; }
	equal "$(tr '\n' ' ' <"$scratch/out")" "debian new gone new 4755 same /opt/lab/capable cap_net_raw=ep 70000:70001 "
}

# The host goes down: nothing writes exit records any more, and the kernel's memory is gone.
vanished_are_told() {
	local uuid=11111111-2222-4333-8444-555555555555 dir
	dir=/var/lib/hypha/guests/$uuid
	mkdir -p "$dir"
	printf '{"schema":1,"uuid":"%s","name":"lost","state":"running","created":"2026-01-01T00:00:00.000000000Z"}' "$uuid" \
		>"$dir/guest.json"
	state lost vanished || return
	hyphactl list -a | grep -q 'lost .*vanished' || return
	equal "$(hyphactl list -q)" "" || return
	equal "$(hyphactl wait lost)" 125 || return
	fails_with 'it has vanished' hyphactl attach lost || return
	equal "$(hyphactl rm lost)" lost || return
	[ ! -e "$dir" ]
}

timings_are_printed() {
	launch --name timed --timings "$busybox" true 2>"$scratch/times" || return
	for phase in image kernel initrd create parse populate load tables rings pin unpause total; do
		grep -Eq "^ *$phase +[0-9.]+ ms$" "$scratch/times" || { echo "no $phase in:"; cat "$scratch/times"; return 1; }
	done
	hyphactl destroy timed >/dev/null
}

ok "a command's output is all there is, and its guest is forgotten" says_hello
ok "exit codes: 0, 7, 126, 127, 137, 255" exit_codes
ok "exit codes outlive the guests" exit_codes_are_kept
ok "attached launches exit as the command does" attached_exit_codes
ok "exited guests are listed with -a only, with their last words" exited_are_listed
ok "rm forgets them" removed_are_gone
ok "environment, directory, user, host name and entrypoint as the options say" process_follows_options
ok "and as the image says" process_follows_image
if ok "a guest with a shell" living_starts; then
	ok "it is shown in every format" living_is_shown
	ok "it is found by prefix and name" living_has_prefixes
	ok "it can be typed to and detached from" living_can_be_typed_to
	ok "detach keys can be chosen" detach_keys_can_be_chosen
	ok "it can be paused" living_can_be_paused
	ok "its memory can be set" living_changes_memory
	ok "its vCPUs can be set" living_changes_vcpus
	ok "its name is taken" names_are_taken
	ok "rm refuses it while it lives" rm_refuses_the_living
	ok "it ends by what is typed" living_ends_by_typing
fi
ok "launch -a on a terminal gives a shell on a terminal" shell_on_a_terminal
ok "stop uses the image's signal, then SIGKILL, and wakes the paused" stops_by_its_signal
ok "stop destroys who does not listen" stop_ends_in_destroy
ok "logs follow, stamp and cut" logs_follow_and_cut
ok "a pipe becomes the command's input, to its end" input_by_pipe
ok "SIGTERM to an attached launch stops the guest" interrupted_launch_stops
ok "SIGKILL to it does not" killed_launch_leaves_the_guest
ok "eight guests at once" eight_at_once
ok "four vCPUs" four_vcpus
ok "Debian in several layers" debian_runs
ok "a guest that vanished is not called running" vanished_are_told
ok "--timings names every phase" timings_are_printed
finish
