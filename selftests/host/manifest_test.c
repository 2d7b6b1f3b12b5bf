// SPDX-License-Identifier: GPL-2.0-or-later
/* Manifests, indexes and configurations: what is chosen, what is refused and how. */
// links: userspace/oci/manifest.c userspace/oci/imgconfig.c userspace/util/base64.c userspace/oci/document.c userspace/util/digest.c userspace/util/hex.c userspace/util/error.c userspace/util/limits.c userspace/util/mem.c userspace/util/buf.c userspace/util/strv.c
// libs: -ljansson -lmd
#include "test.h"

#include "oci/imgconfig.h"
#include "oci/manifest.h"
#include "util/error.h"
#include "util/limits.h"

#include <errno.h>
#include <stdlib.h>

#define A "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define C "sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OCI "application/vnd.oci.image."
#define CHAIN "ccd722928bd92476ba1745586fed6e45a102504185ad88cd89e01ff116fd146c"
#define DOCKER "application/vnd.docker."
#define MANIFEST OCI "manifest.v1+json"
#define INDEX OCI "index.v1+json"
#define CONFIG "\"config\":{\"mediaType\":\"" OCI "config.v1+json\",\"digest\":\"" A "\",\"size\":7}"
#define LAYER(type) "{\"mediaType\":\"" type "\",\"digest\":\"" B "\",\"size\":9}"
#define TARGZ OCI "layer.v1.tar+gzip"
#define ENTRY(digest, os, arch) "{\"mediaType\":\"" MANIFEST "\",\"digest\":\"" digest "\",\"size\":5,\"platform\":{\"os\":\"" os "\",\"architecture\":\"" arch "\"}}"
#define ENTRY_V(digest, variant) "{\"mediaType\":\"" MANIFEST "\",\"digest\":\"" digest "\",\"size\":5,\"platform\":{\"os\":\"linux\",\"architecture\":\"amd64\",\"variant\":\"" variant "\"}}"
#define BARE(type, digest) "{\"mediaType\":\"" type "\",\"digest\":\"" digest "\",\"size\":5}"

