#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Holds docs/netlink/hypha.yaml, uapi/hypha_netlink.h and the code in kmod/ctl/ to one another, both ways. Says each difference.

Numbers come from the compiler; types from the header's comments, from what the code puts and takes, and from its policies;
what a command takes from its policy, what it tells from the functions that its handler reaches.
"""
import collections
import glob
import os
import re
import subprocess
import sys

import yaml

sys.dont_write_bytecode = True
import genl  # noqa: E402

TOP = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
SPEC, HEADERS = "docs/netlink/hypha.yaml", ("uapi/hypha_netlink.h", "uapi/hypha.h")
# Each set of the spec is one enum of the header.
SETS = {"guest": "hypha_genl_attr", "store": "hypha_genl_store_attr", "disk": "hypha_genl_disk_attr", "net": "hypha_genl_net_attr",
        "queue": "hypha_genl_queue_attr", "drop": "hypha_genl_drop_attr", "tuple": "hypha_genl_tuple_attr",
        "forward": "hypha_genl_forward_attr"}
COMMANDS = "hypha_genl_cmd"
complaints = []


def say(text):
    if text not in complaints:
        complaints.append(text)


def read(path):
    with open(os.path.join(TOP, path), encoding="utf-8") as file:
        return file.read()


def compare(what, spec, other, whose, ours="the spec"):
    """Lists of names in order, or of (name, value)."""
    if spec == other:
        return
    for item in spec:
        if item not in other:
            say(f"{what}: {item} is in {ours}, not in {whose}")
    for item in other:
        if item not in spec:
            say(f"{what}: {item} is in {whose}, not in {ours}")
    if sorted(map(str, spec)) == sorted(map(str, other)):
        say(f"{what}: the order differs from {whose}")


# --- the header ---

class Header:
    def __init__(self):
        text = "\n".join(read(h) for h in HEADERS)
        plain = subprocess.run(["gcc", "-E", "-P", "-I", os.path.join(TOP, "uapi"), "-x", "c", "-"], input=text, text=True,
                               capture_output=True, check=True).stdout
        self.enums = {name: re.findall(r"\b(_*HYPHA_\w+)", body)
                      for name, body in re.findall(r"enum (hypha_\w+) \{(.*?)\}", plain, re.S)}
        self.flags = re.findall(r"^#define (HYPHA_\w+)[ \t]+\(1U << \d+\)", text, re.M)
        self.groups = re.findall(r'^#define HYPHA_GENL_MCGRP_\w+[ \t]+"(\w+)"', text, re.M)
        self.comments = dict(re.findall(r"^\t(HYPHA_\w+),[ \t]*/\* (.*?) \*/", text, re.M))
        self.family = re.search(r'HYPHA_GENL_NAME\s+"(\w+)"', text).group(1)
        self.version = int(re.search(r"HYPHA_GENL_VERSION\s+(\d+)", text).group(1))
        self.values = self.compile(self.flags + [n for names in self.enums.values() for n in names])

    @staticmethod
    def compile(names):
        lines = "".join(f'printf("%u\\n", (unsigned int)({n}));' for n in names)
        includes = "".join(f'#include "{h}"\n' for h in HEADERS)
        program = f"#include <stdio.h>\n{includes}int main(void) {{ {lines} return 0; }}\n"
        out = os.path.join(TOP, "build", "netlink_spec")
        os.makedirs(os.path.dirname(out), exist_ok=True)
        subprocess.run(["gcc", "-I", TOP, "-I", os.path.join(TOP, "uapi"), "-o", out, "-x", "c", "-"], input=program, text=True, check=True)
        said = subprocess.run([out], capture_output=True, text=True, check=True).stdout.split()
        os.unlink(out)
        return dict(zip(names, map(int, said)))

    def members(self, enum):
        """[(name, value)] without the marks at both ends."""
        return [(n, self.values[n]) for n in self.enums.get(enum, [])
                if not n.startswith("__") and not n.endswith(("_UNSPEC", "HYPHA_DROP_COUNT"))]


def c_name(prefix, name):
    return (prefix + name).upper().replace("-", "_")


def numbered(entries, prefix, start, step=lambda value: value):
    """[(C name, value)] of a list of the spec, counted as YNL counts."""
    out, value = [], start
    for entry in entries:
        entry = entry if isinstance(entry, dict) else {"name": entry}
        value = entry.get("value", value)
        out.append((c_name(prefix, entry["name"]), step(value)))
        value += 1
    return out


def check_definitions(spec, header):
    told = set(SETS.values()) | {COMMANDS}
    flags_told = []
    for d in spec["definitions"]:
        if d["type"] == "flags":
            ours = numbered(d["entries"], d["name-prefix"], 0, lambda bit: 1 << bit)
            flags_told += [name for name, _ in ours]
            compare(f"flags {d['name']}", ours, [(n, header.values.get(n)) for n, _ in ours if n in header.values], "the header")
            continue
        enum = next((e for e in header.enums if header.members(e) and e not in told and
                     header.members(e)[0][0] == c_name(d["name-prefix"], d["entries"][0]["name"])), None)
        if not enum:
            say(f"enum {d['name']}: the header has none that begins like it")
            continue
        told.add(enum)
        compare(f"enum {d['name']}", numbered(d["entries"], d["name-prefix"], 0), header.members(enum), "the header")
    in_family = set(re.findall(r"enum (hypha_\w+) \{", read(HEADERS[0])))
    for enum in in_family - told:
        say(f"enum {enum} of the header is not in the spec")
    for flag in re.findall(r"^#define (HYPHA_\w+)[ \t]+\(1U << \d+\)", read(HEADERS[0]), re.M):
        if flag not in flags_told:
            say(f"flag {flag} of the header is not in the spec")
    for texts in re.findall(r'X\((\w+), "([^"]*)"', read(HEADERS[0])):
        if texts[0] != "NAME" and texts[0].lower().replace("_", "-") != texts[1]:
            say(f"drop {texts[0]}: its text is {texts[1]}")


def check_sets(spec, header):
    compare("attribute sets", sorted(s["name"] for s in spec["attribute-sets"]), sorted(SETS), "this test")
    for s in spec["attribute-sets"]:
        members = header.members(SETS[s["name"]])
        compare(f"set {s['name']}", numbered(s["attributes"], s["name-prefix"], 1), members, "the header")
        for a in s["attributes"]:
            name = c_name(s["name-prefix"], a["name"])
            said = re.match(r"(u8|u16|u32|u64|string|binary|flag|nested)\b", header.comments.get(name, ""))
            said = said and said.group(1).replace("nested", "nest")
            if said and said != a["type"]:
                say(f"{name}: {a['type']} in the spec, {said} in the header's comment")
            if a.get("nested-attributes", "guest") not in SETS:
                say(f"{name}: no such set {a['nested-attributes']}")
            if "enum" in a and a["enum"] not in [d["name"] for d in spec["definitions"]]:
                say(f"{name}: no such enum {a['enum']}")


# --- the code ---

PUTS = [(r"\bnla_put_(u8|u16|u32|string|flag)\(skb, (HYPHA_\w+)", None),
        (r"\b(nla_put_u64_64bit|nla_reserve_64bit|(?:\w+_)?put_u64|put_disk_u64)\(skb, (HYPHA_\w+)", "u64"),
        (r"\b(nla_put|nla_put_in6?_addr|hypha_netlink_put_addr)\(skb, (HYPHA_\w+)", "binary"),
        (r"\b(nla_nest_start|put_tuple)\(skb, (HYPHA_\w+)", "nest"),
        (r"()\{ (HYPHA_N_QUEUE_\w+), q->", "u64")]
GETS = [(r"\bnla_get_(u8|u16|u32|u64)\((?:\w+->)*(?:attrs|tb)\[(HYPHA_\w+)\]", None)]
POLICY = r"\[(HYPHA_\w+)\] = (?:\{ \.type = |NLA_POLICY_(\w+)\()(\w*)"


def typed(patterns, text):
    return [(name, kind or word) for pattern, kind in patterns for word, name in re.findall(pattern, text)]


class Code:
    def __init__(self):
        self.files = {os.path.basename(p): self.strip(read(p)) for p in sorted(glob.glob(os.path.join(TOP, "kmod/ctl/netlink*.[ch]")))}
        self.everything = "\n".join(self.files.values())
        self.macros = {name: body.replace("\\\n", " ") for name, body in
                       re.findall(r"^#define (\w+)[ \t]+((?:\\\n|[^\n])*)", self.everything, re.M)}
        self.bodies = {(file, name): body for file, text in self.files.items() for name, body in
                       re.findall(r"^(?:static |__printf\S+ )*[\w ]*?[ *](\w+)\([^;{]*?\)\n\{\n(.*?)^\}", text, re.M | re.S)}

    @staticmethod
    def strip(text):
        return re.sub(r"/\*.*?\*/", "", text, flags=re.S)

    def expand(self, text):
        for _ in range(4):
            text = re.sub(r"\b[A-Z_]{4,}\b", lambda m: self.macros.get(m.group(0), m.group(0)), text)
        return text

    def policy(self, name):
        """{attribute: type} of the policy; a nested one's too, as (attribute, type) of its own set."""
        m = re.search(r"const struct nla_policy " + name + r"\[[^\]]*\] = \{(.*?)\};", self.everything, re.S)
        if not m:
            say(f"policy {name} is not in the code")
            return {}
        out = {}
        for attr, macro, word in re.findall(POLICY, self.expand(m.group(1))):
            kind = "nest" if macro == "NESTED" else "binary" if macro == "EXACT_LEN" else \
                word.replace("NLA_", "").lower().replace("nul_string", "string")
            out[attr] = kind
        return out

    def policies(self):
        return re.findall(r"const struct nla_policy (\w+)\[[^\]]*\] = \{", self.everything)

    def ops(self):
        """{command: (policy, doit, dumpit)}"""
        table = re.search(r"genl_ops ops\[\] = \{\n(.*?)\n\};", self.files["netlink.c"], re.S).group(1)
        out = {}
        for command, policy, rest in re.findall(r"OF_\w+\((HYPHA_CMD_\w+), (\w+)\)(.*?)\}", table, re.S):
            doit, dumpit = (re.search(r"\." + key + r" = (\w+)", rest) for key in ("doit", "dumpit"))
            out[command] = (policy, doit and doit.group(1), dumpit and dumpit.group(1))
        return out

    def reached(self, file, name, seen):
        """All functions the named one refers to; a static one of the same file goes first."""
        key = (file, name) if (file, name) in self.bodies else \
            next((k for k in self.bodies if k[1] == name and name.startswith("hypha_")), None)
        if key and key not in seen:
            seen.add(key)
            for word in set(re.findall(r"\b\w+\b", self.bodies[key])):
                self.reached(key[0], word, seen)
        return seen

    def told(self, file, name):
        return {attr for key in self.reached(file, name, set()) for attr, _ in typed(PUTS, self.bodies[key])}

    def teller(self, command):
        """The function that makes an event."""
        return next((k for k, body in self.bodies.items() if re.search(r"genlmsg_put\(skb, 0, 0, .*\b" + command + r"\b", body)), None)


