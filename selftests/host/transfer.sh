#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Pulls whose transfers go wrong: what is tried again, continued, shared, refused, told. KTAP.
# The registry is registry_transfers.py, at 127.0.0.1; its log says what was asked for and how much was sent.
cd "$(dirname "$0")" || exit 1
. ./suite.sh
leave() { umount "$scratch/root-small" 2>/dev/null; }	# the full disk
begin
export HYPHA_CONF=$scratch/hypha.conf
need mksquashfs python3 script
need_tool

requests=$scratch/requests
python3 registry_transfers.py "$requests" >"$scratch/ports" &
pids+=($!)
wait_file "$scratch/ports"
read -r port other <"$scratch/ports"
registry=127.0.0.1:$port

# --- the words of the checks ---

fetch() { # REPO [ARG…]: with the test's short waits
	local repo=$1
	shift
	timeout 60 "$tool" "$scratch/root-$repo" fetch "$registry/$repo" "${@:-plain}" 2>"$scratch/err"
}
whole() { # REPO [ARG…]: pulls, all blobs are what their names say, and nothing else is left
	fetch "$@" || { cat "$scratch/err"; return 1; }
	cat "$scratch/err"
	local images=$scratch/root-$1/images algorithm blob
	for algorithm in sha256 sha512; do
		for blob in "$images/blobs/$algorithm"/*; do
			[ ! -e "$blob" ] || [ "$("${algorithm}sum" <"$blob" | cut -d' ' -f1)" = "${blob##*/}" ] || { echo "bad $blob"; return 1; }
		done
	done
	! find "$images/tmp" "$images/partial" -type f | grep .
}
refuses() { # TEXT REPO [ARG…]: fails, says TEXT, shows nothing of it
	local text=$1
	shift
	if fetch "$@"; then
		echo "did not fail"
		return 1
	fi
	cat "$scratch/err"
	grep -qF -- "$text" "$scratch/err" || { echo "does not say: $text"; return 1; }
	! grep -qE "$(printf '\033')|Sanitizer" "$scratch/err" || { echo "an escape sequence got through, or worse"; return 1; }
	[ -z "$("$tool" "$scratch/root-$1" list)" ]
}
asked() { grep -c "^$port /v2/$1/$2" "$requests"; }		# REPO PATTERN: how often
ranges() { grep -c "^$port /v2/$1/blobs/[^ ]* bytes=" "$requests"; }
sent() { awk -v path="/v2/$1/blobs/" '$1 == "sent" && index($2, path) == 1 { n += $3 } END { print n + 0 }' "$requests"; }
has() { test "$1" "$2" "$3" || { echo "$4: $1, should be $2 $3"; return 1; }; }

# --- connections that break ---

check "a whole image" whole plain
usual=$(sent plain)
check "of which every blob was asked for once" has "$(asked plain blobs)" -eq 4 requests

continued() { # REPO: as much as the blobs have was sent, but for what broke before it was taken
	whole "$1" && has "$(ranges "$1")" -ge 1 ranges && has "$(sent "$1")" -le "$((usual + 1000))" bytes
}
for repo in drop-1 drop-half drop-last drop-nolength pieces stall; do
	check "$repo: continued" continued "$repo"
done
for repo in drop-before drop-inside drop-0; do
	check "$repo: begun again" whole "$repo"
done
started_anew() { whole "$1" && has "$(ranges "$1")" -ge 1 ranges && has "$(sent "$1")" -gt "$((usual + 1000))" bytes; }
for repo in noranges badrange tworanges othersize range416; do
	check "$repo: from the beginning" started_anew "$repo"
done
check "slow is not stalled" whole slow
gives_up() {
	refuses "tried 6 times in" never && has "$(asked never blobs/sha256:)" -le 24 requests
}
check "always broken: the error says how often it was tried" gives_up
tired() {
	refuses "tried 6 times in" tired && find "$scratch/root-tired/images/partial" -type f | grep . && : >"$requests" &&
		whole tired && has "$(asked tired 'blobs/[^ ]* -')" -eq 0 requests
}
check "what a pull that failed has got is kept for the next" tired
silent_registry() {
	port=1 registry=127.0.0.1:1 refuses "tried 3 times in" nobody
}
check "one that never answers is tried less often" silent_registry

