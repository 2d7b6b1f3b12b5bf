// SPDX-License-Identifier: GPL-2.0-or-later
/* The image store: names appear only for verified bytes, killed writers leave nothing, the index survives many writers. */
// links: userspace/oci/blobs.c userspace/oci/partial.c userspace/oci/policy.c userspace/util/limits.c userspace/oci/index.c userspace/oci/document.c userspace/util/digest.c userspace/util/hex.c userspace/util/error.c userspace/util/mem.c userspace/util/strv.c userspace/util/buf.c userspace/util/file.c
// libs: -ljansson -lmd
#include "test.h"

#include "oci/blobs.h"
#include "oci/index.h"
#include "util/error.h"
#include "util/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static size_t count(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;
	size_t n = 0;

	while (dir && (e = readdir(dir)))
		n += e->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return n;
}

static struct descriptor describe(const char *text)
{
	struct descriptor d = { .type = "t", .size = strlen(text) };

	digest_of(text, strlen(text), &d.digest);
	return d;
}

static int write_blob(const struct store *store, const struct descriptor *d, const char *text)
{
	struct blob_writer w;
	int err = blob_begin(&w, store, d);

	for (; !err && *text; text++)
		err = blob_write(&w, text, 1);
	if (!err)
		err = blob_commit(&w);
	blob_abort(&w);
	return err;
}

static const struct {
	const char *name, *announced, *sent, *text;
	int err;
} blobs[] = {
	{ "right bytes", "hello", "hello", NULL, 0 },
	{ "no bytes at all", "", "", NULL, 0 },
	{ "one byte changed", "world", "worle", "digest mismatch", -EBADMSG },
	{ "too few bytes", "there", "the", "truncated", -EBADMSG },
	{ "one byte more", "abc", "abcd", "more than", -EBADMSG },
};

static void check_blobs(const struct store *store)
{
	for (size_t i = 0; i < sizeof(blobs) / sizeof(blobs[0]); i++) {
		struct descriptor d = describe(blobs[i].announced);

		ok_num(write_blob(store, &d, blobs[i].sent), blobs[i].err, "verdict: %s", blobs[i].name);
		if (blobs[i].text)
			ok(strstr(err_text(), blobs[i].text), "says why: %s", blobs[i].name);
		ok_num(store_has(store, &d.digest, d.size), !blobs[i].err, "named only if right: %s", blobs[i].name);
	}
	ok_num(count("root/images/tmp"), 0, "failures leave no temporary file");
	ok_num(count("root/images/blobs/sha256"), 2, "and no blob");
}

static void check_damage(const struct store *store)
{
	struct descriptor d = describe("hello");
	char *path = store_blob_path(store, &d.digest);
	struct buf out = BUF_INIT;

	ok(!store_read(store, &d.digest, 100, &out) && out.len == 5, "reads back");
	ok_num(store_read(store, &d.digest, 4, &out), -EFBIG, "not more than asked for");
	file_write_atomic(path, "hallo", 5, 0600);
	ok_num(store_read(store, &d.digest, 100, &out), -EBADMSG, "notices damage");
	ok(!store_has(store, &d.digest, DESCRIPTOR_ANY_SIZE), "and takes the name away");
	ok(!write_blob(store, &d, "hello") && !store_read(store, &d.digest, 100, &out), "so that it can come again");
	buf_clean(&out);
	free(path);
}

/* A writer that is killed in the middle. */
static void check_killed(const struct store *store)
{
	struct descriptor d = describe("killed");
	struct store again;
	int ready[2];
	char byte;
	pid_t pid;

	if (pipe(ready))
		return;
	pid = fork();
	if (!pid) {
		struct blob_writer w;

		if (!blob_begin(&w, store, &d) && !blob_write(&w, "kil", 3) && write(ready[1], "x", 1) == 1)
			pause();
		_exit(1);
	}
	if (read(ready[0], &byte, 1) != 1)
		note("the writer did not get there");
	ok(!store_open("root", &again), "opens beside a writer");
	ok_num(count("root/images/tmp"), 1, "which keeps its temporary file");
	store_close(&again);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	ok_num(count("root/images/tmp"), 1, "a killed writer leaves it");
	ok(!store_open("root", &again) && !count("root/images/tmp"), "the next run removes it");
	store_close(&again);
	ok(!store_has(store, &d.digest, DESCRIPTOR_ANY_SIZE), "no blob came of it");
	close(ready[0]);
	close(ready[1]);
}

