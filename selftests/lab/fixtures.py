#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the lab's fixture images straight into a registry's storage: fixtures.py BUSYBOX DEBIAN.TAR STORAGE

The storage layout is distribution's registry/storage/paths.go; images are OCI image-spec v1. Writing it by hand and not
by pushing is what lets an image be wrong on purpose. Same inputs, same bytes.
"""
import gzip
import hashlib
import io
import json
import os
import struct
import subprocess
import sys
import tarfile

OCI = "application/vnd.oci.image."
DOCKER = "application/vnd.docker."
TYPES = {
    "oci": {"manifest": OCI + "manifest.v1+json", "index": OCI + "index.v1+json", "config": OCI + "config.v1+json",
            "layer": {"gzip": OCI + "layer.v1.tar+gzip", "zstd": OCI + "layer.v1.tar+zstd", "plain": OCI + "layer.v1.tar"}},
    "docker": {"manifest": DOCKER + "distribution.manifest.v2+json",
               "index": DOCKER + "distribution.manifest.list.v2+json",
               "config": DOCKER + "container.image.v1+json",
               "layer": {"gzip": DOCKER + "image.rootfs.diff.tar.gzip"}},
}
PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Registry:
    """The storage directory of a registry."""

    def __init__(self, root):
        self.root = os.path.join(root, "docker/registry/v2")

    def put(self, path, data):
        path = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)

    def blob(self, repo, data, stored=None, kept=True):
        """Adds @data to @repo; @stored is what the registry will really hold, kept=False makes it miss."""
        name = digest(data)
        hexa = name[7:]
        if kept:
            self.put(f"blobs/sha256/{hexa[:2]}/{hexa}/data", data if stored is None else stored)
        self.put(f"repositories/{repo}/_layers/sha256/{hexa}/link", name.encode())
        return {"digest": name, "size": len(data)}

    def manifest(self, repo, tag, data):
        name = digest(data)
        hexa = name[7:]
        self.put(f"blobs/sha256/{hexa[:2]}/{hexa}/data", data)
        self.put(f"repositories/{repo}/_manifests/revisions/sha256/{hexa}/link", name.encode())
        if tag:
            self.put(f"repositories/{repo}/_manifests/tags/{tag}/current/link", name.encode())
            self.put(f"repositories/{repo}/_manifests/tags/{tag}/index/sha256/{hexa}/link", name.encode())
        return {"digest": name, "size": len(data)}


class Layer:
    """A tar in the making."""

    def __init__(self):
        self.bytes = io.BytesIO()
        self.tar = tarfile.open(fileobj=self.bytes, mode="w", format=tarfile.PAX_FORMAT)

    def add(self, name, data=b"", kind=tarfile.REGTYPE, mode=0o644, **more):
        info = tarfile.TarInfo(name)
        info.type, info.mode, info.size = kind, mode, len(data)
        for key, value in more.items():
            setattr(info, key, value)
        self.tar.addfile(info, io.BytesIO(data))
        return self

    def dir(self, name, mode=0o755, **more):
        return self.add(name, kind=tarfile.DIRTYPE, mode=mode, **more)

    def link(self, name, target):
        return self.add(name, kind=tarfile.LNKTYPE, linkname=target)

    def symlink(self, name, target):
        return self.add(name, kind=tarfile.SYMTYPE, mode=0o777, linkname=target)

    def whiteout(self, name):
        head, tail = os.path.split(name)
        return self.add(f"{head}/.wh.{tail}")

    def opaque(self, name):
        return self.add(f"{name}/.wh..wh..opq")

    def merge(self, path):
        with tarfile.open(path) as source:
            for info in source:
                self.tar.addfile(info, source.extractfile(info) if info.isreg() else None)
        return self

    def data(self):
        if not self.tar.closed:
            self.tar.close()
        return self.bytes.getvalue()


def pack(data, how):
    if how == "gzip":
        return gzip.compress(data, 6, mtime=0)
    if how == "zstd":
        return subprocess.run(["zstd", "-q", "-9", "-c"], input=data, stdout=subprocess.PIPE, check=True).stdout
    return data


def to_json(value):
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


class Image:
    """One image of one platform: layers, their packing and the runtime part of its config."""

    def __init__(self, layers, run=None, how="gzip", family="oci", arch="amd64"):
        self.layers = [layer if isinstance(layer, bytes) else layer.data() for layer in layers]
        self.run = {"Env": [PATH], "Cmd": ["sh"]} | (run or {})
        self.how, self.types, self.arch = how, TYPES[family], arch
        self.diff_ids = [digest(layer) for layer in self.layers]
        self.hold = {}      # layer number, or "config" -> keyword arguments of Registry.blob

    def config(self):
        return to_json({"architecture": self.arch, "os": "linux", "created": "1970-01-01T00:00:00Z",
                        "config": {key: value for key, value in self.run.items() if value is not None},
                        "rootfs": {"type": "layers", "diff_ids": self.diff_ids}})

    def write(self, registry, repo, tag):
        config = registry.blob(repo, self.config(), **self.hold.get("config", {}))
        layers = []
        for at, layer in enumerate(self.layers):
            entry = registry.blob(repo, packed(layer, self.how), **self.hold.get(at, {}))
            layers.append({"mediaType": self.types["layer"][self.how]} | entry)
        manifest = {"schemaVersion": 2, "mediaType": self.types["manifest"],
                    "config": {"mediaType": self.types["config"]} | config, "layers": layers}
        return registry.manifest(repo, tag, to_json(manifest))


PACKED = {}


def packed(layer, how):
    key = (digest(layer), how)
    if key not in PACKED:
        PACKED[key] = pack(layer, how)
    return PACKED[key]


def write_index(registry, repo, tag, images, family="oci"):
    """A tag for several platforms: @images is a list of (image, platform)."""
    types = TYPES[family]
    entries = []
    for image, platform in images:
        entry = image.write(registry, repo, None)
        entries.append({"mediaType": types["manifest"], "platform": platform} | entry)
    index = {"schemaVersion": 2, "mediaType": types["index"], "manifests": entries}
    registry.manifest(repo, tag, to_json(index))


# --- busybox --------------------------------------------------------------------------------------------------

PASSWD = b"""root:x:0:0:root:/root:/bin/sh
app:x:1000:1000:app:/home/app:/bin/sh
nobody:x:65534:65534:nobody:/:/bin/false
"""
GROUP = b"""root:x:0:
audio:x:29:app
app:x:1000:
web:x:2000:app,nobody
nogroup:x:65534:
"""


def busybox_layer(path):
    with open(path, "rb") as file:
        binary = file.read()
    applets = subprocess.run([path, "--list"], stdout=subprocess.PIPE, check=True, text=True).stdout.split()
    layer = Layer()
    for name in ("bin", "dev", "etc", "home", "proc", "sys", "usr", "usr/bin", "usr/sbin", "sbin", "var", "var/log"):
        layer.dir(name)
    layer.dir("root", 0o700).dir("tmp", 0o1777).dir("home/app", 0o755, uid=1000, gid=1000)
    layer.add("bin/busybox", binary, mode=0o755)
    for applet in sorted(set(applets) - {"busybox"}):
        layer.symlink(f"bin/{applet}", "busybox")
    layer.add("etc/passwd", PASSWD).add("etc/group", GROUP).add("etc/hosts", b"127.0.0.1 localhost\n")
    return layer


# tag -> the runtime part of its config
BUSYBOX = {
    "latest": {},
    "entrypoint": {"Entrypoint": ["/bin/echo", "entry"], "Cmd": ["default"]},
    "cmd": {"Cmd": ["echo", "from cmd"]},
    "env": {"Env": [PATH, "COLOR=blue", "GREETING=hello world", "EMPTY="], "Cmd": ["env"]},
    "user": {"User": "app", "Cmd": ["id"]},
    "user-number": {"User": "4242:2000", "Cmd": ["id"]},
    "user-missing": {"User": "nosuchuser", "Cmd": ["id"]},
    "workdir": {"WorkingDir": "/made/by/hypha", "Cmd": ["pwd"]},
    "exit7": {"Cmd": ["sh", "-c", "exit 7"]},
    "nocmd": {"Cmd": None},
    "stopsignal": {"StopSignal": "SIGUSR1",
                   "Cmd": ["sh", "-c", "trap 'echo got usr1; exit 5' USR1; echo waiting; while :; do sleep 0.1; done"]},
    "labels": {"Labels": {"org.example.purpose": "test"}, "ExposedPorts": {"80/tcp": {}}, "Volumes": {"/data": {}}},
}


def busybox(registry, layer):
    for tag, run in BUSYBOX.items():
        Image([layer], run).write(registry, "busybox", tag)
    Image([layer], how="gzip").write(registry, "busybox", "gzip")
    Image([layer], how="zstd").write(registry, "busybox", "zstd")
    Image([layer], how="plain").write(registry, "busybox", "plain")
    Image([layer], family="docker").write(registry, "busybox", "docker")
    other = Image([Layer().add("etc/arch", b"arm64\n")], arch="arm64")
    amd64, arm64 = {"architecture": "amd64", "os": "linux"}, {"architecture": "arm64", "os": "linux", "variant": "v8"}
    unknown = {"architecture": "unknown", "os": "unknown"}
    mine = Image([layer], {"Cmd": ["echo", "from amd64"]})
    write_index(registry, "busybox", "multi", [(other, arm64), (other, unknown), (mine, amd64)])
    write_index(registry, "busybox", "multi-docker",
                [(Image([layer], family="docker"), amd64)], family="docker")
    write_index(registry, "busybox", "arm64-only", [(other, arm64)])


# --- debian: what a layered root can hold -----------------------------------------------------------------------

def capability(bits):
    """security.capability, VFS_CAP_REVISION_2 with the effective bit (linux/capability.h)."""
    return struct.pack("<IIIII", 0x02000001, bits, 0, 0, 0).decode("latin-1")


def debian(registry, root, busybox_path):
    with open(busybox_path, "rb") as file:
        binary = file.read()
    base = Layer().merge(root)
    base.dir("opt/lab").add("opt/lab/kept", b"lower\n").add("opt/lab/gone", b"must not be seen\n")
    base.add("opt/lab/changed", b"old\n").add("opt/lab/link-a", b"one inode\n").link("opt/lab/link-b", "opt/lab/link-a")
    base.dir("opt/lab/opaque").add("opt/lab/opaque/old", b"must not be seen\n").dir("opt/lab/opaque/olddir")
    base.dir("opt/lab/gonedir").add("opt/lab/gonedir/file", b"must not be seen\n")
    base.add("opt/lab/link-low", b"linked from above\n")

    upper = Layer()
    upper.add("opt/lab/changed", b"new\n").whiteout("opt/lab/gone").whiteout("opt/lab/gonedir")
    # The opaque mark after its sibling: it hides what is below, never what stands in its own layer.
    upper.dir("opt/lab/opaque").add("opt/lab/opaque/new", b"upper\n").opaque("opt/lab/opaque")
    upper.link("opt/lab/link-up", "opt/lab/link-low")
    upper.add("opt/lab/setuid", binary, mode=0o4755).add("opt/lab/setgid", binary, mode=0o2755, gid=50)
    upper.add("opt/lab/capable", binary, mode=0o755,
              pax_headers={"SCHILY.xattr.security.capability": capability(1 << 13)})
    upper.add("opt/lab/attributed", b"x\n", pax_headers={"SCHILY.xattr.user.lab": "value"})
    upper.add("opt/lab/owned", b"x\n", mode=0o640, uid=70000, gid=70001)
    upper.add("opt/lab/null", kind=tarfile.CHRTYPE, mode=0o666, devmajor=1, devminor=3)
    upper.add("opt/lab/fifo", kind=tarfile.FIFOTYPE, mode=0o600)
    upper.symlink("opt/lab/symlink", "/opt/lab/kept").add("opt/lab/" + "n" * 200, b"long name\n")
    top = Layer().dir("opt/lab/third").add("opt/lab/third/file", b"top\n").whiteout("opt/lab/third/none")
    Image([base, upper, top], {"Cmd": ["bash"]}).write(registry, "debian", "latest")


# --- bad: each wrong in one way, named for it -----------------------------------------------------------------

def flip(data):
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 0xff]) + data[middle + 1:]


def bad(registry, good):
    def image(tag, layers=None, how="gzip", hold=None, diff_ids=None):
        # Its own bytes, so that no good image shares the blob: a digest has one file in a registry.
        mark = Layer().dir("bad").add("bad/" + tag, tag.encode())
        one = Image(layers or [mark], how=how)
        one.hold = hold(one) if hold else {}
        one.diff_ids = diff_ids or one.diff_ids
        one.write(registry, "bad", tag)

    def layer(one):
        return packed(one.layers[0], one.how)

    big = [Layer().dir("bad").add("bad/noise", hashlib.shake_128(b"noise").digest(1 << 20))]
    image("layer-digest", hold=lambda one: {0: {"stored": flip(layer(one))}})
    image("layer-truncated", big, hold=lambda one: {0: {"stored": layer(one)[:len(layer(one)) // 2]}})
    image("layer-missing", hold=lambda one: {0: {"kept": False}})
    image("layer-longer", hold=lambda one: {0: {"stored": layer(one) + b"more"}})
    image("config-digest", hold=lambda one: {"config": {"stored": one.config().replace(b"1970", b"1971")}})
    image("layer-garbage", [b"\x1f\x8b" + b"this is no gzip member" * 40], how="plain")
    image("diff-id", diff_ids=["sha256:" + "0" * 64])
    image("tar-dotdot", [Layer().add("../../escaped", b"x")])
    image("tar-absolute", [Layer().add("/absolute/file", b"x")])
    image("tar-through-symlink", [Layer().symlink("out", "/etc"), Layer().add("out/escaped", b"x")])
    image("tar-cut", [good.data()[:1 << 20]])
    registry.manifest("bad", "manifest-json", b'{"schemaVersion": 2, "mediaType": "%s", "config": [' % TYPES["oci"]["manifest"].encode())


def main(busybox_path, debian_tar, storage):
    registry = Registry(storage)
    layer = busybox_layer(busybox_path)
    busybox(registry, layer)
    bad(registry, layer)
    debian(registry, debian_tar, busybox_path)


main(*sys.argv[1:])
