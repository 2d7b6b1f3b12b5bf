#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# ringfuzz.sh - every ring fed with descriptors by seed while the neighbour works on: DESCRIPTORS of them each, FUZZ_SEED=N.
# lab: own timeout=1200
# shellcheck disable=SC2154,SC2317 # lib.sh sets; ok calls
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=guests/arena.bash
. "$here/guests/arena.bash"

seed=${FUZZ_SEED:-1}
count=${DESCRIPTORS:-200000}
patience=$(((150 + count / 1000) * slow))

# fuzz RING WORDS…
fuzz() {
	local ring=$1 began=$EPOCHREALTIME said
	shift
	attack 0 "fuzz-$ring" "seed=$seed" "count=$count" "$@" || return
	# Behind what the console's fuzzer left of a line.
	said=$(grep -ao 'hostile: [a-z-]*: [0-9]* descriptors.*' "$scratch/out") || { echo "it does not say what it pushed"; return 1; }
	note "${said#hostile: }; $(awk "BEGIN { print int($count / ($EPOCHREALTIME - $began)) }") a second"
}

enter_arena
note "FUZZ_SEED=$seed DESCRIPTORS=$count"
ok "the store ring takes anything" fuzz store
ok "the console ring takes anything" fuzz console
ok "the ring of a disk takes anything" fuzz block
ok "so of a disk that can be written" fuzz block at=1
ok "the transmit ring takes anything" fuzz net-tx
ok "the receive ring takes anything" fuzz net-rx
leave_arena
