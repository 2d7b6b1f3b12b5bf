#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# nettools.sh - the network as its tools show and change it: every verb of hyphactl net, stats, and hypha-mon seeing a guest
# come, talk and go, and losing count and finding it again.
# lab: own timeout=900
#
#	web (serves 80, asks out:7 again and again) ─ hypha0 ─ dom0 192.0.2.1 up0 ══ out0 192.0.2.2 in namespace out
#
# shellcheck disable=SC2016,SC2086,SC2154,SC2317 # jq expands; words; lib.sh sets; ok calls
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

out=192.0.2.2 host=192.0.2.1

make_outside() {
	ip netns add out &&
		ip link add up0 type veth peer name out0 netns out &&
		ip addr add $host/24 dev up0 && ip link set up0 up &&
		ip -n out addr add $out/24 dev out0 && ip -n out link set out0 up && ip -n out link set lo up || return
	ip netns exec out socat TCP-LISTEN:7,fork,reuseaddr EXEC:cat >/dev/null 2>&1 &
}

end_outside() {
	ip netns pids out | xargs -r kill
	ip netns del out
	ip link del up0 2>/dev/null
	return 0
}

# Also to the host itself, which is not allowed.
talker='socat TCP6-LISTEN:80,fork,reuseaddr SYSTEM:"echo hello" &
while :; do
	echo x | socat -t 2 - TCP4:192.0.2.2:7
	echo x | socat -u - UDP4:192.0.2.1:9
	sleep 1
done >/dev/null 2>&1'

begin_guests() {
	launch --name web -p 8080:80/tcp "$debian" sh -c "$talker" >/dev/null || return
	launch --name hermit --no-network "$busybox" sleep 100000 >/dev/null || return
	within 120 talks || { hyphactl logs web; return 1; }
}
talks() { [ -n "$(net -br flow show guest web proto tcp dport 7 flag replied)" ]; }

net() { hyphactl net "$@"; }
# query JQ WORDS…: JSON of hyphactl net WORDS fulfils JQ.
query() {
	local filter=$1
	shift
	net -j "$@" >"$scratch/json" || return
	jq -e "$filter" "$scratch/json" >/dev/null || { cat "$scratch/json"; return 1; }
}

# --- hyphactl net: looking ---

all_show() {
	local object options
	for object in address link flow forward neighbour statistics policy; do
		for options in '' -s '-s -s' -d -br -o -ts '-c=always' '-n' '-s -d -o'; do
			[ -n "$(net $options $object)" ] || { echo "net $options $object says nothing"; return 1; }
		done
		for options in -j '-j -p' '-j -s -d' '-j -br'; do
			net $options $object | jq -e 'type == "array" and length > 0' >/dev/null || { echo "net $options $object"; return 1; }
		done
		net $object help | grep -q "$object show" || return
	done
}

# The same thing, whichever way it is said.
shortened() {
	local want
	want=$(net -br address show guest web) || return
	equal "$(hyphactl -br net a s web)" "$want" || return
	equal "$(hyphactl net --brief addr list web)" "$want" || return
	equal "$(hyphactl -br -4 net addr show web)" "web $(field web network.ip4)/32"
}

addresses() {
	query '.[0].dev == "hypha0" and (.[0].prefixes | length) == 2' addr || return
	query '.[0].guest == "web"' addr get "$(field web network.ip4)" || return
	query '.[0].guest == "web"' addr get "$(field web network.ip6)" || return
	exits 2 net addr get 10.99.0.1
}

interface() {
	query '.[0] | .state == "connected" and .total.txPackets > 0 and .total.rxPackets > 0 and .mtu == 1500
		and .policy.path == "fast" and (.features | index("sg") != null)' link get web || return
	[ -z "$(net link show state broken)" ] || return
	net -s link show web | grep -q RX: || return
	exits 2 net link get hermit
}

neighbours() {
	query 'length == 2 and all(.guest == "web" and .state == "PERMANENT")' neigh || return
	equal "$(net -j neigh get "$(field web network.ip4)" | jq -r '.[0].lladdr')" "$(net -j link | jq -r '.[0].mac')"
}

flows() {
	query 'length > 0 and all(.guest == "web" and .proto == "tcp" and .orig.dport == 7 and .orig.dst == "'$out'"
		and .reply.dst == "'$host'" and .reply.dport >= 61001)' flow show guest web proto tcp dport 7 dst $out || return
	query 'length == 0' flow show dport 1 || return
	query 'length > 0' flow show addr $host || return
	query 'length == 0' -6 flow show dport 7 || return
	net flow show guest web dport 7 | grep -q " snat $host:"
}

