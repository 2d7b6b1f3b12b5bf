#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a power cut can leave on a disk: powercut.py LOG DISK CUTS SEED

LOG is what dm-log-writes (drivers/md/dm-log-writes.c) has recorded, DISK what was on the disk before; it is changed. At CUTS
moments DISK.cut is made as it may be then. Everything up to the last flush is there, and

- just before the next flush, of what was written since any part, each write whole (a cache writes back when and in the order it
  likes), but all that was written through the cache (FUA);
- just after a mark, what was written through the cache until then and nothing else. The log has other writes with the flush that
  follows, so which of them came before the mark it does not tell; but a cache may have kept any of them.

For each there is on stdout "cut" and what it is; "past MARK" for the marks passed then, "during MARK" for those since the last
flush that may or may not be, in order; "look". A line on stdin asks for the next.
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
        self.marks = []		# (text, how many writes were logged before)


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
            groups[-1].marks.append((head[ENTRY.size:ENTRY.size + length].decode(), len(groups[-1].writes)))
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


def before_flush(group, rng):
    """What is left then of the group's writes, the marks passed, the marks that are uncertain: all FUA, of the others none, some, all."""
    share = rng.choice([0, rng.random(), 1])
    left = [write for write in group.writes if write[0] or rng.random() < share]
    return left, [], [text for text, _ in group.marks], f"{len(left)} of the {len(group.writes)} writes that came before the next"


def after_mark(group, nr):
    marks = group.marks[:nr + 1]
    return ([write for write in group.writes[:marks[-1][1]] if write[0]], [text for text, _ in marks], [],
            f"no write that was still in the cache at {marks[-1][0]}")


def tell(number, total, passed, during, what):
    print(f"cut after flush {number} of {total}, with {what}")
    for mark in passed:
        print("past", mark)
    for mark in during:
        print("during", mark)
    print("look", flush=True)


def main(path, disk, cuts, seed):
    rng = random.Random(int(seed))
    with open(path, "rb") as log:
        groups = read_groups(log)
        moments = [(number, nr) for number, group in enumerate(groups) for nr in range(-1, len(group.marks))]
        chosen = sorted(rng.sample(moments, min(int(cuts), len(moments))))
        passed = []
        for number, group in enumerate(groups):
            for _, nr in [moment for moment in chosen if moment[0] == number]:
                left, marks, during, what = before_flush(group, rng) if nr < 0 else after_mark(group, nr)
                subprocess.run(["cp", "--sparse=always", disk, disk + ".cut"], check=True)
                apply(log, disk + ".cut", left)
                tell(number, len(groups) - 1, passed + marks, during, what)
                if not sys.stdin.readline():
                    return
                os.unlink(disk + ".cut")
            apply(log, disk, group.writes)
            passed += [text for text, _ in group.marks]


if __name__ == "__main__":
    main(*sys.argv[1:])
