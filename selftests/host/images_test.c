// SPDX-License-Identifier: GPL-2.0-or-later
/* Naming and forgetting images: what text means which, what a guest runs from stays, garbage goes and only garbage. */
// links: userspace/image/images.c userspace/image/garbage.c userspace/image/pick.c userspace/image/packed.c userspace/oci/blobs.c userspace/oci/index.c userspace/oci/local.c userspace/oci/manifest.c userspace/oci/imgconfig.c userspace/oci/document.c userspace/oci/reference.c userspace/util/digest.c userspace/util/hex.c userspace/util/error.c userspace/util/mem.c userspace/util/buf.c userspace/util/file.c userspace/util/strv.c userspace/util/map.c userspace/util/limits.c userspace/util/base64.c userspace/oci/partial.c userspace/oci/policy.c
// libs: -ljansson -lmd
#include "test.h"

#include "image/garbage.h"
#include "image/packed.h"
#include "image/pick.h"
#include "oci/pull.h"
#include "util/error.h"
#include "util/file.h"
#include "util/mem.h"
#include "util/strv.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static struct descriptor put(const struct store *store, const char *text)
{
	struct descriptor d = { .type = "", .size = strlen(text) };
	char *path;

	digest_of(text, strlen(text), &d.digest);
	path = store_blob_path(store, &d.digest);
	file_write_atomic(path, text, strlen(text), 0600);
	free(path);
	return d;
}

struct made {
	struct descriptor manifest, config, layer;
	char *packed;
};

/* An image of one layer; images made with the same @layer share it and its squashfs. */
static struct made make(const struct store *store, const char *author, const char *layer)
{
	struct made m = { .layer = put(store, layer) };
	struct local_image image;
	char *text;

	text = mem_printf("{\"author\":\"%s\",\"os\":\"linux\",\"architecture\":\"amd64\",\"rootfs\":{\"diff_ids\":[\"%s\"]}}", author,
			  m.layer.digest.text);
	m.config = put(store, text);
	free(text);
	text = mem_printf("{\"schemaVersion\":2,\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+json\",\"digest\":\"%s\",\"size\":%d},"
			  "\"layers\":[{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\",\"digest\":\"%s\",\"size\":%d}]}",
			  m.config.digest.text, (int)m.config.size, m.layer.digest.text, (int)m.layer.size);
	m.manifest = put(store, text);
	free(text);
	if (!ok(!local_image_load(store, &m.manifest, &image), "image %s is one", author))
		note("%s", err_text());
	m.packed = packed_path(store, &image.config);
	file_write_atomic(m.packed, "squashfs", 8, 0600);
	local_image_clean(&image);
	return m;
}

static void name(const struct store *store, const struct made *m, const char *reference)
{
	struct index_entry e = { .reference = (char *)reference, .manifest = m->manifest, .source = "" };

	ok(!index_set(store, &e), "named %s", reference);
}

static bool here(const struct store *store, const struct made *m)
{
	return store_has(store, &m->manifest.digest, DESCRIPTOR_ANY_SIZE) && store_has(store, &m->config.digest, DESCRIPTOR_ANY_SIZE) &&
		store_has(store, &m->layer.digest, DESCRIPTOR_ANY_SIZE);
}

static struct made a, b, c;

/* @prefix and so many digits of @d; valid for a while. */
static const char *text_of(const char *prefix, const struct digest *d, int digits)
{
	static char texts[16][256];
	static int n;

	n = (n + 1) % 16;
	snprintf(texts[n], sizeof(texts[n]), "%s%.*s", prefix, digits, digest_hex(d));
	return texts[n];
}