static const struct {
	const char *name, *json, *type;
	int err;
	const char *chosen;	/* of an index */
	int layers;		/* of a manifest */
} documents[] = {
	{ "OCI manifest", "{\"schemaVersion\":2,\"mediaType\":\"" MANIFEST "\"," CONFIG ",\"layers\":[" LAYER(TARGZ) "]}", MANIFEST, 0, NULL, 1 },
	{ "manifest that does not say its type", "{\"schemaVersion\":2," CONFIG ",\"layers\":[]}", MANIFEST, 0, NULL, 0 },
	{ "manifest nobody says the type of", "{\"schemaVersion\":2," CONFIG ",\"layers\":[]}", "", 0, NULL, 0 },
	{ "manifest declared as plain JSON", "{\"schemaVersion\":2,\"mediaType\":\"" MANIFEST "\"," CONFIG ",\"layers\":[]}", "application/json", 0, NULL, 0 },
	{ "Docker manifest", "{\"schemaVersion\":2,\"mediaType\":\"" DOCKER "distribution.manifest.v2+json\",\"config\":{\"mediaType\":\""
	  DOCKER "container.image.v1+json\",\"digest\":\"" A "\",\"size\":7},\"layers\":[" LAYER(DOCKER "image.rootfs.diff.tar.gzip") ","
	  LAYER(DOCKER "image.rootfs.foreign.diff.tar.gzip") "]}", DOCKER "distribution.manifest.v2+json", 0, NULL, 2 },
	{ "zstd and plain layers", "{\"schemaVersion\":2," CONFIG ",\"layers\":[" LAYER(OCI "layer.v1.tar+zstd") "," LAYER(OCI "layer.v1.tar") "]}", MANIFEST, 0, NULL, 2 },
	{ "schema 1", "{\"schemaVersion\":1,\"name\":\"x\",\"fsLayers\":[]}", DOCKER "distribution.manifest.v1+prettyjws", -ENOTSUP, NULL, 0 },
	{ "schema 1 with the version of 2", "{\"schemaVersion\":2,\"fsLayers\":[]," CONFIG ",\"layers\":[]}", MANIFEST, -ENOTSUP, NULL, 0 },
	{ "an index with a config", "{\"schemaVersion\":2,\"manifests\":[],\"config\":null}", INDEX, -EBADMSG, NULL, 0 },
	{ "a Docker type declared as OCI's", "{\"schemaVersion\":2,\"mediaType\":\"" DOCKER "distribution.manifest.v2+json\"," CONFIG ",\"layers\":[]}", MANIFEST, -EBADMSG, NULL, 0 },
	{ "schema 1 unlabelled", "{\"schemaVersion\":1,\"name\":\"x\",\"fsLayers\":[]}", "", -ENOTSUP, NULL, 0 },
	{ "both kinds at once", "{\"schemaVersion\":2," CONFIG ",\"layers\":[],\"manifests\":[]}", MANIFEST, -EBADMSG, NULL, 0 },
	{ "type that differs from the declared", "{\"schemaVersion\":2,\"mediaType\":\"" INDEX "\",\"manifests\":[]}", MANIFEST, -EBADMSG, NULL, 0 },
	{ "manifest declared as index", "{\"schemaVersion\":2," CONFIG ",\"layers\":[]}", INDEX, -EBADMSG, NULL, 0 },
	{ "index declared as manifest", "{\"schemaVersion\":2,\"manifests\":[]}", MANIFEST, -EBADMSG, NULL, 0 },
	{ "artifact", "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"application/vnd.cncf.helm.config.v1+json\",\"digest\":\"" A "\",\"size\":7},\"layers\":[]}", MANIFEST, -ENOTSUP, NULL, 0 },
	{ "layer of an unknown type", "{\"schemaVersion\":2," CONFIG ",\"layers\":[" LAYER("text/plain") "]}", MANIFEST, -ENOTSUP, NULL, 0 },
	{ "other document", "{\"schemaVersion\":2,\"mediaType\":\"text/x\"}", "", -ENOTSUP, NULL, 0 },
	{ "digest with a path", "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"" OCI "config.v1+json\",\"digest\":\"sha256:../../x\",\"size\":7},\"layers\":[]}", MANIFEST, -EBADMSG, NULL, 0 },
	{ "digest of an unknown algorithm", "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"" OCI "config.v1+json\",\"digest\":\"blake3:aa\",\"size\":7},\"layers\":[]}", MANIFEST, -ENOTSUP, NULL, 0 },
	{ "negative size", "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"" OCI "config.v1+json\",\"digest\":\"" A "\",\"size\":-1},\"layers\":[]}", MANIFEST, -EBADMSG, NULL, 0 },
	{ "size that is text", "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"" OCI "config.v1+json\",\"digest\":\"" A "\",\"size\":\"7\"},\"layers\":[]}", MANIFEST, -EBADMSG, NULL, 0 },
	{ "size beyond 63 bits", "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"" OCI "config.v1+json\",\"digest\":\"" A "\",\"size\":9223372036854775808},\"layers\":[]}", MANIFEST, -EBADMSG, NULL, 0 },
	{ "duplicate key", "{\"schemaVersion\":2," CONFIG "," CONFIG ",\"layers\":[]}", MANIFEST, -EBADMSG, NULL, 0 },
	{ "no config", "{\"schemaVersion\":2,\"layers\":[]}", MANIFEST, -EBADMSG, NULL, 0 },
	{ "layers that are no list", "{\"schemaVersion\":2," CONFIG ",\"layers\":{}}", MANIFEST, -EBADMSG, NULL, 0 },
	{ "list instead of a document", "[]", MANIFEST, -EBADMSG, NULL, 0 },
	{ "nothing", "", MANIFEST, -EBADMSG, NULL, 0 },
	{ "two documents", "{}{}", MANIFEST, -EBADMSG, NULL, 0 },
	{ "index", "{\"schemaVersion\":2,\"mediaType\":\"" INDEX "\",\"manifests\":[" ENTRY(A, "linux", "arm64") "," ENTRY(B, "linux", "amd64") "]}", INDEX, 0, B, 0 },
	{ "Docker list", "{\"schemaVersion\":2,\"mediaType\":\"" DOCKER "distribution.manifest.list.v2+json\",\"manifests\":[" ENTRY(B, "linux", "amd64") "]}", DOCKER "distribution.manifest.list.v2+json", 0, B, 0 },
	{ "two that fit: the first", "{\"schemaVersion\":2,\"manifests\":[" ENTRY(A, "linux", "amd64") "," ENTRY(B, "linux", "amd64") "]}", INDEX, 0, A, 0 },
	{ "attestation beside it", "{\"schemaVersion\":2,\"manifests\":[" ENTRY(A, "unknown", "unknown") "," ENTRY(B, "linux", "amd64") "]}", INDEX, 0, B, 0 },
	{ "newer variants passed over", "{\"schemaVersion\":2,\"manifests\":[" ENTRY_V(A, "v3") "," ENTRY_V(B, "v1") "]}", INDEX, 0, B, 0 },
	{ "unknown types passed over", "{\"schemaVersion\":2,\"manifests\":[" BARE("text/plain", A) "," BARE(MANIFEST, B) "]}", INDEX, 0, B, 0 },
	{ "one that says nothing comes second", "{\"schemaVersion\":2,\"manifests\":[" BARE(MANIFEST, A) "," ENTRY(B, "linux", "amd64") "]}", INDEX, 0, B, 0 },
	{ "nested index", "{\"schemaVersion\":2,\"manifests\":[" BARE(INDEX, C) "]}", INDEX, 0, C, 0 },
	{ "only other platforms", "{\"schemaVersion\":2,\"manifests\":[" ENTRY(A, "linux", "arm64") "," ENTRY(B, "windows", "amd64") "]}", INDEX, -ENOENT, NULL, 0 },
	{ "empty index", "{\"schemaVersion\":2,\"manifests\":[]}", INDEX, -ENOENT, NULL, 0 },
	{ "index without a list", "{\"schemaVersion\":2,\"mediaType\":\"" INDEX "\"}", INDEX, -EBADMSG, NULL, 0 },
};