reasons() {
	within 20 query '.[1].drops["to-host"] > 0 and .[0].allDrops["to-host"] > 0' stat || return
	net -s -d stat | grep -q 'to-host.*without a policy'
}

# What the tools of any interface say of the guests'.
as_any_device() {
	ip -s -j link show hypha0 | jq -e '.[0].stats64 | .rx.packets > 0 and .tx.packets > 0' >/dev/null || return
	ethtool -S hypha0 | grep -q 'drop_to-host: [1-9]' || { ethtool -S hypha0; return 1; }
	timeout 30 tcpdump -nn -l -i hypha0 -c 4 tcp port 7 >"$scratch/seen" 2>"$scratch/said" || { cat "$scratch/said"; return 1; }
	cat "$scratch/seen"
	grep -q "IP $(field web network.ip4)\.[0-9]* > $out\.7: .*\[S\]" "$scratch/seen" || return
	grep -q "IP $out\.7 > $(field web network.ip4)\.[0-9]*: " "$scratch/seen"
}

# --- hyphactl net: changing ---

one_flow_goes() {
	local id
	hold_open || return
	id=$(net -j flow show guest web flag forward | jq '.[0].id')
	query ".[0].id == $id" flow get "$id" && net flow del id "$id" && exits 2 net flow get "$id" && exits 2 net flow del "$id"
}

# A connection through the published port that stays a while; nothing of it holds the test's output.
hold_open() {
	{ (echo; sleep 20) | socat - TCP4:$host:8080; } >/dev/null 2>&1 &
	within 20 has_forwarded
}
has_forwarded() { query 'length > 0' flow show guest web flag forward; }

all_flows_go() {
	local last
	last=$(net -j flow | jq 'map(.id) | max')
	query '.[0].flushed > 0' flow flush guest web || return
	query "all(.id > $last)" flow
}

forwards() {
	net forward add web 9000-9002:90-92/udp 9100:91 || return
	query 'length == 3' forward && query '.[0].guestPort == 90 and .[0].ports == 3' forward get 9001/udp || return
	exits 2 net forward add web 9001:1/udp 2>"$scratch/said" && return
	grep -q web "$scratch/said" || { cat "$scratch/said"; return 1; }
	exits 2 net forward add web 9200:92 8080:81 2>/dev/null || return
	query 'length == 3' forward || { echo "the first of two stayed"; return 1; }
	exits 2 net forward add hermit 9300:80 2>/dev/null || return
	net forward del web 9000-9002:90-92/udp && query 'length == 2' forward || return
	net forward flush port 9100 && query 'length == 1 and .[0].hostPort == 8080' forward
}

published_is_seen() {
	equal "$(echo | timeout 20 socat -t 5 - TCP4:$host:8080)" hello || return
	query '.[0].flows > 0' forward get 8080
}

policies() {
	net policy set web stack guest-to-host on && query '.[0].path == "stack" and .[0].guestToHost' policy get web || return
	net policy set guest web fast && query '.[0].path == "fast" and .[0].guestToHost' policy get web || return
	net policy set web guest-to-host off && query '.[0].guestToHost | not' policy get web || return
	exits 1 net policy set web guest-to-guest on bogus 2>/dev/null && query '.[0].guestToGuest | not' policy get web
}

settings() {
	local before
	before=$(net -j stat | jq -c '.[0] | [.maxFlows, .maxGuestFlows, .maxHalfOpen, .portMin, .portMax]')
	net flow set max 5000 max-guest 2000 max-half-open 100 ports 62000-63000 || return
	query '.[0] | .maxFlows == 5000 and .maxGuestFlows == 2000 and .maxHalfOpen == 100 and .portMin == 62000 and .portMax == 63000' \
		stat || return
	# shellcheck disable=SC2046 # words
	set -- $(echo "$before" | tr -c '0-9\n' ' ')
	net flow set max "$1" max-guest "$2" max-half-open "$3" ports "$4-$5" || return
	exits 2 net addr set prefix 10.99.0.0/16 2>/dev/null || return
	net addr set dns 127.0.0.53 dns 9.9.9.9 && query '.[0].dns == ["127.0.0.53", "9.9.9.9"]' addr
}

wrong_words() {
	local words before
	before=$(net -j forward; net -j policy)
	for words in bogus 'flow bogus' 'flow show proto bogus' 'flow del' 'flow get x' 'forward add web 80' 'forward add nobody 80:80' \
		'link get nobody' 'addr set prefix 10.0.0.0/33' 'policy set web bogus' 'stat show nobody' '-x link' '-c=x link' \
		'flow show sport 70000' 'neigh get x'; do
		exits 1 net $words 2>/dev/null || { echo "net $words"; return 1; }
	done
	exits 1 net 2>/dev/null && exits 0 net help >/dev/null || return
	equal "$(net -j forward; net -j policy)" "$before"
}

