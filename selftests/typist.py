#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""typist.py SECONDS STEP… -- COMMAND…: runs COMMAND on a terminal of its own and uses it like a person.

STEP is "see TEXT", which waits until the terminal shows TEXT after what was seen last, or "type TEXT" with Python's
escapes. Prints all that was shown; exits as COMMAND did, or with 99 if a TEXT was not seen in time.
"""
import os
import pty
import select
import sys
import time


class Terminal:
    def __init__(self, command, seconds):
        self.end = time.monotonic() + seconds
        self.shown, self.seen = b"", 0
        self.pid, self.fd = pty.fork()
        if not self.pid:
            os.execvp(command[0], command)

    def more(self):
        """Reads what comes; False at the end or when the time is up."""
        left = self.end - time.monotonic()
        if left <= 0 or not select.select([self.fd], [], [], left)[0]:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:     # EIO: everybody has closed the other side
            return False
        self.shown += data
        return bool(data)

    def see(self, text):
        while True:
            at = self.shown.find(text, self.seen)
            if at >= 0:
                self.seen = at + len(text)
                return True
            if not self.more():
                return False

    def type(self, text):
        os.write(self.fd, text)


def main():
    split = sys.argv.index("--")
    steps, terminal = sys.argv[2:split], Terminal(sys.argv[split + 1:], float(sys.argv[1]))
    missed = None
    for step in steps:
        verb, text = step.split(" ", 1)
        text = text.encode().decode("unicode_escape").encode("latin-1")
        if verb == "type":
            terminal.type(text)
        elif not terminal.see(text):
            missed = step
            break
    while missed is None and terminal.more():
        pass
    sys.stdout.buffer.write(terminal.shown)
    sys.stdout.flush()
    if missed is not None or time.monotonic() >= terminal.end:
        print(f"\nnever happened: {missed or 'the end'}", file=sys.stderr)
        os.close(terminal.fd)
        sys.exit(99)
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(terminal.pid, 0)[1]) & 255)


main()