/* More of what an index may hold; E: an entry by members. */
#define E(digest, members) "{\"mediaType\":\"" MANIFEST "\",\"digest\":\"" digest "\",\"size\":5" members "}"
#define PLATFORM(members) ",\"platform\":{" members "}"
#define LINUX "\"os\":\"linux\",\"architecture\":\"amd64\""
static const struct {
	const char *name, *entries;
	int err;
	const char *chosen;
} choices[] = {
	{ "no variant", E(A, PLATFORM(LINUX)), 0, A },
	{ "an empty variant", E(A, PLATFORM(LINUX ",\"variant\":\"\"")), 0, A },
	{ "v1", E(A, PLATFORM(LINUX ",\"variant\":\"v1\"")), 0, A },
	{ "v2 alone", E(A, PLATFORM(LINUX ",\"variant\":\"v2\"")), -ENOENT, NULL },
	{ "v4, v2, then v1", E(A, PLATFORM(LINUX ",\"variant\":\"v4\"")) "," E(B, PLATFORM(LINUX ",\"variant\":\"v2\"")) "," E(C, PLATFORM(LINUX ",\"variant\":\"v1\"")), 0, C },
	{ "a variant that is no text", E(A, PLATFORM(LINUX ",\"variant\":1")), -ENOENT, NULL },
	{ "system features", E(A, PLATFORM(LINUX ",\"os.version\":\"1\",\"os.features\":[\"x\"]")), 0, A },
	{ "a platform of null", E(A, ",\"platform\":null"), 0, A },
	{ "an empty platform", E(A, PLATFORM("")), -ENOENT, NULL },
	{ "half a platform", E(A, PLATFORM("\"os\":\"linux\"")), -ENOENT, NULL },
	{ "a system that is no text", E(A, PLATFORM("\"os\":1,\"architecture\":\"amd64\"")), -ENOENT, NULL },
	{ "other case", E(A, PLATFORM("\"os\":\"Linux\",\"architecture\":\"AMD64\"")), -ENOENT, NULL },
	{ "x86_64", E(A, PLATFORM("\"os\":\"linux\",\"architecture\":\"x86_64\"")), -ENOENT, NULL },
	{ "386", E(A, PLATFORM("\"os\":\"linux\",\"architecture\":\"386\"")), -ENOENT, NULL },
	{ "an attestation alone", E(A, PLATFORM("\"os\":\"unknown\",\"architecture\":\"unknown\"")), -ENOENT, NULL },
	{ "an attestation before one that says nothing", E(A, PLATFORM("\"os\":\"unknown\",\"architecture\":\"unknown\"")) "," E(B, ""), 0, B },
	{ "annotations and more", E(A, PLATFORM(LINUX) ",\"annotations\":{\"a\":\"b\"},\"artifactType\":\"x/y\",\"other\":[1]"), 0, A },
	{ "an entry without a type", "{\"digest\":\"" A "\",\"size\":5}", -ENOENT, NULL },
	{ "an entry that is text", "\"x\"," E(B, ""), 0, B },
	{ "a layer as entry", BARE(TARGZ, A) "," E(B, ""), 0, B },
	{ "schema 1 as entry", BARE(DOCKER "distribution.manifest.v1+json", A) "," E(B, ""), 0, B },
	{ "a nested index for the platform", E(A, "") ",{\"mediaType\":\"" INDEX "\",\"digest\":\"" B "\",\"size\":5" PLATFORM(LINUX) "}", 0, B },
	{ "a broken entry that is not chosen", "{\"mediaType\":\"" MANIFEST "\",\"digest\":\"x\"}," E(B, PLATFORM(LINUX)), 0, B },
	{ "a broken entry that is chosen", "{\"mediaType\":\"" MANIFEST "\",\"digest\":\"sha256:../x\",\"size\":5}", -EBADMSG, NULL },
	{ "a size below 0", "{\"mediaType\":\"" MANIFEST "\",\"digest\":\"" A "\",\"size\":-5}", -EBADMSG, NULL },
	{ "sha512", E("sha512:" HEX64 HEX64, PLATFORM(LINUX)), 0, "sha512:" HEX64 HEX64 },
};

