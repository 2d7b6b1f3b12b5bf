#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""nat.py [TEST…]: what guests can do through the engine, and cannot; world.py draws the world. KTAP."""
import os
import re
import subprocess
import sys
import time
import traceback

import allowed
import denied
import paths
import world
from world import sh

SPLAT = re.compile(r"WARNING|BUG|Oops|Call Trace|general protection|suspicious RCU|lockdep|KASAN|refcount_t|"
                   r"blocked for more|leaked|unregister_netdevice")


def log():
    return sh("dmesg")


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def kernel_log_is_clean():
    bad = [line for line in log().splitlines() if SPLAT.search(line) and "soft lockup" not in line and "checking is enabled" not in line]
    check(not bad, "\n".join(bad[:20]))


def events_add_up():
    """Flows that were told as new are there, or were told as destroyed."""
    world.command("flush 0")
    check(world.within(5, lambda: world.state()["flows"] == [["0"]]), f"flows left: {world.flows()[:3]}")
    told = [0, 0, 0]

    def equal():
        told[:] = map(int, world.state()["events"][0])
        return told[0] and told[0] == told[2]

    check(world.within(5, equal), f"{told[0]} new, {told[2]} destroyed")


def finding_costs_the_same_among_many():
    """The figures are bench-net's; here only that 50 000 flows are no list to walk."""
    with open("/proc/hypha_nat/lookups", encoding="ascii") as file:
        lines = [list(map(int, line.split())) for line in file]
    for nr, add, find in lines:
        print(f"# {nr} flows: {add} ns to add one, {find} ns to find one")
    check(all(find for _, _, find in lines) and lines[-1][2] < 4 * lines[0][2], "it grows")


def unloading_leaves_nothing():
    world.command("forward 1 tcp 0 :: 9990 1 1")
    with world.Service("far"):
        s = world.connect("a", world.FAR[0], world.SERVICE)
        world.detach("b")
        world.sh("rmmod hypha_nat")
        s.close()
    left = sh("ip link show hypha0 2>/dev/null; ip route show table all | grep hypha; ip -6 route show table all | grep hypha; "
              "ls /proc/hypha_nat 2>/dev/null", check=False)
    check(not left.strip(), left)


def module_loads_again():
    sh("insmod /share/hypha_nat.ko && rmmod hypha_nat")


LAST = [events_add_up, finding_costs_the_same_among_many, unloading_leaves_nothing, module_loads_again, kernel_log_is_clean]


def build():
    for module in ("veth", "nf_defrag_ipv4", "nf_defrag_ipv6"):
        sh(f"modprobe {module}", check=False)
    world.build_outside()
    sh("insmod /share/hypha_nat.ko")
    for name in world.GUEST:
        world.attach(name)


def engine():
    """What the engine says of itself after a failure: drops, some flows."""
    try:
        return [f"drop {' '.join(words)}" for words in world.state().get("drop", [])] + [" ".join(f) for f in world.flows()[:8]]
    except OSError:
        return []


def main(names):
    tests = [test for module in (allowed, paths, denied) for test in module.TESTS]
    tests = [test for test in tests if not names or test.__name__ in names] + LAST
    print(f"KTAP version 1\n1..{len(tests)}", flush=True)
    build()
    failed = 0
    for nr, test in enumerate(tests, 1):
        start = time.monotonic()
        try:
            test()
            result = "ok"
        except Exception as e:    # whatever a test dies of is its failure
            result = "not ok"
            failed += 1
            for line in traceback.format_exc().splitlines()[-8:] + str(e).splitlines():
                print(f"# {line}")
            for line in engine():
                print(f"# engine: {line}")
        print(f"# {time.monotonic() - start:.1f} s")
        print(f"{result} {nr} {test.__name__}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        status = main(sys.argv[1:])
    except (RuntimeError, OSError, subprocess.SubprocessError) as e:
        print(f"Bail out! {e}")
        print("\n".join("# " + line for line in log().splitlines()[-20:]))
        status = 1
    sys.stdout.flush()
    os._exit(status)    # servers may still wait
