#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Archives of images made by hand: imagestore_archives.py LAYOUT TAG DIR writes DIR/good/* and DIR/bad/*, and what is wrong with
each of the latter, as the loader says it, to DIR/bad.txt."""
import gzip, hashlib, io, json, os, sys, tarfile

layout, tag, out = sys.argv[1:4]
OCI = "application/vnd.oci.image."
TITLE, NAME = "org.opencontainers.image.ref.name", "io.containerd.image.name"
bad = []


def blob(digest):
    with open(f"{layout}/blobs/{digest.replace(':', '/')}", "rb") as f:
        return f.read()


def sha(data):
    return hashlib.sha256(data).hexdigest()


def dump(value):
    return json.dumps(value, separators=(",", ":")).encode()


entry = next(m for m in json.load(open(f"{layout}/index.json"))["manifests"] if m["annotations"][TITLE] == tag)
manifest = blob(entry["digest"])
parsed = json.loads(manifest)
config = blob(parsed["config"]["digest"])
layers = [gzip.decompress(blob(d["digest"])) for d in parsed["layers"]]
blobs = [manifest, config] + [blob(d["digest"]) for d in parsed["layers"]]


def member(name, data=b"", kind=tarfile.REGTYPE, link="", pax=()):
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size, info.pax_headers = kind, link, len(data), dict(pax)
    return info, data


def write(path, members, mode="w", keep=None):
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode=mode, format=tarfile.PAX_FORMAT) as tar:
        for info, data in members:
            tar.addfile(info, io.BytesIO(data))
    os.makedirs(os.path.dirname(f"{out}/{path}"), exist_ok=True)
    with open(f"{out}/{path}", "wb") as f:
        f.write(raw.getvalue()[:keep])


def refuse(name, text, members, keep=None):
    write(f"bad/{name}", members, keep=keep)
    bad.append(f"{name}|{text}\n")


def descriptor(kind, data, **more):
    return dict({"mediaType": OCI + kind, "digest": "sha256:" + sha(data), "size": len(data)}, **more)


def index(*entries):
    return member("index.json", dump({"schemaVersion": 2, "manifests": list(entries)}))


def entry_of(data, name=None, ref=None, kind="manifest.v1+json"):
    notes = {k: v for k, v in ((NAME, name), (TITLE, ref)) if v}
    return descriptor(kind, data, **({"annotations": notes} if notes else {}))


def members_of(contents):
    return [member("blobs/sha256/" + sha(b), b) for b in contents]


def docker(tags, config_name, layer_names):
    return {"Config": config_name, "RepoTags": tags, "Layers": layer_names}


# --- what docker before 25 wrote: legacy directories, one layer a link to another image's ---

def old_docker(tags, change=lambda members: members):
    ids = [sha(b"id" + l) for l in layers]
    members = []
    for i, data in zip(ids, layers):
        members += [member(f"{i}/", kind=tarfile.DIRTYPE), member(f"{i}/VERSION", b"1.0"), member(f"{i}/json", b"{}"),
                    member(f"{i}/layer.tar", data)]
    again = sha(b"again")
    members += [member(f"{again}/", kind=tarfile.DIRTYPE),
                member(f"{again}/layer.tar", kind=tarfile.SYMTYPE, link=f"../{ids[0]}/layer.tar")]
    names = [f"{again}/layer.tar"] + [f"{i}/layer.tar" for i in ids[1:]]
    members += [member(sha(config) + ".json", config), member("manifest.json", dump([docker(tags, sha(config) + ".json", names)])),
                member("repositories", b"{}")]
    return change(members)


write("good/old-docker", old_docker(["old:1", "example.org/old/two:2"]))
write("good/old-docker.gz", old_docker(["gz:1"]), mode="w:gz")
write("good/nameless-docker", old_docker(None))

# --- what docker from 25 on writes: a layout, and a manifest.json beside it ---

new = [member("blobs/", kind=tarfile.DIRTYPE), member("blobs/sha256/", kind=tarfile.DIRTYPE)] + members_of(blobs) + [
    index(entry_of(manifest, "docker.io/library/new:25", "25")),
    member("manifest.json", dump([docker(["new:25"], f"blobs/sha256/{sha(config)}", [])])),
    member("oci-layout", b'{"imageLayoutVersion":"1.0.0"}'), member("repositories", b"{}")]
write("good/new-docker", new)

# --- two images, one by way of nested indexes; compressed layers in docker's form; odd but honest ---

other_config = dump(dict(json.loads(config), author="somebody"))
other = dump(dict(parsed, config=descriptor("config.v1+json", other_config)))
inner = dump({"schemaVersion": 2, "manifests": [
    descriptor("manifest.v1+json", b"x", platform={"os": "linux", "architecture": "arm64"}),
    descriptor("manifest.v1+json", other, platform={"os": "linux", "architecture": "amd64"})]})
write("good/two", [index(entry_of(manifest, ref="example.org/two/a:1"), entry_of(inner, ref="example.org/two/b:1", kind="index.v1+json"))]
      + members_of(blobs + [other, other_config, inner]))
gz = [gzip.compress(l, mtime=0) for l in layers]
write("good/gz-layers", [member("c.json", config), member("manifest.json", dump([docker(["gzl:1"], "c.json", ["1.tgz", "2.tgz"])]))]
      + [member(f"{i + 1}.tgz", d) for i, d in enumerate(gz)])
write("good/odd", [member("./" + i.name if i.isfile() else i.name, d) for i, d in members_of(blobs)] + [
    member("./index.json", index(entry_of(manifest, ref="tag-only"))[1]), member("dev", kind=tarfile.CHRTYPE),
    member("pipe", kind=tarfile.FIFOTYPE), member("blobs/sha256/notes.txt", b"unknown files are no error")])

# --- and what nobody should load ---

good = members_of(blobs) + [index(entry_of(manifest, "docker.io/library/evil:1"))]
refuse("traversal", "leads outside of the archive", [member("../../../tmp/escaped", b"x")] + good)
refuse("traversal-inside", "leads outside of the archive", [member("blobs/../../x", b"x")] + good)
refuse("symlink-absolute", "leads outside of the archive", [member("index", kind=tarfile.SYMTYPE, link="/etc/passwd")] + good)
refuse("symlink-out", "leads outside of the archive", [member("a/b", kind=tarfile.SYMTYPE, link="../../../etc/passwd")] + good)
refuse("hardlink-out", "leads outside of the archive", [member("a", kind=tarfile.LNKTYPE, link="../etc/passwd")] + good)
refuse("twice", "in the archive twice", good + [member("./index.json", b"{}")])
refuse("blob-twice", "in the archive twice", good + members_of(blobs[:1]))
refuse("lying-blob", "digest mismatch", [member("blobs/sha256/" + sha(b"other"), b"bytes")] + good)
refuse("missing-layer", f"layer {parsed['layers'][-1]['digest']}", members_of(blobs[:-1]) + good[-1:])
refuse("missing-config", "configuration sha256:", members_of([manifest] + blobs[2:]) + good[-1:])
refuse("missing-manifest", "manifest sha256:", members_of(blobs[1:]) + good[-1:])
refuse("wrong-size", "is not in the archive", members_of(blobs) + [index(dict(entry_of(manifest), size=len(manifest) + 1))])
refuse("no-index", "neither index.json nor manifest.json", members_of(blobs))
refuse("no-image", "no image in it", [index()])
refuse("no-image-docker", "no image in it", [member("manifest.json", b"[]")])
refuse("nothing", "neither index.json nor manifest.json", [member("a", b"x")])
refuse("index-duplicate-key", "index.json: not valid JSON", [member("index.json", b'{"manifests":[],"manifests":[]}')])
refuse("index-no-list", '"manifests" is not a list', [member("index.json", b'{"manifests":{}}')])
refuse("index-array", "not a JSON object", [member("index.json", b"[]")])
refuse("index-huge", "document larger than", [member("index.json", b" " * (5 << 20))])
refuse("manifest-huge", "document larger than", [member("manifest.json", b" " * (5 << 20))])
refuse("deep", "not valid JSON", [member("manifest.json", b"[" * 100000)])
refuse("index-is-link", "neither index.json nor manifest.json", members_of(blobs) + [
    member("index.json", kind=tarfile.SYMTYPE, link="blobs/sha256/" + sha(manifest))])
refuse("long-name", "a name longer than", [member("x" * 2000, b"x")] + good)
refuse("many-members", "more than 16384 members", [member(f"{n}/", kind=tarfile.DIRTYPE) for n in range(17000)] + good)
record = f"{200000} comment={'x' * (200000 - 16)}\n".encode()
refuse("long-header", "headers of one entry longer", [member("pax", record, kind=b"x") for _ in range(20)] + good)
holes = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "big", "GNU.sparse.realsize": str(1 << 34)}
refuse("sparse", "a sparse file", [member("GNUSparseFile.0/big", b"1\n512\n1\n".ljust(512, b"\0") + b"x", pax=holes)] + good)
refuse("sparse-end", "truncated: 1 of 17179869184", [member("GNUSparseFile.0/big", b"1\n0\n1\n".ljust(512, b"\0") + b"x", pax=holes)] + good)


def refuse_bytes(name, text, data):
    with open(f"{out}/bad/{name}", "wb") as f:
        f.write(data)
    bad.append(f"{name}|{text}\n")


with open(f"{out}/good/old-docker.gz", "rb") as f:
    refuse_bytes("gzip-truncated", "truncated gzip data", f.read()[:-2000])
zeros = member("blobs/sha256/" + sha(b""), b"")[0]
zeros.size = 400 << 20
refuse_bytes("bomb", "unpacks to more than 200 times its size", gzip.compress(zeros.tobuf() + bytes(zeros.size + 1024), 9, mtime=0))
refuse_bytes("not-a-tar", "damaged tar", b"hello, world\n" * 100)
refuse_bytes("empty", "neither index.json nor manifest.json in it", b"")


def refuse_docker(name, text, **changed):
    members = old_docker(["evil:1"])
    at = next(n for n, (i, d) in enumerate(members) if i.name == "manifest.json")
    image = json.loads(members[at][1])[0]
    members[at] = member("manifest.json", dump([dict(image, **{k: v(image) if callable(v) else v for k, v in changed.items()})]))
    refuse(name, text, members)


refuse_docker("docker-many-names", "more than 1024 names in all, the limit", RepoTags=[f"evil:{n}" for n in range(2000)])
write("many", members_of(blobs) + [index(*(entry_of(manifest, ref=f"example.org/evil:{n}") for n in range(2000)))])
some_layer = sha(b"id" + layers[0]) + "/layer.tar"
refuse_docker("docker-no-config", '"Config"', Config=None)
refuse_docker("docker-absent-layer", "which is not in the archive", Layers=["absent/layer.tar"])
refuse_docker("docker-layer-outside", "which is not in the archive", Layers=["../../etc/passwd"])
refuse_docker("docker-few-layers", "but the configuration speaks of", Layers=[])
refuse_docker("docker-layers-text", '"Layers" is not a list', Layers="layer.tar")
refuse_docker("docker-config-is-layer", "configuration: not valid JSON", Config=some_layer)
refuse_docker("docker-many-layers", "the limit is 128", Layers=[some_layer] * 200)
refuse_docker("docker-swapped-layers", "but the configuration says", Layers=lambda image: image["Layers"][::-1])
refuse("docker-link-loop", "which is not in the archive", [
    member("a", kind=tarfile.SYMTYPE, link="b"), member("b", kind=tarfile.SYMTYPE, link="a"),
    member("manifest.json", dump([docker(["evil:1"], "a", [])]))])

nested = [dump({"schemaVersion": 2, "manifests": []})]
for _ in range(5):
    nested.append(dump({"schemaVersion": 2, "manifests": [descriptor("index.v1+json", nested[-1])]}))
refuse("nested", "indexes nested more than", members_of(nested) + [index(descriptor("index.v1+json", nested[-1]))])
both = dump(dict(parsed, manifests=[]))
refuse("both-kinds", "both a manifest and an index", members_of([both]) + [index(entry_of(both))])
arm = dump({"schemaVersion": 2, "manifests": [descriptor("manifest.v1+json", b"x", platform={"os": "linux", "architecture": "arm64"})]})
refuse("other-platform", "no linux/amd64 in it", members_of([arm]) + [index(descriptor("index.v1+json", arm))])

with open(f"{out}/bad.txt", "w") as f:
    f.writelines(bad)
