#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""flatten_bombs.py DIR: an OCI layout in DIR of images that want too much or are damaged; prints "NAME|what the error says"."""
import gzip, hashlib, io, json, os, sys, tarfile, zlib

out = sys.argv[1]
MiB = 1 << 20
os.makedirs(os.path.join(out, "blobs/sha256"))
manifests = []


def put(data):
    name = hashlib.sha256(data).hexdigest()
    with open(os.path.join(out, "blobs/sha256", name), "wb") as f:
        f.write(data)
    return {"digest": "sha256:" + name, "size": len(data)}


def image(name, text, blob, diff_id=None):
    """@diff_id: of what it would unpack to; most never get that far."""
    layer = {"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", **put(blob)}
    config = put(json.dumps({"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {
        "type": "layers", "diff_ids": ["sha256:" + (diff_id or "0" * 64)]}}).encode())
    manifest = put(json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "layers": [layer],
                               "config": {"mediaType": "application/vnd.oci.image.config.v1+json", **config}}).encode())
    manifests.append({"mediaType": "application/vnd.oci.image.manifest.v1+json", **manifest,
                      "annotations": {"org.opencontainers.image.ref.name": name}})
    print(f"{name}|{text}")


def header(name, kind=tarfile.REGTYPE, size=0, link="", pax=None):
    info = tarfile.TarInfo(name)
    info.type, info.size, info.linkname, info.pax_headers = kind, size, link, pax or {}
    return info.tobuf(tarfile.PAX_FORMAT)


def tar(*entries):
    return b"".join(entries) + bytes(1024)


def repeated(head, unit, count, tail=b"", level=9):
    """gzip of head, count times unit, tail; the repetitions are deflated in one go, never all in memory."""
    z = zlib.compressobj(level, zlib.DEFLATED, 31)
    parts = [z.compress(head)]
    for _ in range(count):
        parts.append(z.compress(unit))
    return b"".join(parts) + z.compress(tail) + z.flush()


def zeros_10g():
    """10 GiB without 10 GiB of work: the deflate of a MiB of zeros, again and again, is itself nearly all zeros."""
    unit = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = unit.compress(bytes(MiB)) + unit.flush(zlib.Z_FULL_FLUSH)
    first = zlib.compressobj(9, zlib.DEFLATED, -15)
    head = first.compress(header("zeros", size=10 << 30)) + first.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08" + bytes(7) + head + block * 10240


image("zeros-10g", "more than 200 times its size, the limit", zeros_10g())
many = b"".join(header(f"{i:05}/{j}") for i in range(10) for j in range(100))
image("entries", "more than 1000000 entries", repeated(b"", many, 1001, level=1))
image("pax-1g", "Special header too large",
      repeated(header("x", b"x", size=1 << 30), bytes(MiB), 64))
image("sparse-map", "the limit", gzip.compress(tar(header("s", pax={"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "s",
      "GNU.sparse.realsize": str(1 << 40)}, size=512), b"1\n0\n0\n".ljust(512, b"\0"))))
lines = b"1000000000\n" + b"0\n1\n" * 3000000
image("sparse-endless", "", gzip.compress(header("s", pax={"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "s",
      "GNU.sparse.realsize": "1000"}, size=len(lines) // 512 * 512) + lines))
image("deep", "path longer than 4096 bytes", gzip.compress(tar(header("d/" * 3000 + "x"))))
image("long-name", "name longer than 255 bytes", gzip.compress(t := tar(header("n" * 256))), hashlib.sha256(t).hexdigest())
image("symlink-loop", "more than 40 symbolic links", gzip.compress(t := tar(
      header("a", tarfile.SYMTYPE, link="b"), header("b", tarfile.SYMTYPE, link="a"), header("a/x"))), hashlib.sha256(t).hexdigest())
long = [header(f"l{n:02}", tarfile.SYMTYPE, pax={"linkpath": "../././" * 580 + f"l{n + 1:02}"}) for n in range(39)]
image("symlink-work", "symbolic links of more than 256 MiB to be followed in all, the limit", gzip.compress(t := tar(
      header("l39", kind=tarfile.DIRTYPE), *long, *(header(f"l00/{n}") for n in range(5000)))), hashlib.sha256(t).hexdigest())
image("hardlink-loop", "which is not there", gzip.compress(t := tar(
      header("a", tarfile.LNKTYPE, link="b"), header("b", tarfile.LNKTYPE, link="a"))), hashlib.sha256(t).hexdigest())
image("root-symlink", "the root directory cannot become anything else", gzip.compress(t := tar(
      header(".", tarfile.SYMTYPE, link="/"), header("x"))), hashlib.sha256(t).hexdigest())
big = {"SCHILY.xattr.user." + "k%04d" % i: "v" * 1000 for i in range(80)}
image("xattrs", "extended attributes larger than 65536 bytes, the limit", gzip.compress(tar(header("a", pax=big))))
image("xattrs-many", "more than 256 extended attributes, the limit", gzip.compress(tar(header("a", pax={f"SCHILY.xattr.user.{n}": "" for n in range(300)}))))
text = header("a", pax={"SCHILY.xattr.user.k": "v" * 60000})
image("attributes", "names and attributes of more than 128 MiB, the limit", repeated(b"", text, 2400, level=1))
image("truncated-gzip", "truncated gzip data", gzip.compress(tar(header("a")))[:-9])
image("garbage", "damaged tar", b"nothing like a tar at all, " * 100)
image("honest", "", t := gzip.compress(u := tar(header("a"))), hashlib.sha256(u).hexdigest())
image("lying", "but the configuration says", t)
with open(os.path.join(out, "oci-layout"), "w") as f:
    f.write('{"imageLayoutVersion":"1.0.0"}')
with open(os.path.join(out, "index.json"), "w") as f:
    json.dump({"schemaVersion": 2, "manifests": manifests}, f)
