// SPDX-License-Identifier: GPL-2.0-or-later
/* Partial blobs: continued, locked, never visible, never believed, not for ever. */
// links: userspace/oci/blobs.c userspace/oci/partial.c userspace/oci/policy.c userspace/util/limits.c userspace/util/digest.c userspace/util/hex.c userspace/util/error.c userspace/util/mem.c userspace/util/buf.c userspace/util/file.c
// libs: -lmd
#include "test.h"

#include "oci/partial.h"
#include "util/error.h"
#include "util/file.h"
#include "util/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct descriptor describe(const char *text, const char *algorithm)
{
	struct descriptor d = { .type = "t", .size = strlen(text) };
	struct digest like = { "" };
	struct hasher *h;

	sprintf(like.text, "%s:", algorithm);
	h = hasher_new(&like);
	hasher_add(h, text, strlen(text));
	hasher_end(h, &d.digest);
	return d;
}

static char *path_of(const struct descriptor *d)
{
	static char path[300];

	snprintf(path, sizeof(path), "root/images/partial/%s", d->digest.text);
	*strchr(path, ':') = '-';
	return path;
}

/* As a pull that ends early. */
static void leave(const struct store *store, const struct descriptor *d, const char *text)
{
	struct blob_writer w;

	if (!partial_begin(&w, store, d) && !partial_restart(&w))
		blob_write(&w, text, strlen(text));
	partial_leave(&w);
}

static void check_continued(const struct store *store, const char *algorithm)
{
	struct descriptor d = describe("hello world", algorithm);
	struct blob_writer w;

	leave(store, &d, "hello ");
	ok(!access(path_of(&d), F_OK) && !store_has(store, &d.digest, DESCRIPTOR_ANY_SIZE), "%s: kept, not visible as a blob", algorithm);
	ok(!partial_begin(&w, store, &d) && w.received == 6, "%s: goes on where it ended", algorithm);
	ok(!blob_write(&w, "world", 5) && !blob_commit(&w), "%s: and becomes a blob", algorithm);
	partial_leave(&w);
	ok(store_has(store, &d.digest, d.size) && access(path_of(&d), F_OK), "%s: which is all that is left", algorithm);
	ok_num(partial_begin(&w, store, &d), -EEXIST, "%s: nobody needs to do it again", algorithm);
}

static void check_not_believed(const struct store *store)
{
	struct descriptor d = describe("good bytes", "sha256");
	struct blob_writer w;

	leave(store, &d, "evil ");
	if (!partial_begin(&w, store, &d))
		blob_write(&w, "bytes", 5);
	ok(blob_commit(&w) == -EBADMSG && !store_has(store, &d.digest, DESCRIPTOR_ANY_SIZE), "wrong bytes from before are noticed");
	ok(!partial_restart(&w) && !blob_write(&w, "good bytes", 10) && !blob_commit(&w), "and it can begin anew at once");
	partial_leave(&w);
	d = describe("short", "sha256");
	leave(store, &d, "sho");
	file_write_atomic(path_of(&d), "much longer", 11, 0600);
	ok(!partial_begin(&w, store, &d) && !w.received, "more than there should be is nothing");
	ok(blob_write(&w, "short and", 9) == -EBADMSG, "and more than was announced is not taken");
	blob_abort(&w);
	partial_leave(&w);
	ok(access(path_of(&d), F_OK), "what was given up is gone");
	leave(store, &d, "");
	ok(access(path_of(&d), F_OK), "nothing is not kept");
}

/* Another process holds it, until it dies. */
static void check_locked(const struct store *store)
{
	struct descriptor d = describe("shared", "sha256");
	struct blob_writer w;
	int ready[2];
	char byte;
	pid_t pid;

	if (pipe(ready))
		return;
	pid = fork();
	if (!pid) {
		if (!partial_begin(&w, store, &d) && !blob_write(&w, "sha", 3) && write(ready[1], "x", 1) == 1)
			pause();
		_exit(1);
	}
	if (read(ready[0], &byte, 1) != 1)
		note("the other one did not get there");
	ok_num(partial_begin(&w, store, &d), -EBUSY, "somebody is at it");
	partial_collect(store);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	ok(!partial_begin(&w, store, &d) && w.received == 3, "who was killed leaves it to us");
	partial_leave(&w);
}

static void age(const struct descriptor *d, int days)
{
	struct timespec times[2] = { { .tv_sec = time(NULL) - days * 86400L - 60 }, { .tv_sec = time(NULL) - days * 86400L - 60 } };

	utimensat(AT_FDCWD, path_of(d), times, 0);
}

static void check_collected(const struct store *store)
{
	struct descriptor old = describe("older than a week", "sha256"), big = describe("the oldest of too much", "sha256");
	struct descriptor fresh = describe("fresh", "sha256");
	struct blob_writer w;

	leave(store, &old, "older");
	leave(store, &big, "the oldest");
	leave(store, &fresh, "fre");
	age(&old, 7);
	age(&big, 1);
	partial_collect(store);
	ok(access(path_of(&old), F_OK) && !access(path_of(&big), F_OK) && !access(path_of(&fresh), F_OK), "the old one goes");
	limits.partials = 12;
	ok(!partial_begin(&w, store, &big), "one is in use");
	partial_collect(store);
	ok(!access(path_of(&big), F_OK), "and stays, too much or not");
	partial_leave(&w);
	age(&big, 1);
	partial_collect(store);
	ok(access(path_of(&big), F_OK) && !access(path_of(&fresh), F_OK), "then the oldest goes");
}

int main(void)
{
	struct store store;

	if (!ok(!store_open("root", &store), "makes a store"))
		return done();
	check_continued(&store, "sha256");
	check_continued(&store, "sha512");
	check_not_believed(&store);
	check_locked(&store);
	check_collected(&store);
	store_close(&store);
	return done();
}