batch() {
	printf '# two forwards\nforward add web 9400:94\n\nforward add web 9401:94\nforward del web 9400:94\n' >"$scratch/batch"
	net -b "$scratch/batch" && query 'length == 1' forward show port 9400-9401 || return
	printf 'bogus\nforward del web 9401:94\n' | exits 1 net -force -b - 2>/dev/null || return
	query 'length == 0' forward show port 9400-9401
}

# --- stats ---

usage() {
	hyphactl stats --no-stream -o json >"$scratch/stats" || return
	jq -e 'map(select(.name == "web"))[0] | .memory > 0 and .netTxBytes > 0 and .netRxBytes > 0 and .blockReadBytes > 0
		and .cpuTimeNs > 0 and .cpuPercent >= 0' "$scratch/stats" >/dev/null || { cat "$scratch/stats"; return 1; }
	jq -e 'map(select(.name == "hermit"))[0] | .netTxBytes == null' "$scratch/stats" >/dev/null || return
	hyphactl stats --no-stream web | tail -n 1 | grep -q '^web .*%' || return
	[ "$(timeout 5 hyphactl stats -i 0.5 -o jsonl web | wc -l)" -ge 3 ] || return
	exits 125 hyphactl stats -i x 2>/dev/null
}

# --- hypha-mon ---

begin_monitor() {
	hypha-mon -j --record "$scratch/rec" >"$scratch/mon" 2>"$scratch/mon.err" &
	monitor=$!
	within 20 grep -q synced "$scratch/mon" || { cat "$scratch/mon.err"; return 1; }
}

comes_talks_goes() {
	begin_monitor || return
	run --name brief "$busybox" sh -c "echo x | nc -w 3 $out 7" >/dev/null || return
	net forward add web 9500:95 && sleep 2.5 && net forward del web 9500:95 || return
	within 30 grep -q '"destroyed".*"brief"' "$scratch/mon" || { cat "$scratch/mon"; return 1; }
	within 10 grep -q '"del".*9500' "$scratch/mon" || return
	within 10 grep -q '"drop"' "$scratch/mon" || return
	kill "$monitor" && wait "$monitor"
}

# events OBJECT GUEST: one after the other, each once.
events() { jq -r "select(.object == \"$1\" and .guest == \"$2\") | .event" "$scratch/mon" | uniq | xargs; }

guest_story() {
	equal "$(jq -r 'select(.object == "guest" and .guest == "web") | .event' "$scratch/mon" | xargs)" have || return
	equal "$(events guest brief)" "created started ready exited destroyed"
}
flow_story() {
	jq -s -e '[.[] | select(.object == "flow" and .guest == "brief" and .orig.dport == 7)] | group_by(.id)[0] | map(.event) |
		.[0] == "new" and .[-1] == "destroy" and (.[1:-1] | length > 0 and all(. == "update"))' "$scratch/mon" >/dev/null || {
		jq -c 'select(.guest == "brief")' "$scratch/mon"
		return 1
	}
}
forward_story() { equal "$(jq -r 'select(.object == "forward" and .hostPort == 9500) | .event' "$scratch/mon" | xargs)" "add del"; }
drop_story() { jq -s -e 'any(.[]; .object == "drop" and .guest == "web" and .drops["to-host"] > 0)' "$scratch/mon" >/dev/null; }

# No flow is new twice, none changes or goes that was not there.
consistent() {
	jq -s -e 'reduce (.[] | select(.object == "flow")) as $e ({};
		if $e.event == "have" or $e.event == "new" then (if has("\($e.id)") then error("twice: \($e.id)") else .["\($e.id)"] = 1 end)
		elif has("\($e.id)") | not then error("unknown: \($e.id)")
		elif $e.event == "destroy" then del(.["\($e.id)"]) else . end) | true' "$scratch/mon"
}

replayed() {
	hypha-mon -j --replay "$scratch/rec" >"$scratch/again" && cmp "$scratch/mon" "$scratch/again" || return
	[ "$(hypha-mon -E --replay "$scratch/rec" guest guest brief | wc -l)" -ge 5 ] || return
	install -m 644 "$scratch/rec" /run/nettools.rec || return
	setpriv --reuid 65534 --clear-groups hypha-mon --replay /run/nettools.rec >/dev/null && rm /run/nettools.rec
}

