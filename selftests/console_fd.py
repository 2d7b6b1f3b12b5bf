#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The console's file descriptors, used without hyphactl: console_fd.py CHECK KERNEL-ID [ARGUMENT]. Exit 0 if it holds.

CHECK is one of the functions below; their first lines say what they believe.
"""
import ctypes
import errno
import fcntl
import mmap
import os
import select
import struct
import sys
import tempfile
import threading
import time

READ, WRITE, NONBLOCK, FROM_END = 1, 2, 4, 8
IOCTL = (3 << 30) | (16 << 16) | (0xB9 << 8) | 5
MAP_32BIT = 0x40  # ioctl() takes an int


def console(guest, flags):
    with open("/dev/hypha", "rb", buffering=0) as dev:
        answer = fcntl.ioctl(dev, IOCTL, struct.pack("=IIIi", 16, guest, flags, -1))
    return struct.unpack("=IIIi", answer)[3]


def fails(want, call, *args):
    try:
        call(*args)
    except OSError as err:
        assert err.errno == want, f"{errno.errorcode[err.errno]}, not {errno.errorcode[want]}"
        return
    raise AssertionError(f"no {errno.errorcode[want]}")


def flags(guest, _):
    """Only known flags, at least one direction; each direction only if asked for."""
    for bad in 0, NONBLOCK, FROM_END, 16 | READ, 1 << 31 | READ:
        fails(errno.EINVAL, console, guest, bad)
    fails(errno.ENOENT, console, 0xfffffff0, READ)
    fd = console(guest, READ)
    assert fcntl.fcntl(fd, fcntl.F_GETFD) & fcntl.FD_CLOEXEC
    fails(errno.EBADF, os.write, fd, b"x")
    os.close(fd)
    fd = console(guest, WRITE)
    fails(errno.EBADF, os.read, fd, 1)
    fails(errno.ESPIPE, os.lseek, fd, 0, os.SEEK_SET)


def unwritable(guest, _):
    """An answer that cannot be written leaves no descriptor behind."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
    with tempfile.TemporaryFile() as file, open("/dev/hypha", "rb", buffering=0) as dev:
        file.write(struct.pack("=IIIi", 16, guest, READ, -1))
        file.flush()
        address = libc.mmap(None, 4096, mmap.PROT_READ, mmap.MAP_PRIVATE | MAP_32BIT, file.fileno(), 0)
        before = os.listdir("/proc/self/fd")
        fails(errno.EFAULT, fcntl.ioctl, dev, IOCTL, address)
        fails(errno.EINVAL, fcntl.ioctl, dev, IOCTL, struct.pack("=III", 12, guest, READ))	# it ends before the answer
        assert os.listdir("/proc/self/fd") == before


def quiet(guest, _):
    """A reader who has read all gets EAGAIN, is not woken by poll, and FROM_END starts there."""
    fd = console(guest, READ | NONBLOCK)
    while True:
        try:
            assert os.read(fd, 65536)
        except BlockingIOError:
            break
    end = console(guest, READ | NONBLOCK | FROM_END)
    for quiet_fd in fd, end:
        assert not select.select([quiet_fd], [], [], 0.2)[0]
        fails(errno.EAGAIN, os.read, quiet_fd, 1)


def full(guest, _):
    """The guest reads nothing: writing stops with EAGAIN, poll agrees, and a blocked writer can be interrupted."""
    fd = console(guest, WRITE | NONBLOCK)
    assert select.select([], [fd], [], 1)[1]
    total, deadline = 0, time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            total += os.write(fd, b"x" * 4096)
        except BlockingIOError:
            if not select.select([], [fd], [], 1)[1]:
                break
    else:
        raise AssertionError(f"still writable after {total} bytes")
    assert total >= 1024, total
    child = os.fork()
    if not child:
        os.write(console(guest, WRITE), b"y")
        os._exit(0)
    time.sleep(0.3)
    assert os.waitpid(child, os.WNOHANG) == (0, 0), "did not block"
    os.kill(child, 15)
    assert os.waitpid(child, 0)[1] == 15


def after_exit(guest, text):
    """The log stays readable to its end, then read() gives 0; writers get EPIPE; poll says so."""
    fd, writer = console(guest, READ), console(guest, WRITE)
    seen = b""
    while True:
        piece = os.read(fd, 100)
        if not piece:
            break
        seen += piece
    assert text.encode() in seen, seen[-200:]
    assert os.read(fd, 1) == b""
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    assert poll.poll(0)[0][1] & select.POLLHUP
    fails(errno.EPIPE, os.write, writer, b"x")


def ends(guest, _):
    """Readers and writers that wait when the guest goes are all woken: 0 and EPIPE. Destroy it while this runs."""
    done = []

    def read():
        fd = console(guest, READ | FROM_END)
        while os.read(fd, 4096):
            pass
        done.append("read")

    def write():
        fd = console(guest, WRITE)
        try:
            while True:
                os.write(fd, b"z" * 4096)
        except BrokenPipeError:
            done.append("write")

    threads = [threading.Thread(target=call, daemon=True) for call in (read, read, read, write, write)]
    for thread in threads:
        thread.start()
    print("waiting", flush=True)
    for thread in threads:
        thread.join(20)
    assert sorted(done) == ["read"] * 3 + ["write"] * 2, done


def main():
    check, guest = sys.argv[1], int(sys.argv[2])
    {f.__name__: f for f in (flags, unwritable, quiet, full, after_exit, ends)}[check](guest, (sys.argv + [""])[3])


main()
