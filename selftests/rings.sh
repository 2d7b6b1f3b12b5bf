#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# rings.sh - the console and block backends against a frontend in dom0 itself, by the module rings/hypha_rings.ko.
# shellcheck disable=SC2154 # lib.sh sets
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

ko=$here/rings/hypha_rings.ko
if [ ! -e "$ko" ]; then
	skip "rings" "no $ko: make -C selftests/rings"
	finish
fi

insmod "$ko" dir="$scratch" tmpfs=/dev/shm 2>/dev/null && rmmod hypha_rings
dmesg | sed "1,/hypha selftest $suite $$/d" | sed -n 's/^\[[^]]*\] //p' >"$scratch/log"
grep -E '^# ' "$scratch/log"
while read -r _ result; do
	case $result in
	"ok "*) ok "${result#ok * }" true ;;
	"not ok "*) ok "${result#not ok * }" false ;;
	1..*) planned=${result#1..} ;;
	esac
done < <(grep '^KTAP ' "$scratch/log")
ok "all of the module's tests ran" test "${planned:-0}" -gt 0
finish