static void check_choices(void)
{
	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
		struct manifest_document doc;
		char json[2048];
		int err;

		snprintf(json, sizeof(json), "{\"schemaVersion\":2,\"mediaType\":\"" INDEX "\",\"manifests\":[%s]}", choices[i].entries);
		err = manifest_parse(json, strlen(json), INDEX, &doc);
		ok_num(err, choices[i].err, "verdict on an index with %s", choices[i].name);
		if (err)
			continue;
		ok_str(doc.chosen.digest.text, choices[i].chosen, "choice among %s", choices[i].name);
		manifest_document_clean(&doc);
	}
}

/* "hello", its digest, and what a descriptor may say of it beside. */
#define HELLO "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
#define EMPTY "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
static const struct {
	const char *name, *digest, *size, *members;
	int err;
	const char *data;
	int urls;
} descriptors[] = {
	{ "neither data nor urls", HELLO, "5", "", 0, NULL, 0 },
	{ "data", HELLO, "5", ",\"data\":\"aGVsbG8=\"", 0, "hello", 0 },
	{ "data of no bytes", EMPTY, "0", ",\"data\":\"\"", 0, "", 0 },
	{ "a blob of no bytes", EMPTY, "0", "", 0, NULL, 0 },
	{ "data of another size", HELLO, "6", ",\"data\":\"aGVsbG8=\"", -EBADMSG, NULL, 0 },
	{ "data of another digest", EMPTY, "5", ",\"data\":\"aGVsbG8=\"", -EBADMSG, NULL, 0 },
	{ "data that is not base64", HELLO, "5", ",\"data\":\"aGVsbG8\"", -EBADMSG, NULL, 0 },
	{ "data with a line break", HELLO, "5", ",\"data\":\"aGVs\\nbG8=\"", -EBADMSG, NULL, 0 },
	{ "data with bits to spare", HELLO, "5", ",\"data\":\"aGVsbG9=\"", -EBADMSG, NULL, 0 },
	{ "data padded inside", HELLO, "5", ",\"data\":\"aG==bG8=\"", -EBADMSG, NULL, 0 },
	{ "data that is a number", HELLO, "5", ",\"data\":5", -EBADMSG, NULL, 0 },
	{ "an url", HELLO, "5", ",\"urls\":[\"https://a/b\"]", 0, NULL, 1 },
	{ "urls and data", HELLO, "5", ",\"urls\":[\"https://a/b\",\"file:///x\"],\"data\":\"aGVsbG8=\"", 0, "hello", 2 },
	{ "urls of none", HELLO, "5", ",\"urls\":[]", 0, NULL, 0 },
	{ "urls of null", HELLO, "5", ",\"urls\":null", 0, NULL, 0 },
	{ "urls that are text", HELLO, "5", ",\"urls\":\"https://a/b\"", -EBADMSG, NULL, 0 },
	{ "urls with a number", HELLO, "5", ",\"urls\":[\"https://a/b\",1]", -EBADMSG, NULL, 0 },
};

