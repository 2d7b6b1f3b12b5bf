#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a power cut can leave on a disk: powercut.py LOG DISK CUTS SEED

LOG is what dm-log-writes (drivers/md/dm-log-writes.c) has recorded, DISK what was on the disk before; it is changed. At CUTS
moments DISK.cut is made as it may be then: everything up to the last flush, what was written through the cache (FUA) since, and
of all else that was written until the next flush any part, each write whole: a cache writes back when and in the order it likes.

For each there is on stdout "cut" and what it is; "past MARK" for the marks passed by the last flush, "during MARK" for those
between it and the next, in order; "look". A line on stdin asks for the next.
"""
import os
import random
import struct
import subprocess
import sys

SUPER = struct.Struct("<QQQI")		# magic, version, entries, sector size
ENTRY = struct.Struct("<QQQQ")		# sector, sectors, flags, length of a mark
MAGIC, VERSION = 0x6a736677736872, 1
FLUSH, FUA, DISCARD, MARK = 1, 2, 4, 8


class Group:
    """From one flush to the next."""

    def __init__(self):
        self.writes = []	# (is it FUA, where on the disk, where in the log, length), in the order of their ends
        self.marks = []


def read_groups(log):
    magic, version, entries, sector_size = SUPER.unpack(log.read(SUPER.size))
    if (magic, version) != (MAGIC, VERSION):
        sys.exit("not a log of writes")
    groups = [Group()]
    at = sector_size
    for _ in range(entries):
        log.seek(at)
        head = log.read(sector_size)
        sector, sectors, flags, length = ENTRY.unpack_from(head)
        at += sector_size
        if flags & MARK:
            groups[-1].marks.append(head[ENTRY.size:ENTRY.size + length].decode())
            continue
        if flags & DISCARD:	# what is there then is anybody's guess
            sys.exit("a discard in the log: mount without")
        if flags & FLUSH:
            groups.append(Group())
        if sectors:
            groups[-1].writes.append((flags & FUA, sector * sector_size, at, sectors * sector_size))
        at += sectors * sector_size
    return groups


def apply(log, path, writes):
    with open(path, "r+b") as disk:
        for _, offset, at, length in writes:
            log.seek(at)
            disk.seek(offset)
            disk.write(log.read(length))


def survivors(writes, rng):
    """All FUA, and of the others none, some or all."""
    share = rng.choice([0, rng.random(), 1])
    return [write for write in writes if write[0] or rng.random() < share]


def tell(number, total, left, groups):
    group = groups[number]
    print(f"cut after flush {number} of {total}, with {len(left)} of the {len(group.writes)} writes that came before the next")
    for earlier in groups[:number]:
        for mark in earlier.marks:
            print("past", mark)
    for mark in group.marks:
        print("during", mark)
    print("look", flush=True)


def main(path, disk, cuts, seed):
    rng = random.Random(int(seed))
    with open(path, "rb") as log:
        groups = read_groups(log)
        chosen = set(rng.sample(range(len(groups)), min(int(cuts), len(groups))))
        for number, group in enumerate(groups):
            if number in chosen:
                left = survivors(group.writes, rng)
                subprocess.run(["cp", "--sparse=always", disk, disk + ".cut"], check=True)
                apply(log, disk + ".cut", left)
                tell(number, len(groups) - 1, left, groups)
                if not sys.stdin.readline():
                    return
                os.unlink(disk + ".cut")
            apply(log, disk, group.writes)


if __name__ == "__main__":
    main(*sys.argv[1:])
