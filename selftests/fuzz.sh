#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# fuzz.sh [COUNT]: what reads hostile input against noise by seed, under ASan and UBSan, on this machine.
# lab: host timeout=600
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/.." && pwd)
count=${1:-500}
nr=0 failed=0

# fuzz NAME COUNT FILE…
fuzz() {
	local name=$1 said
	shift
	nr=$((nr + 1))
	if said=$(cd "$top/build/fuzz" && "./${name}_fuzz" 1 "$@" 2>&1); then
		echo "# $said"
		echo "ok $nr $name survives $1 seeds"
	else
		echo "$said" | tail -n 40 | sed 's/^/# /'
		echo "not ok $nr $name survives $1 seeds"
		failed=1
	fi
}

echo "KTAP version 1"
if ! said=$(make -s -C "$here/fuzz" 2>&1 && make -s -C "$here/guests" 2>&1); then
	echo "$said" | tail -n 20 | sed 's/^/# /'
	echo "Bail out! the fuzzers do not build"
	exit 1
fi
fuzz store "$count"
fuzz kernel "$((count * 10))" "$top/build/guests/hostile" "$top/build/guests/hostile-p2m"
fuzz layer "$((count * 4))"
fuzz packet "$((count * 4))"
echo "1..$nr"
exit $failed