static void check_lease(struct store *store)
{
	struct store other;

	store_open("root", &other);
	ok_num(store_lease_alone(store), -EBUSY, "nobody is alone beside another");
	store_close(&other);
	ok_num(store_lease_alone(store), 0, "but afterwards");
	store_close(store);
	store_open("root", store);
}

static struct index_entry entry_of(const char *reference, const char *text)
{
	return (struct index_entry){ .reference = (char *)reference, .manifest = describe(text), .source = "" };
}

static void check_index(const struct store *store)
{
	struct index_entry a = entry_of("h/a:1", "one"), b = entry_of("h/b:1", "two"), c = entry_of("h/a:1", "three");
	struct index_list list;

	ok(!index_load(store, &list) && !list.nr, "no index is an empty one");
	index_clean(&list);
	ok(!index_set(store, &a) && !index_set(store, &b) && !index_set(store, &c), "names three");
	index_load(store, &list);
	ok_num(list.nr, 2, "of which one replaced another");
	ok(index_find(&list, "h/a:1") && digest_equal(&index_find(&list, "h/a:1")->manifest.digest, &c.manifest.digest),
	   "by the newer");
	ok(!index_find(&list, "h/a"), "finds whole names only");
	index_clean(&list);
	ok_num(index_remove(store, "h/c:1"), -ENOENT, "cannot remove what is not there");
	ok(!index_remove(store, "h/a:1") && !index_remove(store, "h/b:1"), "removes");
}

/* 8 processes, 20 names each: none may be lost. */
static void check_many_writers(const struct store *store)
{
	struct index_list list;
	int status, bad = 0;

	for (int i = 0; i < 8; i++) {
		if (fork())
			continue;
		for (int j = 0; j < 20; j++) {
			char name[32];
			struct index_entry e;

			sprintf(name, "h/n%d:%d", i, j);
			e = entry_of(name, name);
			bad |= !!index_set(store, &e);
		}
		_exit(bad);
	}
	while (wait(&status) > 0)
		bad |= status;
	ok_num(bad, 0, "eight writers at once");
	index_load(store, &list);
	ok_num(list.nr, 160, "lose nothing");
	index_clean(&list);
}

static void check_foreign(const struct store *store)
{
	const char *path = "root/images/index.json";
	const char *json = "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"x\",\"digest\":\"sha256:../..\",\"size\":1,"
		"\"annotations\":{\"org.opencontainers.image.ref.name\":\"evil\"}},{\"digest\":7},3]}";
	struct index_entry a = entry_of("h/a:1", "one");
	struct index_list list;

	file_write_atomic(path, json, strlen(json), 0600);
	ok(!index_load(store, &list) && !list.nr, "entries that are none are not listed");
	index_clean(&list);
	ok(!index_set(store, &a), "and do not stand in the way");
	file_write_atomic(path, "{", 1, 0600);
	ok(index_set(store, &a) == -EBADMSG && strstr(err_text(), "index.json"), "a damaged index is an error, not a fresh start");
}

static void check_layout(void)
{
	struct buf text = BUF_INIT;

	ok(!file_read("root/images/oci-layout", 100, &text) && strstr(buf_str(&text), "\"imageLayoutVersion\":\"1.0.0\""),
	   "is an OCI layout");
	buf_clean(&text);
}

int main(void)
{
	struct store store;

	if (!ok(!store_open("root", &store), "makes a store")) {
		note("%s", err_text());
		return done();
	}
	check_layout();
	check_blobs(&store);
	check_damage(&store);
	check_killed(&store);
	check_lease(&store);
	check_index(&store);
	check_many_writers(&store);
	check_foreign(&store);
	store_close(&store);
	return done();
}
