// SPDX-License-Identifier: GPL-2.0-or-later
/* A wire that writes down what goes through it. */
#include "hypha-mon/record.h"

#include "hypha-mon/wire.h"
#include "util/error.h"
#include "util/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct recorder {
	struct wire wire;
	struct wire *inner;
	FILE *file;
	char *path;
};

static int failed(struct recorder *r)
{
	return err_sys(errno ? -errno : -EIO, "%s", r->path);
}

static int put(struct recorder *r, enum record_type type, const void *data, size_t len)
{
	struct record head = { .type = type, .len = len, .time = r->inner->now };
	static const char zeros[8];

	errno = 0;
	if (fwrite(&head, sizeof(head), 1, r->file) != 1 || (len && fwrite(data, len, 1, r->file) != 1) ||
	    (len % 8 && fwrite(zeros, 8 - len % 8, 1, r->file) != 1))
		return failed(r);
	return 0;
}

struct tee {
	struct recorder *recorder;
	wire_fn fn;
	void *arg;
};

static int answer(const void *data, size_t len, void *arg)
{
	struct tee *tee = arg;
	int err = put(tee->recorder, RECORD_ANSWER, data, len);

	tee->recorder->wire.now = tee->recorder->inner->now;
	return err ? err : tee->fn(data, len, tee->arg);
}

static int dump(struct wire *w, enum message_dump what, wire_fn fn, void *arg)
{
	struct recorder *r = (struct recorder *)w;
	struct tee tee = { r, fn, arg };
	uint32_t kind = what;
	int err = put(r, RECORD_DUMP, &kind, sizeof(kind));
	int32_t result;

	if (err)
		return err;
	err = r->inner->dump(r->inner, what, answer, &tee);
	w->now = r->inner->now;
	result = err;
	if (err && err != -EAGAIN)
		return err;
	return put(r, RECORD_DUMPED, &result, sizeof(result)) ?: err;
}

/* What is in the file when a wait begins is whole. */
static int next(struct wire *w, struct wire_item *item)
{
	static const enum record_type types[] = {
		[WIRE_MESSAGE] = RECORD_MESSAGE, [WIRE_LOST] = RECORD_LOST, [WIRE_TICK] = RECORD_TICK,
	};
	struct recorder *r = (struct recorder *)w;
	int err;

	if (fflush(r->file))
		return failed(r);
	err = r->inner->next(r->inner, item);
	w->now = r->inner->now;
	if (err || item->event > WIRE_TICK)
		return err;
	return put(r, types[item->event], item->data, item->event == WIRE_MESSAGE ? item->len : 0);
}

static void finish(struct wire *w)
{
	struct recorder *r = (struct recorder *)w;

	r->inner->close(r->inner);
	if (r->file && fclose(r->file))
		fprintf(stderr, "hypha-mon: %s: %s\n", r->path, strerror(errno));
	free(r->path);
	free(r);
}

static int begin(struct recorder *r)
{
	struct record_header head = { .magic = RECORD_MAGIC, .version = RECORD_VERSION, .order = RECORD_ORDER };
	int fd = open(r->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	r->file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!r->file)
		return failed(r);
	head.time = r->inner->now;
	return fwrite(&head, sizeof(head), 1, r->file) == 1 ? 0 : failed(r);
}

struct wire *wire_record_open(const char *path, struct wire *inner)
{
	struct recorder *r = mem_alloc(sizeof(*r));

	r->wire = (struct wire) { .dump = dump, .next = next, .close = finish, .now = inner->now };
	r->inner = inner;
	r->path = mem_strdup(path);
	if (!begin(r))
		return &r->wire;
	finish(&r->wire);
	return NULL;
}
