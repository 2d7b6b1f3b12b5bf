// SPDX-License-Identifier: GPL-2.0-or-later
/* Downloads. Tries and broken connections are http.h's; here are stores, sources, authorization and who does what when. */
#include "oci/download.h"

#include "oci/partial.h"
#include "oci/policy.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/mem.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define LOOK_AGAIN_MS 200	/* whether another process is done with a blob */
#define URLS_MAX 4		/* of a descriptor that are tried */
#define GROWTH_STEP (256 << 10)	/* bytes; who reads along is woken no more often than that */

struct downloads {
	struct registry *reg;
	const struct store *store;
	struct progress *progress;
	const struct pull_listener *listener;
	struct download *list;
	struct progress_item *items;
	size_t nr, under_way;
	bool looking;		/* at those that are elsewhere, soon */
	int err;		/* the first one */
	char *text;
};

static void start_some(struct downloads *all);

static void end_all(struct downloads *all, int err)
{
	all->err = err;
	all->text = mem_strdup(err_text());
	http_cancel(registry_http(all->reg));
}

static void fail(struct download *d, int err)
{
	if (!d->all->err)
		end_all(d->all, err_in(err, "blob %s", d->want->digest.text));
}

static void show(void *arg)
{
	struct downloads *all = arg;

	progress_items(all->progress, all->items, all->nr, false);
}

static void look(void *arg)
{
	struct downloads *all = arg;
	int err = all->err ? 0 : all->listener->check(all->listener->arg);

	show(all);
	if (err)
		end_all(all, err);
}

static void set_state(struct download *d, enum progress_state state)
{
	d->item->state = state;
	d->item->done = d->writer.received;
}

static void is_done(struct download *d, enum progress_state state)
{
	d->state = DOWNLOAD_DONE;
	d->item->state = state;
	d->item->done = d->want->size;
	d->all->listener->came(d->all->listener->arg, &d->want->digest);
}

static void tell_growth(struct download *d)
{
	uint64_t received = d->writer.received;

	if (received >= d->told && received - d->told < GROWTH_STEP)
		return;
	d->told = received;
	d->all->listener->grows(d->all->listener->arg, &d->want->digest, received);
}

static int restart(struct download *d)
{
	int err = partial_restart(&d->writer);

	tell_growth(d);
	return err;
}

/*
 * All bytes are there. Return: 0; 1 they are wrong, but not all of one piece, so it begins anew; or -errno. Bytes that are
 * wrong are not kept.
 */
static int commit(struct download *d)
{
	int err;

	set_state(d, PROGRESS_VERIFYING);
	show(d->all);
	err = blob_commit(&d->writer);
	if (!err) {
		is_done(d, PROGRESS_DONE);
		return 0;
	}
	if (err == -EBADMSG && d->mixed && !d->anew) {
		d->anew = true;
		d->mixed = false;
		err = restart(d);
		return err ? err : 1;
	}
	blob_abort(&d->writer);
	return err;
}

static int begin_bytes(void *arg, uint64_t at)
{
	struct download *d = arg;

	set_state(d, PROGRESS_DOWNLOADING);
	if (at) {
		d->mixed = true;
		return 0;
	}
	d->mixed = false;
	return d->writer.received ? restart(d) : 0;
}

/* What cannot be written, or is more than was announced, is not worth keeping. */
static int take_bytes(void *arg, const void *data, size_t len)
{
	struct download *d = arg;
	int err = blob_write(&d->writer, data, len);

	d->item->done = d->writer.received;
	if (d->furthest < d->writer.received)
		d->furthest = d->writer.received;
	if (err)
		blob_abort(&d->writer);
	else
		tell_growth(d);
	return err;
}

static void request_done(void *arg, int err, struct http_reply *reply);

static int request(struct download *d)
{
	const char *authorization = d->source ? NULL : registry_authorization(d->all->reg);
	auto_free char *url = d->source ? mem_strdup(d->want->urls[d->source - 1]) :
					  registry_blob_url(d->all->reg, &d->want->digest);
	struct http_request r = {
		.url = url, .authorization = authorization, .from = d->writer.received, .size = d->want->size,
		.begin = begin_bytes, .sink = take_bytes, .done = request_done, .arg = d,
	};

	if (d->source && registry_is_tls(d->all->reg) && strncasecmp(url, "https:", 6))
		return err_set(-EPERM, "\"%.200s\" is not https, as the registry is", url);
	mem_wipe(d->used);
	d->used = authorization ? mem_strdup(authorization) : NULL;
	return http_add(registry_http(d->all->reg), &r);
}

/*
 * The registry does not have it: whoever the descriptor names may (foreign layers), without credentials. 1: asked, or -errno: the
 * registry's refusal, and what the last one said.
 */
static int try_next_source(struct download *d, int err)
{
	auto_free char *text = NULL;

	if (!d->refusal) {
		d->refusal = mem_strdup(err_text());
		d->refusal_err = err;
	}
	while (d->writer.temp.fd >= 0 && d->source < URLS_MAX && d->want->urls && d->want->urls[d->source]) {
		d->source++;
		err = request(d);
		if (!err)
			return 1;
	}
	if (!d->source)
		return err;
	text = mem_strdup(err_text());
	return err_set(d->refusal_err, "%s; %s", d->refusal, text);
}

