#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""make_images.py DIR [MIB]: an OCI layout in DIR with what `make bench-images` pulls, out of this machine's own /usr.

first:  four layers of gzip, MIB (450) of files in all; second: the same three below another one on top.
The same installed packages give the same bytes: sorted names, no times, no owners.
"""
import hashlib, json, os, stat, subprocess, sys, tarfile

out, limit = sys.argv[1], int(sys.argv[2] if len(sys.argv) > 2 else 450) << 20
blobs = os.path.join(out, "blobs/sha256")
os.makedirs(blobs, exist_ok=True)
FOLDERS = ["usr/bin", "usr/lib/x86_64-linux-gnu", "usr/share", "usr/lib/python3"]
SHARES = [0.25, 0.45, 0.20, 0.10]


def pick(folder, budget):
    """Regular files and links below a folder, every second, until the budget is used up."""
    chosen, nr = [], 0
    for where, dirs, files in os.walk("/" + folder):
        dirs.sort()
        for name in sorted(files):
            path = os.path.join(where, name)
            st = os.lstat(path)
            nr += 1
            if nr % 2 or not (stat.S_ISREG(st.st_mode) or stat.S_ISLNK(st.st_mode)) or st.st_size > 6 << 20:
                continue
            budget -= st.st_size
            if budget < 0:
                return chosen
            chosen.append(path[1:])
    return chosen


def plain(info):
    info.mtime, info.uid, info.gid, info.uname, info.gname = 1700000000, 0, 0, "", ""
    return info


def put(data_path):
    digest = hashlib.sha256()
    with open(data_path, "rb") as f:
        while piece := f.read(1 << 20):
            digest.update(piece)
    name = digest.hexdigest()
    os.rename(data_path, os.path.join(blobs, name))
    return name, os.path.getsize(os.path.join(blobs, name))


def layer(paths, extra=None):
    tmp = os.path.join(out, "layer.tar")
    with tarfile.open(tmp, "w", format=tarfile.PAX_FORMAT) as tar:
        seen = set()
        for path in paths:
            parts = path.split("/")
            for i in range(1, len(parts)):
                folder = "/".join(parts[:i])
                if folder not in seen:
                    seen.add(folder)
                    tar.add("/" + folder, folder, recursive=False, filter=plain)
            tar.add("/" + path, path, recursive=False, filter=plain)
        if extra:
            info = plain(tarfile.TarInfo(extra))
            tar.addfile(info)
    diff_id = hashlib.sha256(open(tmp, "rb").read()).hexdigest()
    subprocess.run(["gzip", "-n", "-6", "-f", tmp], check=True)
    return diff_id, put(tmp + ".gz")


def document(value):
    tmp = os.path.join(out, "document")
    with open(tmp, "w") as f:
        json.dump(value, f, sort_keys=True)
    return put(tmp)


def descriptor(kind, blob, **more):
    return {"mediaType": "application/vnd.oci.image." + kind, "digest": "sha256:" + blob[0], "size": blob[1], **more}


def image(name, layers):
    config = document({"architecture": "amd64", "os": "linux", "config": {"Cmd": ["/bin/true"]},
                       "rootfs": {"type": "layers", "diff_ids": ["sha256:" + d for d, _ in layers]}})
    manifest = document({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                         "config": descriptor("config.v1+json", config),
                         "layers": [descriptor("layer.v1.tar+gzip", b) for _, b in layers]})
    return descriptor("manifest.v1+json", manifest, annotations={"org.opencontainers.image.ref.name": name})


lists = [pick(folder, limit * share) for folder, share in zip(FOLDERS, SHARES)]
layers = [layer(paths) for paths in lists]
other = layer(lists[3][::2], "etc/second")
with open(os.path.join(out, "oci-layout"), "w") as f:
    f.write('{"imageLayoutVersion":"1.0.0"}')
with open(os.path.join(out, "index.json"), "w") as f:
    json.dump({"schemaVersion": 2, "manifests": [image("first", layers), image("second", layers[:3] + [other])]}, f)
print(sum(b[1] for _, b in layers) >> 20, "MiB in", len(layers), "layers,", sum(map(len, lists)), "files")
