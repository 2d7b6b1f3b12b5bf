#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""mtree.py DIR: one line for each file below DIR, with everything a container could notice about it; directories' sizes aside."""
import hashlib, os, stat, sys

KINDS = {stat.S_IFREG: "file", stat.S_IFDIR: "dir", stat.S_IFLNK: "link", stat.S_IFCHR: "char", stat.S_IFBLK: "block",
         stat.S_IFIFO: "fifo", stat.S_IFSOCK: "socket"}
root = os.fsencode(sys.argv[1])
first_names = {}


def describe(path):
    st = os.lstat(path)
    name = os.path.relpath(path, root)
    fields = [KINDS[stat.S_IFMT(st.st_mode)], oct(st.st_mode & 0o7777), f"{st.st_uid}:{st.st_gid}", str(int(st.st_mtime))]
    if stat.S_ISREG(st.st_mode):
        with open(path, "rb") as f:
            fields += [str(st.st_size), hashlib.sha256(f.read()).hexdigest()]
    if stat.S_ISLNK(st.st_mode):
        fields.append("-> " + repr(os.readlink(path)))
    if stat.S_ISCHR(st.st_mode) or stat.S_ISBLK(st.st_mode):
        fields.append(f"{os.major(st.st_rdev)},{os.minor(st.st_rdev)}")
    if not stat.S_ISDIR(st.st_mode) and st.st_nlink > 1:
        fields.append("same as " + repr(first_names.setdefault((st.st_dev, st.st_ino), name)))
    for key in sorted(os.listxattr(path, follow_symlinks=False)):
        if key.startswith("user.") or key == "security.capability":
            fields.append(f"{key}={os.getxattr(path, key, follow_symlinks=False).hex()}")
    print(repr(name), *fields)


def walk(path):
    describe(path)
    for name in sorted(os.listdir(path)):
        child = os.path.join(path, name)
        if stat.S_ISDIR(os.lstat(child).st_mode):
            walk(child)
        else:
            describe(child)


walk(root)