static void check_descriptors(void)
{
	for (size_t i = 0; i < sizeof(descriptors) / sizeof(descriptors[0]); i++) {
		struct manifest_document doc;
		const struct descriptor *d;
		char json[2048];
		int err;

		snprintf(json, sizeof(json), "{\"schemaVersion\":2," CONFIG ",\"layers\":[{\"mediaType\":\"" TARGZ "\",\"digest\":\"%s\","
			 "\"size\":%s%s}]}", descriptors[i].digest, descriptors[i].size, descriptors[i].members);
		err = manifest_parse(json, strlen(json), MANIFEST, &doc);
		ok_num(err, descriptors[i].err, "verdict on a descriptor with %s", descriptors[i].name);
		if (err)
			continue;
		d = &doc.manifest.layers[0];
		ok_str(d->data, descriptors[i].data, "data of a descriptor with %s", descriptors[i].name);
		ok_num(d->data_len, d->data ? strlen(d->data) : 0, "its length");
		ok_num(strv_len(d->urls), descriptors[i].urls, "its urls");
		manifest_document_clean(&doc);
	}
}

static void check_documents(void)
{
	for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
		struct manifest_document doc;
		int err = manifest_parse(documents[i].json, strlen(documents[i].json), documents[i].type, &doc);

		ok_num(err, documents[i].err, "verdict on %s", documents[i].name);
		if (err) {
			if (err != documents[i].err)
				note("%s", err_text());
			continue;
		}
		ok_str(doc.is_index ? doc.chosen.digest.text : NULL, documents[i].chosen, "choice of %s", documents[i].name);
		ok_num(doc.manifest.nr_layers, documents[i].layers, "layers of %s", documents[i].name);
		manifest_document_clean(&doc);
	}
}

static void check_message(void)
{
	struct manifest_document doc;
	const char *json = "{\"schemaVersion\":2,\"manifests\":[" ENTRY(A, "linux", "arm64") "," ENTRY(B, "windows", "amd64") "]}";

	manifest_parse(json, strlen(json), INDEX, &doc);
	ok(strstr(err_text(), "linux/arm64, windows/amd64"), "lists the platforms there are");
}

static void check_limits(void)
{
	char *json = malloc(1 << 20), *p = json;
	struct manifest_document doc;

	p += sprintf(p, "{\"schemaVersion\":2," CONFIG ",\"layers\":[");
	for (size_t i = 0; i < limits.layers + 1; i++)
		p += sprintf(p, "%s%s", i ? "," : "", LAYER(TARGZ));
	sprintf(p, "]}");
	ok_num(manifest_parse(json, strlen(json), MANIFEST, &doc), -E2BIG, "refuses 129 layers");
	ok(strstr(err_text(), "128"), "and names the limit");
	memset(json, '[', 1 << 19);
	memcpy(json, "{\"a\":", 5);
	ok_num(manifest_parse(json, 1 << 19, MANIFEST, &doc), -EBADMSG, "refuses endless nesting");
	free(json);
}

static void check_every_cut(void)
{
	const char *json = documents[0].json;
	struct manifest_document doc;
	int accepted = 0;

	for (size_t len = 0; len < strlen(json); len++)
		if (!manifest_parse(json, len, MANIFEST, &doc)) {
			accepted++;
			manifest_document_clean(&doc);
		}
	ok_num(accepted, 0, "refuses every truncation");
}

