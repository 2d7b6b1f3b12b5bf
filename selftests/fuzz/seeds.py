#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""seeds.py DIR: something sound for each of libFuzzer's targets to begin with, DIR/TARGET/N."""
import gzip
import hashlib
import io
import json
import os
import sys
import tarfile

OCI = "application/vnd.oci.image"
DIGEST = "sha256:" + "0123456789abcdef" * 4


def references():
    yield from ("alpine", "docker.io/library/alpine:3", "localhost:5000/a/b-c__d.e:v1.2", "[::1]:5000/x@" + DIGEST,
                "host.example/a:t@" + DIGEST, "UPPER/x", "a" * 64)


def challenges():
    yield 'Bearer realm="https://auth.example/token",service="x",scope="repository:a/b:pull,push"'
    yield 'Basic realm="a \\"b\\"", Bearer realm=x , error="y"\nNegotiate\nbearer REALM = "z"'
    yield "Basic abc=="


def descriptor(kind, **more):
    return {"mediaType": kind, "digest": DIGEST, "size": 7, **more}


def documents():
    layer = descriptor(OCI + ".layer.v1.tar+gzip", urls=["https://h.example/x"], annotations={"a": "b"})
    yield 2, {"schemaVersion": 2, "mediaType": OCI + ".manifest.v1+json", "config": descriptor(OCI + ".config.v1+json", data="e30="),
              "layers": [layer, layer]}
    platforms = ({"os": "linux", "architecture": "amd64", "variant": "v2"}, {"os": "unknown", "architecture": "unknown"})
    yield 1, {"schemaVersion": 2, "manifests": [descriptor(OCI + ".manifest.v1+json", platform=p) for p in platforms]}
    yield 0, {"os": "linux", "architecture": "amd64", "created": "2020-01-02T03:04:05.678Z",
              "config": {"Entrypoint": ["/a"], "Cmd": None, "Env": ["A=b"], "User": "1:2", "Labels": {"a": "b"}, "WorkingDir": "/"},
              "rootfs": {"type": "layers", "diff_ids": [DIGEST]}, "history": [{"created_by": "x", "empty_layer": True}]}


def add(tar, name, kind=tarfile.REGTYPE, data=b"", **more):
    entry = tarfile.TarInfo(name)
    entry.type, entry.size = kind, len(data)
    for key, value in more.items():
        setattr(entry, key, value)
    tar.addfile(entry, io.BytesIO(data))


def tar(form, **pax):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as t:
        add(t, "dir", tarfile.DIRTYPE, mode=0o755)
        add(t, "dir/file", data=b"x" * 600, pax_headers=pax)
        add(t, "lib/through", data=b"y")
        add(t, "link", tarfile.LNKTYPE, linkname="usr/lib/file")
        add(t, "sym", tarfile.SYMTYPE, linkname="../" * 60 + "x")
        add(t, "dev", tarfile.CHRTYPE, devmajor=1, devminor=3)
        add(t, "usr/lib/.wh.file")
        add(t, "usr/.wh..wh..opq")
    return out.getvalue()


def layers():
    yield tar(tarfile.GNU_FORMAT)
    yield tar(tarfile.PAX_FORMAT, **{"SCHILY.xattr.user.a": "b", "mtime": "1.5", "GNU.sparse.map": "0,1,5,2"})
    yield gzip.compress(tar(tarfile.GNU_FORMAT), mtime=0)


def archive(members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as t:
        for name, data in members.items():
            if isinstance(data, str):
                add(t, name, tarfile.SYMTYPE, linkname=data)
            else:
                add(t, name, data=data)
    return out.getvalue().rstrip(b"\0").ljust((t.offset // 512 + 2) * 512, b"\0")	# without padding to a tape's record


def blob(data, kind):
    return {"mediaType": kind, "digest": "sha256:" + hashlib.sha256(data).hexdigest(), "size": len(data)}


def archives():
    layer = archive({"etc/file": b"x"})
    diff_id = "sha256:" + hashlib.sha256(layer).hexdigest()
    config = json.dumps({"os": "linux", "architecture": "amd64", "rootfs": {"type": "layers", "diff_ids": [diff_id]}}).encode()
    docker = json.dumps([{"Config": "c.json", "RepoTags": ["a:1", "host.example/b:2"], "Layers": ["b/layer.tar"]}]).encode()
    yield archive({"a/layer.tar": layer, "b/layer.tar": "../a/layer.tar", "c.json": config, "manifest.json": docker})
    for packed, kind in ((layer, "tar"), (gzip.compress(layer, mtime=0), "tar+gzip")):
        manifest = json.dumps({"schemaVersion": 2, "config": blob(config, OCI + ".config.v1+json"),
                               "layers": [blob(packed, OCI + ".layer.v1." + kind)]}).encode()
        entry = {**blob(manifest, OCI + ".manifest.v1+json"), "annotations": {"org.opencontainers.image.ref.name": "a:1"}}
        index = json.dumps({"schemaVersion": 2, "manifests": [entry]}).encode()
        blobs = {"blobs/sha256/" + hashlib.sha256(data).hexdigest(): data for data in (packed, config, manifest)}
        whole = archive({"oci-layout": b'{"imageLayoutVersion":"1.0.0"}', **blobs, "index.json": index})
        yield whole
        yield gzip.compress(whole, mtime=0)


def main(top):
    seeds = {
        "reference": [r.encode() for r in references()],
        "challenge": [c.encode() for c in challenges()],
        "document": [bytes([kind]) + json.dumps(d).encode() for kind, d in documents()],
        "layer": list(layers()),
        "archive": list(archives()),
    }
    for name, texts in seeds.items():
        os.makedirs(f"{top}/{name}", exist_ok=True)
        for i, text in enumerate(texts):
            with open(f"{top}/{name}/{i}", "wb") as f:
                f.write(text)


main(sys.argv[1])