/* Whoever has just been given a token of its own, and has got nothing for it, is not wanted. */
static int authorize(struct download *d, const struct http_reply *reply)
{
	int err;

	if (d->source || !reply->challenges.nr || d->authorized_at > d->furthest)
		return registry_refusal(reply);
	err = registry_authorize(d->all->reg, d->used, &reply->challenges);
	if (!err)
		d->authorized_at = d->furthest + 1;
	return err < 0 ? err : request(d);
}

/* Return: 0 done, 1 asked again, or -errno. */
static int conclude(struct download *d, int err, struct http_reply *reply)
{
	if (!err && reply->status == 200) {
		err = commit(d);
		if (err != 1)
			return err;
		err = request(d);
		return err ? err : 1;
	}
	if (!err && reply->status == 401) {
		err = authorize(d, reply);
		if (!err)
			return 1;
	} else if (!err) {
		err = registry_refusal(reply);
	}
	if (!d->source)
		return reply->status == 404 ? try_next_source(d, err) : err;
	return try_next_source(d, err_in(err, "%.200s", d->want->urls[d->source - 1]));
}

static void request_done(void *arg, int err, struct http_reply *reply)
{
	struct download *d = arg;
	struct downloads *all = d->all;

	if (all->err)
		return;
	err = conclude(d, err, reply);
	if (err > 0)
		return;
	all->under_way--;
	if (err)
		fail(d, err);
	else
		start_some(all);
}

static int take_embedded(struct download *d)
{
	int err = partial_restart(&d->writer);

	if (!err)
		err = take_bytes(d, d->want->data, d->want->data_len);
	return err ? err : commit(d);
}

/* Return: 0, also if it is somebody else's for now, or -errno with err_text(). */
static int start(struct download *d)
{
	int err;

	err = partial_begin(&d->writer, d->all->store, d->want);
	if (err == -EBUSY) {
		d->state = DOWNLOAD_ELSEWHERE;
		set_state(d, PROGRESS_ELSEWHERE);
		return 0;
	}
	if (err == -EEXIST) {
		is_done(d, PROGRESS_HERE);
		return 0;
	}
	if (err)
		return err;
	if (d->want->data)
		return take_embedded(d);
	d->mixed = d->writer.received;
	if (d->writer.received == d->want->size) {	/* also one of no bytes at all */
		err = commit(d);
		if (err <= 0)
			return err;
	}
	set_state(d, PROGRESS_DOWNLOADING);
	d->state = DOWNLOAD_UNDER_WAY;
	d->all->under_way++;
	return request(d);
}

static void look_again(void *arg, int err, struct http_reply *reply)
{
	struct downloads *all = arg;

	(void)err, (void)reply;
	all->looking = false;
	for (size_t i = 0; i < all->nr; i++)
		if (all->list[i].state == DOWNLOAD_ELSEWHERE)
			all->list[i].state = DOWNLOAD_QUEUED;
	start_some(all);
}

static void start_some(struct downloads *all)
{
	bool elsewhere = false;

	for (size_t i = 0; i < all->nr && !all->err; i++) {
		struct download *d = &all->list[i];
		int err = d->state == DOWNLOAD_QUEUED && all->under_way < policy.parallel ? start(d) : 0;

		if (err)
			fail(d, err);
		elsewhere |= d->state == DOWNLOAD_ELSEWHERE;
	}
	if (elsewhere && !all->looking && !all->err) {
		all->looking = true;
		http_wait(registry_http(all->reg), LOOK_AGAIN_MS, look_again, all);
	}
}

int download_blobs(struct registry *reg, const struct store *store, struct download *list, size_t nr,
		   struct progress *progress, const struct pull_listener *listener)
{
	auto_free struct progress_item *items = mem_alloc((nr + 1) * sizeof(*items));
	struct downloads all = {
		.reg = reg, .store = store, .progress = progress, .listener = listener, .list = list, .items = items, .nr = nr,
	};
	int err;

	for (size_t i = 0; i < nr; i++) {
		items[i] = (struct progress_item){
			.kind = list[i].kind, .digest = list[i].want->digest.text, .size = list[i].want->size,
		};
		list[i].all = &all;
		list[i].item = &items[i];
	}
	show(&all);
	start_some(&all);
	err = http_run(registry_http(reg), look, &all);
	if (all.err)
		err = err_set(all.err, "%s", all.text);
	free(all.text);
	for (size_t i = 0; i < nr; i++) {
		if (err == -ENOSPC || err == -EDQUOT)	/* a full disk is not left full */
			blob_abort(&list[i].writer);
		partial_leave(&list[i].writer);
		mem_wipe(list[i].used);
		free(list[i].refusal);
	}
	if (!err)
		progress_items(progress, items, nr, true);
	return err;
}