#define ROOTFS "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"" A "\",\"" B "\"]}"

static void check_times(void)
{
	ok_num(imgconfig_time("2024-02-29T00:00:00Z"), 1709164800, "time in UTC");
	ok_num(imgconfig_time("2024-02-29T00:00:00.123456789Z"), 1709164800, "time with nanoseconds");
	ok_num(imgconfig_time("2024-02-28T18:30:00-05:30"), 1709164800, "time west of Greenwich, half an hour too");
	ok_num(imgconfig_time("2024-02-29T00:00:00"), 1709164800, "time without a zone is in UTC");
	ok_num(imgconfig_time("yesterday"), 0, "no time");
	ok_num(imgconfig_time("1960-01-01T00:00:00Z"), 0, "time before there was any");
}

static void check_config(void)
{
	const char *json = "{\"os\":\"linux\",\"architecture\":\"amd64\",\"created\":\"2024-02-29T01:00:00.5+01:00\"," ROOTFS ",\"config\":{"
		"\"Entrypoint\":[\"/e\"],\"Cmd\":[\"a\",\"b\"],\"Env\":[\"K=v\"],\"User\":\"1:2\",\"WorkingDir\":\"/w\","
		"\"StopSignal\":\"SIGINT\",\"Labels\":{\"l\":\"m\"}}}";
	struct imgconfig c;
	struct digest chain;

	if (!ok(!imgconfig_parse(json, strlen(json), &c), "reads a configuration"))
		return;
	ok_str(c.entrypoint[0], "/e", "entrypoint");
	ok(c.cmd[0] && c.cmd[1] && !c.cmd[2], "command of two words");
	ok_str(c.env[0], "K=v", "environment");
	ok_str(c.user, "1:2", "user");
	ok_str(c.workdir, "/w", "working directory");
	ok_str(c.stop_signal, "SIGINT", "stop signal");
	ok_str(c.labels[0], "l=m", "labels");
	ok_num(c.created, 1709164800, "time of creation, with offset");
	imgconfig_chain_id(&c, &chain);
	/* printf 'sha256:aa… sha256:bb…' | sha256sum */
	ok_str(chain.text, "sha256:" CHAIN, "chain id of two layers");
	imgconfig_clean(&c);
}

static const struct {
	const char *name, *json;
	int err;
} configs[] = {
	{ "nothing but layers", "{" ROOTFS "}", 0 },
	{ "null members", "{" ROOTFS ",\"config\":{\"Cmd\":null,\"Env\":null,\"User\":null,\"Labels\":null}}", 0 },
	{ "null config", "{" ROOTFS ",\"config\":null}", 0 },
	{ "other architecture", "{\"os\":\"linux\",\"architecture\":\"arm64\"," ROOTFS "}", -ENOTSUP },
	{ "other system", "{\"os\":\"windows\",\"architecture\":\"amd64\"," ROOTFS "}", -ENOTSUP },
	{ "no diff ids", "{\"rootfs\":{}}", -EBADMSG },
	{ "diff id that is none", "{\"rootfs\":{\"diff_ids\":[\"x\"]}}", -EBADMSG },
	{ "command as text", "{" ROOTFS ",\"config\":{\"Cmd\":\"sh\"}}", -EBADMSG },
	{ "command with a number", "{" ROOTFS ",\"config\":{\"Cmd\":[1]}}", -EBADMSG },
	{ "user as number", "{" ROOTFS ",\"config\":{\"User\":0}}", -EBADMSG },
	{ "environment with a NUL", "{" ROOTFS ",\"config\":{\"Env\":[\"A=\\u0000\"]}}", -EBADMSG },
};

int main(void)
{
	struct imgconfig c;

	check_documents();
	check_choices();
	check_descriptors();
	check_message();
	check_limits();
	check_every_cut();
	check_times();
	check_config();
	for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
		int err = imgconfig_parse(configs[i].json, strlen(configs[i].json), &c);

		ok_num(err, configs[i].err, "verdict on configuration: %s", configs[i].name);
		if (!err)
			imgconfig_clean(&c);
	}
	return done();
}
