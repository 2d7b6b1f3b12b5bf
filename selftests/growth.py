#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What Xen and dom0 hold, and whether that grows: growth.py sample FILE CYCLES | judge FILE

sample appends to FILE what is held after so many CYCLES, judge compares: some things must be the same each time, of others each
cycle may add so much, by the medians of the first and the last samples: a single one may meet a cache that breathes.
"""
import collections
import ctypes
import glob
import json
import os
import re
import statistics
import subprocess
import sys
import time

SAME = ("domains", "channels", "ports", "netdevs", "grants", "flows")
# What one cycle may add, and what all together may: caches breathe, counters are of each processor. Memory is in KiB.
BOUNDS = {"xen": (2, 32), "kernel": (2, 128), "files": (0.1, 64), "tasks": (0.1, 4), "maptrack": (0.01, 1)}
if "-hypha-debug-" in os.uname().release:
    BOUNDS["kernel"] = (16, 1024)	# it remembers each new call trace for good
LSEVTCHN = "/usr/lib/xen-4.17/bin/lsevtchn"
PLAIN_MODULE = "xen-gntalloc"	# nobody's here, and every kernel of the lab has it
NOT_OURS = ("debug_objects_cache",)	# it keeps its free objects itself, as many as there were at most
OBJECTS = 0.5	# of each slab cache, or a slab for each processor, or a hundredth of the cache


def read(path):
    with open(path, encoding="ascii") as file:
        return file.read()


class Xen:
    """libxenctrl, which needs no xenstored."""

    def __init__(self):
        self.lib = ctypes.CDLL(glob.glob("/usr/lib/*/libxenctrl.so.4*")[0])
        self.lib.xc_interface_open.restype = ctypes.c_void_p
        self.handle = ctypes.c_void_p(self.lib.xc_interface_open(None, None, 0))

    def domains(self):
        return self.lib.xc_domain_getinfolist(self.handle, 0, 512, ctypes.create_string_buffer(512 * 512))

    def console(self):
        """All that Xen's console ring has, which is empty then."""
        text, length = ctypes.create_string_buffer(1 << 20), ctypes.c_uint(1 << 20)
        self.lib.xc_readconsolering(self.handle, text, ctypes.byref(length), 1, 0, None)
        return text.raw[:length.value].decode(errors="replace")

    def grants(self):
        """(active grants of all domains, maptrack frames of dom0)"""
        self.console()
        self.lib.xc_send_debug_keys(self.handle, b"g")
        time.sleep(0.1)
        said = self.console()
        frames = re.search(r"grant-table for remote d0 .*?(\d+) maptrack frames", said, re.S)
        return len(re.findall(r"^\(XEN\) \[0x", said, re.M)), int(frames.group(1)) if frames else 0


def write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def settle():
    """What only caches goes, and all processors' counters are summed up.

    Addresses of vmalloc() that were given back are kept, 64 bytes each, until there are 32 MiB of such or more, or a module ends:
    any will do.
    """
    os.sync()
    for words in ([PLAIN_MODULE], ["-r", PLAIN_MODULE]):
        subprocess.run(["modprobe", *words], check=True)
    write("/proc/sys/vm/drop_caches", "3")
    write("/proc/sys/vm/stat_refresh", "1")


def kernel_memory():
    """What is neither free, nor a program's, a file's or a slab's, in KiB: stacks, page tables, single pages."""
    info = {key: int(value) for key, value in re.findall(r"(\w+): +(\d+)", read("/proc/meminfo"))}
    waiting = 4 * sum(int(count) for count in re.findall(r"^ +count: (\d+)", read("/proc/zoneinfo"), re.M))
    return info["MemTotal"] - waiting - sum(info[key] for key in ("MemFree", "AnonPages", "Cached", "Buffers", "Slab"))


def slabs():
    """Objects in use, and what may come to them in all; a processor's current slab counts as full: it is taken away just before."""
    found = {}
    for cache in glob.glob("/sys/kernel/slab/*"):
        if not os.path.islink(cache) and os.path.basename(cache) not in NOT_OURS:
            write(f"{cache}/shrink", "1")
            held = int(read(f"{cache}/objects").split()[0])
            found[os.path.basename(cache)] = held, max(int(read(f"{cache}/objs_per_slab")) * os.cpu_count(), held // 100)
    return found


def run(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def sample(path, cycles):
    xen = Xen()
    grants, maptrack = xen.grants()
    flows = len(json.loads(run("hyphactl", "net", "-j", "flow")))
    free = json.loads(run("hyphactl", "info", "-o", "json"))["memory"]["free"] >> 10
    settle()
    held = {
        "cycles": int(cycles), "kernel": kernel_memory(), "files": int(read("/proc/sys/fs/file-nr").split()[0]),
        "tasks": int(read("/proc/loadavg").split()[3].split("/")[1]), "xen": -free, "domains": xen.domains(),
        "grants": grants, "maptrack": maptrack, "flows": flows, "ports": len(run(LSEVTCHN, "0").splitlines()),
        "channels": read("/proc/interrupts").count("xen-dyn"),
        "netdevs": len(os.listdir("/sys/class/net")), "slabs": slabs(),
    }
    with open(path, "a", encoding="ascii") as file:
        print(json.dumps(held), file=file)


def thirds(samples, of):
    """(how many cycles, how much more) from the median of the first third to that of the last."""
    third = max(len(samples) // 3, 1)
    ends = samples[:third], samples[-third:]
    cycles, held = ([statistics.median(map(what, end)) for end in ends] for what in (lambda s: s["cycles"], of))
    return max(cycles[1] - cycles[0], 1), held[1] - held[0]


def judge(path):
    with open(path, encoding="ascii") as file:
        samples = [json.loads(line) for line in file]
    bad = []
    for key in SAME:
        seen = collections.Counter(s[key] for s in samples)
        print(f"# {key}: {', '.join(map(str, sorted(seen)))}")
        if len(seen) > 1:
            bad.append(f"{key}: {' '.join(str(s[key]) for s in samples)}")
    growths = [(key, *bound, lambda s, key=key: s[key]) for key, bound in BOUNDS.items()]
    growths += [(f"slab {name}", OBJECTS, together, lambda s, name=name: s["slabs"].get(name, (0, 0))[0])
                for name, (_, together) in samples[-1]["slabs"].items()]
    told = []
    for name, each, together, of in growths:
        cycles, grown = thirds(samples, of)
        line = f"{name}: {grown / cycles:+.2f} per cycle: {' '.join(str(of(s)) for s in samples)}"
        told.append((grown / cycles / each, line))
        if grown > max(each * cycles, together):
            bad.append(line)
    for _, line in sorted(told, reverse=True)[:8]:
        print("#", line)
    print("\n".join(bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit({"sample": sample, "judge": judge}[sys.argv[1]](*sys.argv[2:]))