# --- what servers say ---

check "503 twice" whole busy503
refuses_after() { # TIMES TEXT REPO
	refuses "$2" "$3" && has "$(asked "$3" manifests)" -eq "$1" requests
}
check "503 always" refuses_after 6 "HTTP status 503); tried 6 times" always503
for answer in "gone not found" "bad400 refuses the request" "no403 access denied"; do
	check "${answer%% *}: never tried again" refuses_after 1 "${answer#* }" "${answer%% *}"
done
waits() { # SECONDS REPO TEXT
	local began=$SECONDS
	whole "$2" && has "$((SECONDS - began))" -ge "$1" seconds && grep -qF -- "$3" "$scratch/err"
}
check "429 with Retry-After: waits, and tells the rate limit" waits 1 wait429 "rate limit: 0 of 100 requests in 60 s are left"
check "503 with a date" waits 1 date503 "HTTP status 503; trying again in"
check "429 with a long wait: not waited for" refuses_after 1 "the server asks to wait 3600 s" later429
told_once() { # REPO TIMES TEXT
	whole "$1" && has "$(grep -cF -- "$3" "$scratch/err")" -eq "$2" lines && ! grep -q "$(printf '\033')" "$scratch/err"
}
check "warnings: each once, harmless, not without end" told_once warn 3 "the registry warns: "
check "a rate limit that is nearly used up" told_once low 1 "rate limit: 3 of 100"

# --- bodies ---

cut_short() { refuses "more than the announced" endless && has "$(sent endless)" -lt 16000000 bytes; }
check "an endless body is cut" cut_short
early() { refuses "but the configuration says" early && has "$(sent early)" -lt 7000000 bytes; }
check "a layer is read as soon as it is there, and ends the pull if it is no good" early
for repo in sha512 empty zerolayer; do
	check "$repo" whole "$repo"
done
check "nothing of no bytes is asked for" has "$(asked zerolayer blobs)" -eq 2 requests
embedded() { whole data && has "$(asked data blobs)" -eq 3 requests; }
check "an embedded configuration is not fetched" embedded
check "nor believed" refuses "\"data\" is 2 bytes with sha256:" baddata
foreign() { whole foreign && has "$(grep -c "^$other /foreign/[^ ]* - -$" "$requests")" -eq 3 requests; }
check "foreign layers: the registry first, then their urls" foreign
check "their urls are not authenticated to" refuses "HTTP status 401" foreign401
check "nobody was asked for a token for them" has "$(grep -c "^$other /token" "$requests")" -eq 0 requests
check "nor spoken to in the clear" refuses "plain http is only spoken to this machine itself" foreignhttp
with_credentials() { # REPO: that want them, and blobs from elsewhere, which does not see them
	local status
	printf '{"auths":{"%s":{"auth":"dXNlcjpzZWNyZXQ="}}}' "$registry" >"$DOCKER_CONFIG/config.json"
	whole "$1"
	status=$?
	rm "$DOCKER_CONFIG/config.json"
	has "$status" -eq 0 status && has "$(grep "^$port .*/$1/" "$requests" | grep -c Basic)" -ge 4 requests &&
		has "$(grep "^$other " "$requests" | grep -c Basic)" -eq 0 requests
}
check "nor do they get the registry's credentials" with_credentials secret
moved() { with_credentials moved && has "$(grep -c "^$other /v2/drop-moved/[^ ]* bytes=" "$requests")" -ge 3 ranges; }
check "nor does whom it redirects to, where it is continued, too" moved

# --- limits ---

while IFS='|' read -r limit text; do
	printf '[limits]\n%s\n' "$limit" >"$HYPHA_CONF"
	check "limit: $limit" refuses "$text" plain2