limits() {
	exits 0 hypha-mon -E -c 2 --timeout 60 flow guest web >"$scratch/two" || return
	equal "$(grep -vc '^#' "$scratch/two")" 2 || return
	exits 3 hypha-mon -E -c 1 --timeout 1 flow dport 1 || return
	exits 0 hypha-mon --timeout 0.5 >/dev/null || return
	exits 1 hypha-mon bogus 2>/dev/null || return
	exits 2 setpriv --reuid 65534 --clear-groups hypha-mon 2>/dev/null
}

# One that comes, does wrong and goes within a second of it, and is the first there is.
last_words() {
	destroy_all
	hypha-mon -j --timeout 120 drop >"$scratch/mon" 2>&1 &
	monitor=$!
	within 20 grep -q synced "$scratch/mon" || return
	run --name rash "$busybox" sh -c "echo x | nc -w 1 $host 9; true" >/dev/null || return
	within 5 grep -q '"guest":"rash".*"to-host":[1-9]' "$scratch/mon" || { cat "$scratch/mon"; return 1; }
	kill "$monitor" && wait "$monitor"
}

labels() {
	hypha-mon --timeout 3 -ts label >"$scratch/labels" || return
	grep -qE '^\[20[0-9T:.-]+\] \[GUEST\]have' "$scratch/labels" && grep -q '\[FLOW\]' "$scratch/labels" &&
		grep -q '\[FORWARD\]have guest web' "$scratch/labels"
}

# With a short queue, and stopped, it misses what happens.
loses_and_finds() {
	hypha-mon -rc 65536 -j flow >"$scratch/mon" 2>"$scratch/mon.err" &
	monitor=$!
	within 20 grep -q synced "$scratch/mon" || { cat "$scratch/mon.err"; return 1; }
	kill -STOP "$monitor"
	flood 3000
	kill -CONT "$monitor"
	within 30 grep -q '"lost"' "$scratch/mon" || { echo "nothing was lost"; return 1; }
	within 30 again_in_step || { jq -c 'select(.object == "mark")' "$scratch/mon"; return 1; }
	sleep 3
	kill "$monitor" && wait "$monitor"
	note "$(jq -c 'select(.object == "mark") | [.event, .flows]' "$scratch/mon" | xargs)"
	consistent
}
again_in_step() { [ "$(jq -r 'select(.object == "mark") | .event' "$scratch/mon" | tail -n 1)" = synced ]; }

flood() {
	local i to
	to=$(field web network.ip4)
	for ((i = 0; i < $1; i++)); do
		echo x >"/dev/udp/$to/$((20000 + i))"
	done 2>/dev/null
	return 0
}

unloaded() {
	destroy_all
	hypha-mon >"$scratch/mon" 2>"$scratch/mon.err" &
	monitor=$!
	within 20 grep -q synced "$scratch/mon" && within 20 modprobe -r hypha || return
	wait "$monitor"
	equal "$?" 2 && grep -q unloaded "$scratch/mon.err" && exits 2 hypha-mon 2>/dev/null && exits 2 hyphactl net link 2>/dev/null || return
	modprobe hypha
}

ok "an outside and two guests" make_outside
ok "one of them talks" begin_guests
ok "every object is shown in every style" all_show
ok "words may be shortened, options stand before or after" shortened
ok "addresses" addresses
ok "an interface and its counters" interface
ok "neighbours" neighbours
ok "flows by filters" flows
ok "drops by reason" reasons
ok "hypha0 as ip -s, ethtool -S and tcpdump see it" as_any_device
ok "what is published works and is counted" published_is_seen
ok "one flow is deleted" one_flow_goes
ok "a guest's flows are flushed" all_flows_go
ok "forwards come and go, all or none" forwards
ok "policies, of which what is not named stays" policies
ok "limits, ports, resolvers; prefixes not while they are used" settings
ok "wrong words exit with 1 and change nothing" wrong_words
ok "a batch" batch
ok "stats: what guests use" usage
ok "a guest comes, talks and goes while hypha-mon looks" comes_talks_goes
ok "which tells of the guest, once each" guest_story
ok "of its flow from new to destroy" flow_story
ok "of a forward" forward_story
ok "of drops" drop_story
ok "and of no flow twice" consistent
ok "its recording replays the same, for anybody" replayed
ok "it ends when it should, with the status it should" limits
ok "labels and times" labels
ok "events it loses are told, and what they were about is found" loses_and_finds
ok "drops of a guest that is the first and goes at once are told" last_words
ok "the module's end is the end of hypha-mon" unloaded
end_outside
finish