def check_types(spec, code):
    used = collections.defaultdict(set)
    for attr, kind in typed(PUTS, code.everything) + typed(GETS, code.everything):
        used[attr].add(kind)
    for name in code.policies():
        for attr, kind in code.policy(name).items():
            used[attr].add(kind)
    types = {c_name(s["name-prefix"], a["name"]): a["type"] for s in spec["attribute-sets"] for a in s["attributes"]}
    for name, kind in types.items():
        if kind != "pad" and name not in used:
            say(f"{name}: the code neither puts nor takes it")
    for name, kinds in used.items():
        for kind in kinds - {types.get(name)}:
            say(f"{name}: {types.get(name, 'absent')} in the spec, {kind} in the code")


def check_operations(spec, header, code):
    operations, ops = spec["operations"], code.ops()
    prefixes = {s["name"]: s["name-prefix"] for s in spec["attribute-sets"]}
    members = {s: [n for n, _ in header.members(e)] for s, e in SETS.items()}
    compare("commands", numbered(operations["list"], operations["name-prefix"], 1), header.members(COMMANDS), "the header")
    for op in operations["list"]:
        command, aset = c_name(operations["name-prefix"], op["name"]), op["attribute-set"]

        def names(part, side):
            body = op.get(part) or {}
            body = body if part == "event" else body.get(side) or {}
            return sorted(c_name(prefixes[aset], a) for a in body.get("attributes", []))

        def told(file, function):
            return sorted(a for a in code.told(file, function) if a in members[aset])

        if "event" in op:
            teller = code.teller(command)
            compare(f"event {op['name']}", names("event", ""), told(*teller) if teller else [], "the code")
            if command in ops:
                say(f"{op['name']} is an event in the spec, a command in the code")
            continue
        if command not in ops:
            say(f"{op['name']} is no command in the code")
            continue
        policy, doit, dumpit = ops.pop(command)
        if op.get("flags") != ["admin-perm"]:
            say(f"{op['name']}: flags are not those of the code")
        taken = sorted(code.policy(policy))
        for part, handler in (("do", doit), ("dump", dumpit)):
            if (part in op) != bool(handler):
                say(f"{op['name']}: {part} is in {'the spec' if part in op else 'the code'} only")
            elif handler:
                compare(f"{op['name']} {part} reply", names(part, "reply"), told("netlink.c", handler), "the code")
        compare(f"{op['name']} request", sorted(set(names("do", "request")) | set(names("dump", "request"))), taken, "the policy")
    for command in ops:
        say(f"{command} of the code is not in the spec")