done <<'LIMITS'
manifest = 100B|document larger than 100 bytes, the limit (manifest)
config = 100B|bytes, the limit is 100 (config)
layers = 2|3 layers, the limit is 2 (layers)
downloaded = 500000B|more than 500000 bytes, the limit (downloaded)
unpacked = 1000B|the limit (unpacked)
entries = 1|the limit (entries)
LIMITS
rm "$HYPHA_CONF"

# --- mirrors ---

mirrored() { # REPO MIRROR COMMAND…: with that repository of the other port as its mirror
	printf '[registry "%s/%s"]\nmirror = 127.0.0.1:%s/%s\n' "$registry" "$1" "$other" "$2" >"$HYPHA_CONF"
	"${@:3}"
	local status=$?
	rm "$HYPHA_CONF"
	return "$status"
}
mirror_asked() { grep -c "^$other /v2/$1/$2" "$requests"; }	# REPO PATTERN: how often
tired_mirror() {
	whole after-mirror && has "$(mirror_asked always503 manifests)" -eq 6 requests &&
		grep -qF "mirror 127.0.0.1:$other/always503: manifest latest: the registry failed (HTTP status 503); tried 6 times" "$scratch/err"
}
check "a mirror's failure is the last of its tries" mirrored after-mirror always503 tired_mirror
broken_mirror() {
	whole continued && has "$(mirror_asked never blobs)" -ge 6 requests && has "$(asked continued blobs)" -eq 4 requests
}
check "a mirror whose connections break: the registry" mirrored continued never broken_mirror
half_mirror() { whole half && has "$(ranges half)" -ge 1 ranges && has "$(($(sent half) + $(sent tired-mirror)))" -le "$((usual + 1000))" bytes; }
check "what a mirror has sent is continued at the registry" mirrored half tired-mirror half_mirror
guarded_mirror() { whole open && has "$(grep -c "^$other /token?.*expiring" "$requests")" -ge 2 tokens && has "$(asked open '')" -eq 0 requests; }
check "a mirror's tokens are renewed" mirrored open expiring-mirror guarded_mirror

# --- tokens ---

expiring() {
	whole expiring && has "$(ranges expiring)" -ge 1 ranges && has "$(grep -c "/token?.*expiring" "$requests")" -ge 2 tokens
}
check "tokens that expire while blobs are under way" expiring
shortlived() { whole shortlived && has "$(grep -c "/token?.*shortlived" "$requests")" -ge 2 tokens; }
check "a token is not used beyond the time it is good for" shortlived
fickle() { refuses "access denied" fickle && has "$(asked fickle blobs)" -le 12 requests; }
check "a registry that says no to every token" fickle

# --- pulls that are killed, and pulls at once ---

in_partial() { find "$scratch/root-$1/images/partial" -type f -size +"$2"k 2>/dev/null | grep -q .; }
kill_at() { # REPO KIB SIGNAL: end a pull once so much of a blob is there
	env --default-signal=INT "$tool" "$scratch/root-$1" fetch "$registry/$1" plain 2>/dev/null &
	local pid=$!
	for _ in $(seq 300); do
		in_partial "$1" "$2" && break
		sleep 0.02
	done
	kill -"$3" "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	in_partial "$1" "$2"
}
resumed() { # REPO SIGNAL
	local size
	kill_at "$1" 2000 "$2" || { echo "killed too late"; return 1; }
	[ -z "$("$tool" "$scratch/root-$1" list)" ] && [ -z "$(find "$scratch/root-$1/images/blobs" -size +100k)" ] || return 1
	sleep 0.5	# the server notices
	whole "$1" && has "$(ranges "$1")" -ge 1 ranges || return
	size=$(find "$scratch/root-$1/images/blobs" -type f -printf '%s\n' | awk '{ n += $1 } END { print n }')
	has "$(sent "$1")" -lt "$((size * 2 - 2000000))" bytes
}
check "SIGKILL: the next pull continues" resumed large KILL
check "^C: the next pull continues" resumed die INT