static void check_pick(const struct store *store)
{
	const struct {
		const char *belief, *text;
		size_t digits;
		int err;
		const struct made *found;
		const char *name;
	} cases[] = {
		{ "by its name", "h.example/a:1", 4, 0, &a, "h.example/a:1" },
		{ "by another name", "h.example/also:1", 4, 0, &a, "h.example/also:1" },
		{ "by its id", a.config.digest.text, 4, 0, &a, NULL },
		{ "by its manifest's digest", b.manifest.digest.text, 4, 0, &b, NULL },
		{ "by name and digest", text_of("h.example/b@sha256:", &b.manifest.digest, 64), 4, 0, &b,
		  text_of("h.example/b@sha256:", &b.manifest.digest, 64) },
		{ "by the beginning of its id", text_of("", &b.config.digest, 12), 4, 0, &b, NULL },
		{ "by a short beginning", text_of("sha256:", &b.config.digest, 6), 4, 0, &b, NULL },
		{ "not by one too short", text_of("", &b.config.digest, 6), 12, -ENOENT, NULL, NULL },
		{ "not by three digits", text_of("", &b.config.digest, 3), 4, -ENOENT, NULL, NULL },
		{ "not by nothing", "", 4, -ENOENT, NULL, NULL },
		{ "not by another's name and its digest", text_of("h.example/a@sha256:", &b.manifest.digest, 64), 4, -ENOENT, NULL, NULL },
		{ "without a name by its digest", c.manifest.digest.text, 4, 0, &c, NULL },
	};
	struct index_list index;

	index_load(store, &index);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct index_entry *entry;
		char *found;

		ok_num(pick(store, &index, cases[i].text, cases[i].digits, &entry, &found), cases[i].err, "%s: verdict", cases[i].belief);
		ok(!cases[i].found || digest_equal(&entry->manifest.digest, &cases[i].found->manifest.digest), "%s: it", cases[i].belief);
		ok_str(found, cases[i].name, "%s: name", cases[i].belief);
		free(found);
	}
	index_clean(&index);
}

static void check_in_use(const struct store *store)
{
	struct image_use use = { "web", a.manifest.digest.text, a.packed };
	struct image_options opt = { .root = "root", .uses = &use, .nr_uses = 1 };
	char **removed;
	uint64_t freed;

	ok_num(image_remove(&opt, a.config.digest.text), -ETXTBSY, "an image a guest runs from is not removed by its id");
	ok(strstr(err_text(), "guest web runs from it"), "and it is said who");
	ok_num(image_remove(&opt, "h.example/also:1"), 0, "one name of two may go");
	ok_num(image_remove(&opt, "h.example/a:1"), -ETXTBSY, "the last may not");
	ok(here(store, &a) && here(store, &b) && here(store, &c), "all are there");
	ok(!image_prune(&opt, true, &removed, &freed) && strv_len(removed) == 2, "prune -a takes the others, named or not");
	strv_free(removed);
	ok(here(store, &a) && !here(store, &b) && !here(store, &c), "and what was theirs alone");
	ok(!access(a.packed, F_OK) && access(c.packed, F_OK), "squashfs files too");
	opt.force = true;
	ok_num(image_remove(&opt, "h.example/a:1"), 0, "by force it goes");
	ok(!here(store, &a) && !access(a.packed, F_OK), "but for the file the guest runs from");
	opt.nr_uses = 0;
	ok(!image_prune(&opt, false, &removed, &freed) && access(a.packed, F_OK), "which goes when the guest has gone");
	ok_num(freed, 8, "with its bytes counted");
	strv_free(removed);
}

/* Somebody who prepares an image has blobs nobody knows of. */
static void check_lease(void)
{
	struct image_options opt = { .root = "root" };
	struct garbage_sum sums[GARBAGE_SUMS];
	struct store other;
	struct descriptor d;
	char **removed;
	uint64_t freed;

	ok(!store_open("root", &other), "another one pulls");
	d = put(&other, "on its way");
	ok_num(image_prune(&opt, true, &removed, &freed), -EBUSY, "prune says so");
	strv_free(removed);
	ok(store_has(&other, &d.digest, d.size), "and removes nothing");
	ok(!garbage_count(&opt, sums) && sums[0].free_bytes == d.size, "df counts it");
	store_close(&other);
	ok(!image_prune(&opt, true, &removed, &freed) && freed == d.size, "afterwards it goes");
	strv_free(removed);
}

int main(void)
{
	struct image_options opt = { .root = "root" };
	struct store store;

	if (!ok(!store_open("root", &store), "a store"))
		return done();
	a = make(&store, "a", "one layer");
	b = make(&store, "b", "one layer");
	c = make(&store, "c", "another layer");
	store_close(&store);
	store_peek("root", &store);
	name(&store, &a, "h.example/a:1");
	name(&store, &a, "h.example/also:1");
	name(&store, &b, "h.example/b:1");
	name(&store, &c, c.manifest.digest.text);
	check_pick(&store);
	ok_num(image_tag(&opt, c.manifest.digest.text, "h.example/c:1"), 0, "what had no name gets one");
	ok_num(image_remove(&opt, c.manifest.digest.text), 0, "and goes by its digest");
	ok(!here(&store, &c), "with all it had");
	free(c.packed);
	c = make(&store, "c", "another layer");
	name(&store, &c, c.manifest.digest.text);
	check_in_use(&store);
	check_lease();
	store_close(&store);
	free(a.packed);
	free(b.packed);
	free(c.packed);
	return done();
}
