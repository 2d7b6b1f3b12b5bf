#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the hostile callers know of the module, as C: structures and ioctls from uapi/hypha.h with the errors its kernel-doc
names, commands and attributes from docs/netlink/hypha.yaml, which netlink_spec.py holds to the code. Numbers are the compiler's.
"""
import os
import sys

import yaml

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))
import uapi  # noqa: E402

SPEC = os.path.join(HERE, "../../docs/netlink/hypha.yaml")
NETLINK_HEADER = os.path.join(HERE, "../../uapi/hypha_netlink.h")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def c_name(prefix, name):
    return (prefix + name).upper().replace("-", "_")


def joined(names, empty="0"):
    return " | ".join(names) or empty


# --- ioctls ---

def field(struct, f, more):
    allowed = "~0ULL"
    if f.name == "pad":
        allowed = "0"
    elif f.flags:
        allowed = joined(header.flags(f.flags, more))
    where = f"offsetof(struct {struct.name}, {f.name}), sizeof(((struct {struct.name} *)0)->{f.name})"
    return f'\t{{ "{f.name}", {where}, {f.size}, {int(f.out)}, {allowed} }},'


def record(struct, more):
    fields = "\n".join(field(struct, f, more) for f in struct.fields)
    return (f"static const struct field {struct.name}_fields[] = {{\n{fields}\n}};\n"
            f"const struct record {struct.name}_record = {{ \"{struct.name}\", sizeof(struct {struct.name}), "
            f"{struct.name}_fields, {len(struct.fields)} }};\n")


def verb(name, struct):
    return (f'\t{{ "{name}", HYPHA_{name}, &{struct}_record, '
            f"(const int[]){{ {', '.join(sorted(set(header.structs[struct].errors + header.common_errors)))}, 0 }} }},")


# --- netlink ---

TYPES = {"pad": 0, "flag": 0, "u8": 1, "u16": 2, "u32": 4, "u64": 8}


def lengths(a):
    """Shortest and longest payload."""
    checks = a.get("checks", {})
    if a["type"] in TYPES:
        return TYPES[a["type"]], TYPES[a["type"]]
    if a["type"] == "string":
        return 1, "HYPHA_NAME_MAX"
    if "exact-len" in checks:
        return checks["exact-len"], checks["exact-len"]
    return 0, checks.get("max-len", "HYPHA_LABELS_MAX")


def attribute(aset, a, definitions):
    low, high = lengths(a)
    d = definitions.get(a.get("enum"))
    allowed = joined(c_name(d["name-prefix"], e["name"]) for e in d["entries"]) if d and d["type"] == "flags" else "~0ULL"
    nested = f"&{a['nested-attributes']}_set" if "nested-attributes" in a else "NULL"
    name = c_name(aset["name-prefix"], a["name"])
    return f'\t[{name}] = {{ "{a["name"]}", AS_{a["type"].upper()}, {low}, {high}, {allowed}, {nested} }},'


def attribute_set(aset, definitions):
    lines = "\n".join(attribute(aset, a, definitions) for a in aset["attributes"])
    name = aset["name"]
    return (f"static const struct attribute {name}_attributes[] = {{\n{lines}\n}};\n"
            f"const struct attribute_set {name}_set = {{ \"{name}\", {name}_attributes, COUNT({name}_attributes) }};\n")


def mask(prefix, attributes):
    return joined(f"1ULL << {c_name(prefix, a)}" for a in attributes)


def command(op, spec, prefixes):
    prefix = prefixes[op["attribute-set"]]
    takes, tells = {}, {}
    for way in ("do", "dump", "event"):
        body = op.get(way) or {}
        takes[way] = body.get("request", {}).get("attributes", [])
        tells[way] = body.get("attributes", []) if way == "event" else body.get("reply", {}).get("attributes", [])
    ways = joined(f"BY_{way.upper()}" for way in takes if way in op)
    words = [f'"{op["name"]}"', c_name(spec["operations"]["name-prefix"], op["name"]), f"&{op['attribute-set']}_set", ways,
             mask(prefix, sorted(set(takes["do"] + takes["dump"]))),
             mask(prefix, sorted(set(sum(tells.values(), []))))]
    return "\t{ " + ", ".join(words) + " },"


def by_need(sets):
    """Nested ones first."""
    done = []
    while len(done) < len(sets):
        done += [s for s in sets if s not in done and
                 all(a.get("nested-attributes") in [None] + [d["name"] for d in done] for a in s["attributes"])]
    return done


header = uapi.Uapi()


def main():
    spec, netlink = yaml.safe_load(read(SPEC)), read(NETLINK_HEADER)
    definitions = {d["name"]: d for d in spec["definitions"]}
    prefixes = {s["name"]: s["name-prefix"] for s in spec["attribute-sets"]}
    print('/* SPDX-License-Identifier: GPL-2.0-or-later */\n/* Made by tables.py. */\n#include "callers.h"\n')
    for struct in header.structs.values():
        print(record(struct, netlink))
    print("const struct verb verbs[] = {")
    for name, (_, _, struct) in sorted(header.ioctls.items(), key=lambda item: item[1][0]):
        print(verb(name, struct))
    print("};\nconst unsigned int nr_verbs = COUNT(verbs);\n")
    for aset in by_need(spec["attribute-sets"]):
        print(attribute_set(aset, definitions))
    print("const struct command commands[] = {")
    for op in spec["operations"]["list"]:
        print(command(op, spec, prefixes))
    print("};\nconst unsigned int nr_commands = COUNT(commands);\n")
    words = uapi.errors(netlink)
    print(f"const int netlink_errors[] = {{ {', '.join(words)}, 0 }};" if words else "#error no documented errors of commands")


main()
