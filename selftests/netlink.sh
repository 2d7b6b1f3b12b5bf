#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# netlink.sh - the network over netlink: malformed and senseless requests get an error and a text and change nothing;
# sensible ones work; flows and drops are told.
# lab: timeout=900
# shellcheck disable=SC2154,SC2317 # lib.sh sets; ok calls
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

launch --name with "$busybox" sleep 100000 >/dev/null
launch --name without --no-network "$busybox" sleep 100000 >/dev/null
guest=$(field with id) other=$(field without id)

# check NAME: one of netlink_checks.py; its first line says what it believes.
check() { ok "$(belief "$1")" "$here/netlink_checks.py" "$1" "$guest" "$other"; }
belief() { grep -A1 "^def $1(" "$here/netlink_checks.py" | sed -n 's/^    """\(.*\)"""$/\1/p'; }

for name in lengths strangers frames ways nests guests forward_values settings_values other_values denied \
	policies; do
	check $name
done

as_netadmin() {
	setpriv --reuid 65534 --clear-groups --inh-caps=-all,+net_admin --ambient-caps=-all,+net_admin \
		"$here/netlink_checks.py" denied_admin "$guest" "$other"
}
ok "CAP_NET_ADMIN alone is not enough" as_netadmin

for name in interface published many_forwards resolvers flow_listing flow_events flow_burst drop_events fuzz; do
	check $name
done

forwards_left() { hyphactl destroy with -f >/dev/null && "$here/netlink_checks.py" gone "$guest" "$other"; }
ok "what was published goes with its guest" forwards_left

finish