def check_client(header):
    """The test client has words of its own: dom0 has no header."""
    for prefix, ours, enum in (("HYPHA_CMD_", genl.CMD, COMMANDS), ("HYPHA_N_", genl.N, SETS["net"]), ("HYPHA_N_DROP_", genl.DROP, SETS["drop"]),
                               ("HYPHA_N_TUPLE_", genl.TUPLE, SETS["tuple"]), ("HYPHA_N_FORWARD_", genl.FORWARD, SETS["forward"]),
                               ("HYPHA_FLOW_EVENT_", genl.FLOW_EVENT, "hypha_flow_event")):
        compare("selftests/genl.py", [(prefix + name, value) for name, value in ours.items()], header.members(enum), "the header", "it")


def main():
    spec, header, code = yaml.safe_load(read(SPEC)), Header(), Code()
    compare("family", [spec["name"], spec["version"]], [header.family, header.version], "the header")
    compare("groups", [g["name"] for g in spec["mcast-groups"]["list"]], header.groups, "the header")
    compare("groups", [f"HYPHA_GENL_MCGRP_{g['name'].upper()}" for g in spec["mcast-groups"]["list"]],
            re.findall(r"\.name = (HYPHA_GENL_MCGRP_\w+)", code.files["netlink.c"]), "the code")
    check_definitions(spec, header)
    check_sets(spec, header)
    check_types(spec, code)
    check_operations(spec, header, code)
    check_client(header)
    print("\n".join(complaints), end="\n" if complaints else "")
    return len(complaints) > 0


sys.exit(main())
