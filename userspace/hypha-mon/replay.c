// SPDX-License-Identifier: GPL-2.0-or-later
/* A wire that reads what another one wrote down. What is in the file is not trusted. */
#include "hypha-mon/record.h"
#include "hypha-mon/wire.h"
#include "util/error.h"
#include "util/mem.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct replay {
	struct wire wire;
	FILE *file;
	char *path;
	struct record head;	/* the record that was read last */
	uint64_t *payload;	/* its bytes; aligned as messages must be */
	uint64_t at;		/* its place in the file */
};

static int broken(struct replay *r, const char *how)
{
	return err_set(-EPROTO, "%s: at byte %" PRIu64 ": %s", r->path, r->at, how);
}

static int read_payload(struct replay *r)
{
	size_t padded = (r->head.len + 7ul) / 8 * 8;

	if (r->head.type < RECORD_DUMP || r->head.type > RECORD_TICK || r->head.len > RECORD_MAX)
		return broken(r, "this is not a record");
	r->payload = mem_realloc(r->payload, padded + 8);
	if (padded && fread(r->payload, padded, 1, r->file) != 1)
		return broken(r, "the recording ends in the middle of a record");
	return 1;
}

/* Return: 1 a record, 0 the end, -EPROTO. */
static int read_record(struct replay *r)
{
	size_t n;

	r->at = ftell(r->file);
	n = fread(&r->head, 1, sizeof(r->head), r->file);
	if (!n && feof(r->file))
		return 0;
	if (n != sizeof(r->head))
		return broken(r, "the recording ends in the middle of a record");
	if (read_payload(r) < 0)
		return -EPROTO;
	r->wire.now = r->head.time;
	return 1;
}

static int begin_dump(struct replay *r, enum message_dump what)
{
	uint32_t kind = MESSAGE_DUMPS;
	int n = read_record(r);

	if (n <= 0)
		return n ? n : -ENODATA;
	if (r->head.type == RECORD_DUMP && r->head.len == sizeof(kind))
		memcpy(&kind, r->payload, sizeof(kind));
	return kind == what ? 0 : broken(r, "here should be a dump of another kind");
}

/* -ENODATA: the recorder was stopped in the middle of it. */
static int dump(struct wire *w, enum message_dump what, wire_fn fn, void *arg)
{
	struct replay *r = (struct replay *)w;
	int32_t result = 0;
	int n, err = begin_dump(r, what);

	while (!err) {
		n = read_record(r);
		if (n <= 0)
			return n ? n : -ENODATA;
		if (r->head.type != RECORD_ANSWER)
			break;
		err = fn(r->payload, r->head.len, arg);
	}
	if (err)
		return err;
	if (r->head.type != RECORD_DUMPED)
		return broken(r, "a dump without its end");
	if (r->head.len == sizeof(result))
		memcpy(&result, r->payload, sizeof(result));
	return result ? -EAGAIN : 0;
}

static int next(struct wire *w, struct wire_item *item)
{
	struct replay *r = (struct replay *)w;
	int n = read_record(r);

	*item = (struct wire_item) { .event = WIRE_END };
	if (n <= 0)
		return n;
	switch (r->head.type) {
	case RECORD_MESSAGE:
		*item = (struct wire_item) { WIRE_MESSAGE, r->payload, r->head.len };
		return 0;
	case RECORD_LOST:
		item->event = WIRE_LOST;
		return 0;
	case RECORD_TICK:
		item->event = WIRE_TICK;
		return 0;
	}
	return broken(r, "an answer to nothing");
}

static void finish(struct wire *w)
{
	struct replay *r = (struct replay *)w;

	if (r->file)
		fclose(r->file);
	free(r->payload);
	free(r->path);
	free(r);
}

static int begin(struct replay *r)
{
	struct record_header head;

	r->file = fopen(r->path, "re");
	if (!r->file)
		return err_sys(-errno, "%s", r->path);
	if (fread(&head, sizeof(head), 1, r->file) != 1 || memcmp(head.magic, RECORD_MAGIC, sizeof(head.magic)))
		return err_set(-EPROTO, "%s is not a recording of hypha-mon", r->path);
	if (head.order != RECORD_ORDER)
		return err_set(-EPROTO, "%s was recorded on a machine of another byte order", r->path);
	if (head.version != RECORD_VERSION)
		return err_set(-EPROTO, "%s is of version %u; this hypha-mon reads %d", r->path, head.version, RECORD_VERSION);
	r->wire.now = head.time;
	return 0;
}

struct wire *wire_replay_open(const char *path)
{
	struct replay *r = mem_alloc(sizeof(*r));

	r->wire = (struct wire) { .dump = dump, .next = next, .close = finish };
	r->path = mem_strdup(path);
	if (!begin(r))
		return &r->wire;
	finish(&r->wire);
	return NULL;
}
