#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""uapi/hypha.h read as data: its structures, their fields and kernel-doc, the ioctls, what errors they are documented to give."""
import os
import re

HEADER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "uapi", "hypha.h")
SIZES = {"__u8": 1, "char": 1, "__u16": 2, "__u32": 4, "__s32": 4, "__u64": 8}
FIELD = re.compile(r"^\t(\w+(?: \w+)?) (\w+)((?:\[\w+\])*);", re.M)
BIT = re.compile(r"^#define (HYPHA_\w+)[ \t]+\(1U << \d+\)", re.M)
ERROR = re.compile(r"\bE[A-Z0-9]{2,}\b")


def errors(text):
    """The errno names after "Errors…:", to the end of the comment."""
    said = re.search(r"\bErrors[^:]*:(.*?)(?:\*/|\Z)", text, re.S)
    return sorted(set(ERROR.findall(said.group(1)))) if said else []


class Field:
    def __init__(self, kind, name, dims, doc, rest_out):
        self.type, self.name, self.dims, self.doc = kind, name, dims, doc
        self.out = doc.startswith("out:") or (rest_out and name not in ("size", "pad"))
        family = re.match(r"(?:out: )?(HYPHA_\w+)_\*", doc)
        self.flags = family.group(1) + "_" if family else None

    @property
    def size(self):
        """Of one element."""
        return SIZES[self.type]


class Struct:
    def __init__(self, name, body, doc):
        self.name, self.doc = name, doc
        rest_out = "Everything but @size is out" in doc
        self.fields = [Field(kind, field, re.findall(r"\[(\w+)\]", dims), self.said(field), rest_out)
                       for kind, field, dims in FIELD.findall(body)]

    def said(self, field):
        text = re.search(r"@" + field + r":\s+(.*?)(?=\n \*\s*(?:@|\n|$)|\Z)", self.doc, re.S)
        return re.sub(r"\s*\n \*\s*", " ", text.group(1)) if text else ""

    @property
    def errors(self):
        return errors(self.doc)


class Uapi:
    def __init__(self, path=HEADER):
        with open(path, encoding="utf-8") as file:
            self.text = file.read()
        docs = dict(re.findall(r"/\*\*\n \* struct (\w+) - (.*?)\n \*/", self.text, re.S))
        self.structs = {name: Struct(name, body, docs.get(name, ""))
                        for name, body in re.findall(r"^struct (\w+) \{\n(.*?)^\};", self.text, re.M | re.S)}
        self.ioctls = {name: (int(nr), direction, struct) for name, direction, nr, struct in
                       re.findall(r"^#define HYPHA_(\w+)\s+_IO(WR|W|R)\(HYPHA_IOC, (\d+), struct (\w+)\)", self.text, re.M)}
        conventions = re.search(r"/\*\n \* Conventions\.(.*?)\*/", self.text, re.S)
        self.common_errors = errors(conventions.group(1)) if conventions else []
        self.bits = BIT.findall(self.text)

    def flags(self, prefix, more=""):
        """Names of the bits that begin so, here and in @more, another header's text."""
        return [name for name in self.bits + BIT.findall(more) if name.startswith(prefix)]

    def enum(self, name):
        """Its members."""
        return re.findall(r"\bHYPHA_\w+", re.search(r"^enum " + name + r" \{(.*?)\};", self.text, re.M | re.S).group(1))

    def layout(self):
        """A C file whose constants are the structures' sizes and the fields' places."""
        lines = ["#include <stddef.h>", '#include "hypha.h"']
        for s in self.structs.values():
            lines.append(f"const unsigned int size_of_{s.name} = sizeof(struct {s.name});")
            lines += [f"const unsigned int place_of_{s.name}_{f.name} = offsetof(struct {s.name}, {f.name});" for f in s.fields]
        return "\n".join(lines)


if __name__ == "__main__":
    print(Uapi().layout())
