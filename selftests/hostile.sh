#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# hostile.sh - a guest that does its worst on its store, console, disks, grants and events: it loses; its neighbour and dom0 do not.
# lab: own timeout=1800
# shellcheck disable=SC2154,SC2317 # lib.sh and arena.bash set; ok calls
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=guests/arena.bash
. "$here/guests/arena.bash"

deaf_console_blocks_only_its_writer() {
	local status
	launch -i "${with[@]}" -k "$guests/hostile" --cmdline "$(words console-deaf seconds=6)" "$busybox" || return
	head -c 100000 /dev/zero | tr '\0' x | timeout 4 hyphactl attach hostile >/dev/null 2>&1
	neighbour_lives || return
	exits 0 timeout 30 hyphactl wait hostile || { hyphactl logs hostile; return 1; }
	! hyphactl logs hostile | grep -a FINDING || return
	hyphactl destroy -f hostile >/dev/null
	aftermath
}

enter_arena
try_attacks <<'EOF'
0   exit                       | the hostile guest itself works
0   privileges                 | what is the host's to ask Xen refuses it
0   foreign                    | so what is a neighbour's: frames, grants, ports
0   memory                     | memory beyond its own it cannot have, nor others'
0   store-types                | each type of request with each sort of payload is answered
0   store-fuzz count=5000      | random requests are answered
0   store-values               | large values end at the quota
0   store-transactions         | transactions begun and never ended are bounded
0   store-conflicts count=500  | of two conflicting transactions one loses, hundreds of times
0   store-commit               | the dearest commit is bounded
0   store-deaf                 | who never fetches responses gets them all later
0   store-drip                 | a request may come byte by byte
0   store-pieces               | no piece of a request is missed, whenever it comes
0   store-room                 | nor room for an answer
125 store-half size=700        | half a message, then the end
125 store-half size=9          | half a header, then the end
125 store-long len=4097        | a message one byte too long stops its store only
125 store-index                | indices of the store ring out of range
125 store-noise                | noise in the store ring
0   store-reconnect count=200  | two hundred reconnects in the middle of messages
125 store-flip                 | requests rewritten while they are read
0   xsa-115                    | its store tells it nothing of others that come and go
125 xsa-322 at=0               | one dies that let all who come after it into its store, and filled that
0   xsa-417 at=1               | the next one finds no node of it
0   xsa-483 at=2               | and has a whole quota
0   xsa-323                    | paths of any length and depth are answered
0   xsa-324                    | an event longer than a message is none
0   xsa-325                    | who breaks its ring's protocol is not taken for dead, and may begin anew
125 xsa-326                    | all the memory its store can take by all ways at once is bounded
0   xsa-330                    | watches that are reset are gone
0   xsa-484 at=1               | so in every state a reset can meet
0   xsa-349 count=2000         | thousands of frontend states in any order
0   xsa-352                    | no node's owner can be changed
0   xsa-353                    | what is not its own in the store it cannot change
0   xsa-414 count=3000         | nodes one by one end at the quota, and removing makes room
0   xsa-415                    | a path that fails half-way leaves nothing
0   xsa-416                    | answers as long as can be, never fetched, are bounded
0   xsa-418                    | trees as deep as there are nodes come and go
0   xsa-419                    | nodes it would give away stay its own, and count
125 xsa-420 len=4294967295     | a message of 4 GiB stops its store only
0   xsa-421                    | nodes made and removed in one transaction count right
125 xsa-425                    | who resets itself with all open is gone
0   xsa-440                    | nodes removed behind a transaction's back count right
0   xsa-512                    | watches end at the quota and go when reset
0   console-flood              | 12 MiB of console output
0   console-drip count=5000    | console output byte by byte, with an event each
0   console-index              | indices of the console ring out of range
0   console-full               | a console ring that is always full
0   block-read                 | an honest frontend reads, closes and reconnects
0   block-bad                  | every defect of a request is answered with an error
0   block-bad-rw               | so on a writable disk, and honest writes still work
0   block-self                 | a guest that reads the disk into its ring
0   block-index                | block indices out of range stop the disk until it reconnects
0   block-start                | a block ring that begins with nonsense
0   block-deaf                 | who never looks at block responses
0   grants-foreign             | a frame that is not its own, or not granted to dom0, is neither read into nor a ring
0   grants-balloon             | pages given back to Xen while they are read into
0   xsa-155-block              | block requests rewritten while they are read
0   xsa-216                    | a response has nothing of dom0's in its holes
0   xsa-331                    | events without cease while a channel closes
0   xsa-441 at=1               | and while the guest closes it, and prints
0   xsa-350                    | connected and closed without waiting, hundreds of times
0   xsa-361                    | of a ring that lacks a page nothing stays mapped
0   xsa-362 count=100          | grants that change under a busy disk
0   xsa-365                    | one bad segment makes a request bad, and no other
0   xsa-371                    | of a grant nothing is remembered
0   xsa-391                    | no event comes that nobody asked for
0   xsa-403                    | only the sectors asked for change
0   cve-2026-100082 count=100  | a hundred reconnects while the disk's counters are read
0   keys                       | spoilt ring references, ports, orders and protocols are refused
0   toggle                     | keys toggled while connected
0   half                       | Closing without Closed
0   rings                      | rings of one page 16 times, and of a read-only page
0   remove                     | a frontend that removes its own directory
125 die at=2                   | death before the handshake
125 die at=3                   | death in the middle of the handshake
125 die at=4                   | death with a ring full of requests
125 die at=5                   | death while closing
125 die at=6                   | death when closed
125 exit-odd                   | exit codes that are none
0   exit-often count=1000      | a thousand exit codes
125 shutdown reason=3          | a crash it reports
125 shutdown reason=2          | a suspend nobody asked for
125 shutdown reason=77         | a reason that does not exist
125 fault                      | a page fault without a handler
125 stack                      | a fault without a stack
0   events                     | events on every port without cease
125 close                      | a guest that closes all of its ports
125 close reset=1              | a guest that resets its event channels
125 give-back                  | a guest that gives its ring pages back to Xen
EOF
ok "a guest deaf on its console blocks only who writes to it" deaf_console_blocks_only_its_writer
ok "one that never ends can be destroyed at any time" can_be_destroyed 'stay burn=1' stay 'console-flood size=1000000000' \
	'events seconds=1000' 'block-deaf seconds=1000' 'store-noise seconds=1000' 'console-full seconds=1000' 'states count=100000000'
leave_arena