reads_along() { # a quarter of it is unpacked when not all of it has come
	fetch along & local pid=$!
	for _ in $(seq 300); do
		! find "$scratch/root-along/images/tmp" -type f -size +2000k 2>/dev/null | grep -q . || break
		sleep 0.02
	done
	find "$scratch/root-along/images/partial" -type f | grep .
	local status=$?
	wait "$pid" && return "$status"
}
check "a layer is read while its own bytes come" reads_along

damaged_partial() {
	kill_at two 500 KILL
	for file in "$scratch/root-two/images/partial"/*; do
		printf XXXX | dd of="$file" bs=1 seek=1000 conv=notrunc status=none
	done
	whole two
}
check "what was left is damaged: fetched anew" damaged_partial

: >"$requests"
both() { # REPO: two processes, each blob once
	local one
	rm -rf "$scratch/root-$1"
	"$tool" "$scratch/root-$1" fetch "$registry/$1" plain 2>"$scratch/one" & one=$!
	if ! fetch "$1" || ! wait "$one"; then
		cat "$scratch/one" "$scratch/err"
		return 1
	fi
	whole "$1" || return	# finds all of it there
	has "$(asked "$1" blobs)" -eq "$2" requests
}
check "two pulls at once: each blob once" both two 3
first_dies() {
	local one
	rm -rf "$scratch/root-large" && : >"$requests"
	"$tool" "$scratch/root-large" fetch "$registry/large" plain 2>/dev/null & one=$!
	(
		for _ in $(seq 300); do
			in_partial large 1000 && break
			sleep 0.02
		done
		sleep 0.3
		kill -KILL "$one"
	) &
	sleep 0.2
	fetch large && grep -q "waiting for another pull" "$scratch/err" && whole large && has "$(ranges large)" -eq 1 ranges
}
check "the first of two dies: the second goes on where it was" first_dies

disk_full() {
	rm -rf "$scratch/root-small" && mkdir "$scratch/root-small" && mount -t tmpfs -o size=2m none "$scratch/root-small" || return
	refuses "No space left on device" small && ! find "$scratch/root-small/images/partial" -type f | grep . &&
		mount -o remount,size=32m "$scratch/root-small" && whole small
	local status=$?
	umount "$scratch/root-small"
	return "$status"
}
if [ "$(id -u)" -eq 0 ]; then
	check "a full disk: what found no room is not kept, and with room it works" disk_full
fi

# --- progress ---

is_json() {
	fetch json json && python3 - "$scratch/err" <<-'PY'
		import json, sys
		events = [json.loads(line) for line in open(sys.argv[1])]
		assert all(e["schema"] == 1 for e in events)
		blobs = [e for e in events if e["event"] == "blob"]
		assert {e["kind"] for e in blobs} == {"config", "layer"}
		assert sum(e["state"] == "waiting" for e in blobs) == 4, blobs
		assert sum(e["state"] == "done" and e["current"] == e["total"] for e in blobs) == 4, blobs
		assert events[0]["event"] == "message" and "pulling" in events[0]["text"]
	PY
}
check "as JSON" is_json
says_nothing() { fetch silence none && [ ! -s "$scratch/err" ]; }
check "none" says_nothing
on_terminal() {
	TERM=xterm script -qefc "$tool $scratch/root-tty fetch $registry/slow auto" "$scratch/screen" </dev/null >/dev/null || return
	cat -v "$scratch/screen" | tail -n 5
	has "$(grep -c 'layer .*done' "$scratch/screen")" -ge 3 lines && grep -q "downloading [0-9.]* KiB/" "$scratch/screen" &&
		grep -q "$(printf '\033\\[4A')" "$scratch/screen"
}
check "on a terminal: a line per layer, in place" on_terminal
by_helper() {
	"$tool" "$scratch/root-helper" pull "$registry/plain" >/dev/null 2>"$scratch/err" && grep -q '^layer sha256' "$scratch/err"
}
check "by hypha-image" by_helper

finish
