#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Holds the descriptions dev_hypha.txt and genl_hypha.txt to uapi/hypha.h and docs/netlink/hypha.yaml: every ioctl, field with its
size and direction, flag, command and attribute with its type. Says each difference.
"""
import os
import re
import sys

import yaml

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))
import uapi  # noqa: E402

TOP = os.path.join(HERE, "../..")
INTS = {"int8": 1, "int16": 2, "int32": 4, "int64": 8}
ATTRIBUTES = {"u8": 1, "u16": 2, "u32": 4, "u64": 8}
failed = False


def say(text):
    global failed
    failed = True
    print(text)


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


def split(text):
    """Arguments at the outermost commas."""
    out, depth = [""], 0
    for char in text:
        depth += (char == "[") - (char == "]")
        if char == "," and not depth:
            out.append("")
        else:
            out[-1] += char
    return [part.strip() for part in out]


def parts(kind):
    """Name and arguments of a type."""
    m = re.fullmatch(r"(\w+)(?:\[(.*)\])?", kind, re.S)
    return m.group(1), split(m.group(2)) if m.group(2) else []


class Descriptions:
    def __init__(self, *files):
        text = "\n".join(re.sub(r"^#.*", "", read(HERE, f), flags=re.M) for f in files)
        self.resources = dict(re.findall(r"^resource (\w+)\[(\w+)\]", text, re.M))
        self.flags = {name: split(values) for name, values in re.findall(r"^(\w+) = (.*)$", text, re.M)}
        self.structs = {name: self.fields(body) for name, body in re.findall(r"^(\w+) \{\n(.*?)^\}", text, re.M | re.S)}
        self.unions = {name: self.fields(body) for name, body in re.findall(r"^(\w+) \[\n(.*?)^\]", text, re.M | re.S)}
        self.calls = {name: args for name, args in re.findall(r"^(\w+\$\w+)\((.*)\)", text, re.M)}

    @staticmethod
    def fields(body):
        """[(name, type, its attributes)]"""
        lines = re.findall(r"^\t(\w+)\s+([^\s(].*?)(?:\s+\((.*)\))?$", body, re.M)
        return [(name, kind.strip(), more) for name, kind, more in lines]

    def size(self, kind):
        """Bytes, None if it varies; a number or the name of a constant times bytes for an array."""
        name, args = parts(kind)
        if name in INTS:
            return INTS[name]
        if name in ("flags", "len", "bytesize", "const") and len(args) > 1:
            return self.size(args[1])
        if name == "ptr64":
            return 8
        if name in self.resources or name == "fd":
            return self.size(self.resources.get(name, "int32"))
        if name == "array" and len(args) == 2 and self.size(args[0]):
            return f"{self.size(args[0])}*{args[1]}"
        if name == "string" and len(args) == 2:
            return f"1*{args[1]}"
        return None


def wanted_size(field):
    """As Descriptions.size() says it, from the last dimension on."""
    size = field.size
    for dim in reversed(field.dims):
        size = f"{size}*{dim}"
    return size


def check_struct(ours, struct):
    fields = ours.structs.get(struct.name)
    if fields is None:
        say(f"struct {struct.name} is not described")
        return
    if [f.name for f in struct.fields] != [name for name, _, _ in fields]:
        say(f"struct {struct.name}: fields {[name for name, _, _ in fields]}, in the header {[f.name for f in struct.fields]}")
        return
    for f, (name, kind, more) in zip(struct.fields, fields):
        if ours.size(kind) != wanted_size(f):
            say(f"{struct.name}.{name}: {kind} has {ours.size(kind)} bytes, in the header {wanted_size(f)}")
        if (more == "out") != f.out:
            say(f"{struct.name}.{name}: {'out' if f.out else 'in'} in the header")


def check_flags(ours, header, netlink):
    for struct in header.structs.values():
        for f, (name, kind, _) in zip(struct.fields, ours.structs.get(struct.name, [])):
            enum = re.match(r"enum (\w+)", f.doc)
            if f.flags:
                want = header.flags(f.flags, netlink)
            elif enum:
                want = header.enum(enum.group(1))
            else:
                continue
            if ours.flags.get(parts(kind)[1][0]) != want:
                say(f"{struct.name}.{name}: {kind} is {ours.flags.get(parts(kind)[1][0])}, in the header {want}")


def check_ioctls(ours, header):
    for name, (_, direction, struct) in header.ioctls.items():
        want = f"fd fd_hypha, cmd const[HYPHA_{name}], arg ptr[{'inout' if direction == 'WR' else 'in'}, {struct}]"
        if ours.calls.get(f"ioctl$HYPHA_{name}") != want:
            say(f"ioctl$HYPHA_{name}({ours.calls.get(f'ioctl$HYPHA_{name}')}), should be ({want})")
    for name in ours.calls:
        if name.startswith("ioctl$HYPHA_") and name[12:] not in header.ioctls:
            say(f"{name}: no such ioctl")


def c_name(prefix, name):
    return (prefix + name).upper().replace("-", "_")


class Spec:
    def __init__(self):
        self.yaml = yaml.safe_load(read(TOP, "docs/netlink/hypha.yaml"))
        self.sets = {s["name"]: s for s in self.yaml["attribute-sets"]}

    def attributes(self, aset):
        prefix = self.sets[aset]["name-prefix"]
        return {c_name(prefix, a["name"]): a for a in self.sets[aset]["attributes"] if a["type"] != "pad"}

    def commands(self):
        """{command: (set, attributes it takes)}"""
        prefix = self.yaml["operations"]["name-prefix"]
        for op in self.yaml["operations"]["list"]:
            taken = sum(((op.get(way) or {}).get("request", {}).get("attributes", []) for way in ("do", "dump")), [])
            if "event" not in op:
                names = {c_name(self.sets[op["attribute-set"]]["name-prefix"], a) for a in taken}
                yield c_name(prefix, op["name"]), op["attribute-set"], names


def check_attribute(ours, spec, what, name, kind, a):
    outer, args = parts(kind)
    if args[0] != name or outer != ("nlnest" if a["type"] == "nest" else "nlattr"):
        say(f"{what}: {name} is {kind}")
        return
    size = ATTRIBUTES.get(a["type"])
    if size and ours.size(args[1]) != size:
        say(f"{what}: {name} has {ours.size(args[1])} bytes, {a['type']} in the spec")
    exact = a.get("checks", {}).get("exact-len")
    if exact and ours.size(args[1]) not in (f"1*{exact}", "1*HYPHA_UUID_SIZE"):
        say(f"{what}: {name} has {ours.size(args[1])} bytes, {exact} in the spec")
    if (a["type"] == "string") != (parts(args[1])[0] == "string"):
        say(f"{what}: {name} is {args[1]}, {a['type']} in the spec")
    if a["type"] == "nest":
        check_union(ours, spec, parts(args[1])[1][0], a["nested-attributes"], set(spec.attributes(a["nested-attributes"])))


def check_union(ours, spec, union, aset, wanted):
    members = {name: kind for name, kind, _ in ours.unions.get(union, [])}
    if set(members) != wanted:
        say(f"{union}: {sorted(set(members) ^ wanted)} only here or only in the spec")
    for name, kind in members.items():
        if name in spec.attributes(aset):
            check_attribute(ours, spec, union, name, kind, spec.attributes(aset)[name])


def check_commands(ours, spec):
    told = set()
    for command, aset, wanted in spec.commands():
        told.add(f"sendmsg${command}")
        m = re.search(r"msghdr_hypha\[(\w+), (\w+)\]", ours.calls.get(f"sendmsg${command}", ""))
        if not m or m.group(1) != command:
            say(f"sendmsg${command} is missing or another command's")
        elif wanted:
            check_union(ours, spec, m.group(2), aset, wanted)
    for name in ours.calls:
        if name.startswith("sendmsg$") and name not in told:
            say(f"{name}: no such command")


def main():
    header, ours, spec = uapi.Uapi(), Descriptions("dev_hypha.txt", "genl_hypha.txt"), Spec()
    for struct in header.structs.values():
        check_struct(ours, struct)
    for name in ours.structs:
        if name not in header.structs:
            say(f"struct {name} is not in the header")
    check_flags(ours, header, read(TOP, "uapi/hypha_netlink.h"))
    check_ioctls(ours, header)
    check_commands(ours, spec)
    return failed


sys.exit(main())
