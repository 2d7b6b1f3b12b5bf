#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""flatten_images.py DIR [TAR…]: an OCI layout in DIR with one image for each rule of layers, and one of each TAR; prints their names.
flatten_images.py DIR --together TAR: with one image, "together", of all rules, each below t/, and the TAR on top.

A layer is lines "KIND[:MODE[:UID:GID]] PATH [CONTENT, TARGET or MAJOR,MINOR] [| KEY=VALUE…]"; KEY=VALUE are PAX records.
No randomness, no clock: the same bytes each time.
"""
import gzip, hashlib, io, json, os, sys, tarfile

out = sys.argv[1]
TYPES = {"f": tarfile.REGTYPE, "d": tarfile.DIRTYPE, "l": tarfile.SYMTYPE, "h": tarfile.LNKTYPE, "c": tarfile.CHRTYPE,
         "b": tarfile.BLKTYPE, "p": tarfile.FIFOTYPE}
DEEP = "/".join(["d" * 60] * 20)
CAP = "\1\0\0\2\0 " + "\0" * 14

IMAGES = {
    "types": ["d:1777:1:2 tmp\nf:4755:3:4 tmp/su x\nf:2711:5:6 tmp/sg y\nl tmp/l ../y\nc:600:0:5 null 1,3\nb disk 259,1048575\np:622 fifo"],
    "owners": ["f:644:4000000000:3000000000 big x\nd:700:65534:65534 nobody\nl:777:7:8 link big\nd:711:3:4 ./"],
    "whiteout": ["f a 1\nf b 2\nd d\nf d/x 1", "f .wh.a\nf d/.wh.x\nf .wh.absent"],
    "whiteout-dir": ["d a\nd a/b\nf a/b/c 1\nf z 1", "f .wh.a"],
    "whiteout-then-new": ["f a 1\nd d\nf d/old 1", "f .wh.a\nf a 2\nf .wh.d\nd d\nf d/new 1"],
    "whiteout-again": ["f a 1", "f .wh.a", "f a 3"],
    "opaque-first": ["d d\nf d/a 1\nd d/s\nf d/s/x 1", "d d\nf d/.wh..wh..opq\nf d/b 2"],
    "opaque-last": ["d d\nf d/a 1\nd d/r\nf d/r/x 1", "d d\nf d/b 2\nd d/s\nf d/s/y 2\nf d/.wh..wh..opq"],
    "opaque-keeps-attributes": ["d:700:7:8 d\nf d/a 1", "f d/.wh..wh..opq"],
    "file-to-dir": ["f a 1", "d a\nf a/b 2"],
    "dir-to-file": ["d a\nf a/b 1", "f a 2"],
    "dir-to-symlink": ["d a\nf a/b 1\nd c", "l a c"],
    "symlink-to-dir": ["d t\nf t/y 1\nl a t", "d:700 a\nf a/x 1"],
    "dir-over-dir": ["d:700:1:1 a\nf a/b 1", "d:750:2:2 a"],
    "missing-parents": ["f a/b/c 1", "f a/d/e 2"],
    "symlinked-parent": ["d usr\nd usr/lib\nl lib usr/lib\nf lib/x 1", "f lib/y 2\nf lib/.wh.x"],
    "absolute-symlinked-parent": ["d e\nl a /e\nf a/x 1\nl esc ../../..\nf esc/y 2"],
    "chained-symlinks": ["d d\nl a b\nl b c\nl c d\nf a/x 1"],
    "replaced-symlink": ["f t 1\nl a t", "f a 2"],
    "hardlinks": ["f:4711:1:2 a 1\nh b a\nd d\nh d/c b"],
    "hardlinks-across": ["f a 1\nf keep k", "d d\nh d/b a\nh d/k keep", "f .wh.a\nf keep new"],
    "hardlink-outlives": ["f a 1\nh b a\nh c a", "f .wh.a", "f b 2"],
    "hardlink-of-symlink": ["f t 1\nl s t\nh b s"],
    "duplicates": ["f a 1\nf a 22\nd d\nd:700 d\nl x a\nf x 3"],
    "long-names": [f"f {DEEP}/file 1\nl short {DEEP}/file\nh hard {DEEP}/file\nf {'n' * 255} 2"],
    "odd-names": ["f caf\udcc3\udca9 1\nf bad\udcff\udcfe 2\nl l\udcff bad\udcff\udcfe\nf back\\slash 4\nf q\"'` 5\nf .hidden 6\nf ...... 7\nf -rf 8\nf wh.x 9"],
    "xattrs": [f"f cap x | SCHILY.xattr.security.capability={CAP}\nf note y | SCHILY.xattr.user.note=hello\nd dir | SCHILY.xattr.user.d=1"],
    "times": ["f old 1 | mtime=1\nf frac 2 | mtime=1234567890.987654321\nd dir | mtime=86400\nl link old | mtime=7"],
    "empty-layers": ["f a 1", "", "f b 2", ""],
    "dots": ["f ./a 1\nf /b 2\nd c\nf c//d 3\nd ./e/./\nf ./e/f 4"],
    "many": ["d m\n" + "\n".join(f"f m/{i:04} {i}" for i in range(1500)), "\n".join(f"f m/.wh.{i:04}" for i in range(0, 1500, 3))],
    "blocks": ["\n".join(f"f s{n} *{n}" for n in (1, 4095, 131071, 131072, 131073, 262144, 700001)), "f s131072 *5"],
}


def contents(text):
    """*N: N bytes, some of them zeros, some compressible, some not."""
    if not text.startswith("*"):
        return os.fsencode(text)
    size, data, seed = int(text[1:]), b"", b"x"
    while len(data) < size:
        seed = hashlib.sha256(seed).digest()
        data += bytes(5000) + seed * 40 + b"".join(hashlib.sha256(seed + bytes([i])).digest() for i in range(100))
    return data[:size]


def add_line(tar, line):
    line, _, records = line.partition(" | ")
    kind, path, arg = (line.split(" ", 2) + [""])[:3]
    kind, mode, uid, gid = (kind.split(":") + ["", "", ""])[:4]
    info = tarfile.TarInfo(path)
    info.type, info.mtime, info.uname, info.gname = TYPES[kind], 1600000000, "nobody", "root"
    info.mode = int(mode, 8) if mode else 0o755 if kind == "d" else 0o644
    info.uid, info.gid = int(uid or 0), int(gid or 0)
    data = contents(arg) if kind == "f" else b""
    info.size = len(data)
    if kind in "lh":
        info.linkname = arg
    if kind in "cb":
        info.devmajor, info.devminor = map(int, arg.split(","))
    if records:
        key, _, value = records.partition("=")
        info.pax_headers = {key: value}
        if key == "mtime":
            info.mtime = float(value)
    tar.addfile(info, io.BytesIO(data))


def make_tar(lines):
    buf = io.BytesIO()
    with tarfile.open(fileobj=buf, mode="w", format=tarfile.PAX_FORMAT, encoding="utf-8", errors="surrogateescape") as tar:
        for line in lines.split("\n"):
            if line:
                add_line(tar, line)
    return buf.getvalue()


def put(data):
    name = hashlib.sha256(data).hexdigest()
    with open(os.path.join(out, "blobs/sha256", name), "wb") as f:
        f.write(data)
    return {"digest": "sha256:" + name, "size": len(data)}


def add_image(name, tars):
    layers = [{"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", **put(gzip.compress(t, 1, mtime=0))} for t in tars]
    config = put(json.dumps({"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {
        "type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(t).hexdigest() for t in tars]}}).encode())
    manifest = put(json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "layers": layers,
                               "config": {"mediaType": "application/vnd.oci.image.config.v1+json", **config}}).encode())
    print(name)
    return {"mediaType": "application/vnd.oci.image.manifest.v1+json", **manifest,
            "annotations": {"org.opencontainers.image.ref.name": name}}


def below(where, line):
    """The same line in a directory of its own. What is relative to the root stays: symbolic links, records."""
    kind, path, arg = (line.split(" ", 2) + [""])[:3]
    return f"{kind} {where}/{path} {where}/{arg}" if kind == "h" else f"{kind} {where}/{path} {arg}"


def together():
    """All images as one: the first layers of all, the second ones, and so on."""
    layers = []
    for nr in range(max(map(len, IMAGES.values()))):
        lines = ["d t"] + [f"d t/{name}" for name in IMAGES]
        for name, image in IMAGES.items():
            lines += [below(f"t/{name}", line) for line in (image[nr].split("\n") if nr < len(image) else []) if line]
        layers.append(make_tar("\n".join(lines)))
    return layers


def read(path):
    with open(path, "rb") as f:
        return f.read()


os.makedirs(os.path.join(out, "blobs/sha256"))
if sys.argv[2:3] == ["--together"]:
    entries = [add_image("together", together() + [read(sys.argv[3])])]
else:
    entries = [add_image(name, [make_tar(layer) for layer in layers]) for name, layers in IMAGES.items()]
    entries += [add_image(os.path.basename(path).removesuffix(".tar"), [read(path)]) for path in sys.argv[2:]]
with open(os.path.join(out, "oci-layout"), "w") as f:
    f.write('{"imageLayoutVersion":"1.0.0"}')
with open(os.path.join(out, "index.json"), "w") as f:
    json.dump({"schemaVersion": 2, "manifests": entries}, f)
