// SPDX-License-Identifier: GPL-2.0-or-later
/* A ring of pieces with one who fills, one who hashes and one who reads; a piece is filled anew when both are past it. */
#include "image/stream.h"

#include "util/error.h"
#include "util/mem.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#define PIECES 8
#define PIECE (256 << 10)

struct piece {
	ssize_t len;		/* 0 the end, < 0 an error */
	uint64_t taken;
	unsigned char data[PIECE];
};

struct stream {
	struct inflate *in;
	struct hasher *hasher;
	char *error;			/* the inflating thread's, for the reader's */
	pthread_mutex_t lock;		/* all below but the pieces' contents */
	pthread_cond_t moved;
	uint64_t filled, hashed, given;	/* pieces; the reader has piece given - 1 until it asks again */
	bool stop;
	pthread_t filler, adder;
	bool fills, adds;		/* are the threads there? */
	struct piece ring[PIECES];
};

static bool has_room(const struct stream *s)
{
	uint64_t held = s->given ? s->given - 1 : 0;

	return s->filled < (s->hashed < held ? s->hashed : held) + PIECES;
}

static void move(struct stream *s, uint64_t *count)
{
	pthread_mutex_lock(&s->lock);
	++*count;
	pthread_cond_broadcast(&s->moved);
	pthread_mutex_unlock(&s->lock);
}

static struct piece *wait_room(struct stream *s)
{
	struct piece *p = NULL;

	pthread_mutex_lock(&s->lock);
	while (!s->stop && !has_room(s))
		pthread_cond_wait(&s->moved, &s->lock);
	if (!s->stop)
		p = &s->ring[s->filled % PIECES];
	pthread_mutex_unlock(&s->lock);
	return p;
}

static void *fill(void *arg)
{
	struct stream *s = arg;
	struct piece *p;
	ssize_t len = 1;

	while (len > 0 && (p = wait_room(s))) {
		len = p->len = inflate_read(s->in, p->data, PIECE);
		p->taken = inflate_taken(s->in);
		if (len < 0)
			s->error = mem_strdup(err_text());
		move(s, &s->filled);
	}
	return NULL;
}

/* Piece number @nr, waited for. NULL: it does not come any more. */
static struct piece *wait_piece(struct stream *s, uint64_t nr)
{
	struct piece *p = NULL;

	pthread_mutex_lock(&s->lock);
	while (!s->stop && s->filled <= nr)
		pthread_cond_wait(&s->moved, &s->lock);
	if (!s->stop)
		p = &s->ring[nr % PIECES];
	pthread_mutex_unlock(&s->lock);
	return p;
}

static void *add(void *arg)
{
	struct stream *s = arg;
	struct piece *p;

	while ((p = wait_piece(s, s->hashed)) && p->len > 0) {
		hasher_add(s->hasher, p->data, p->len);
		move(s, &s->hashed);
	}
	return NULL;
}

struct stream *stream_new(int fd, const struct growing *growing, const struct digest *like)
{
	struct stream *s = mem_alloc(sizeof(*s));

	s->in = inflate_new(fd, growing);
	s->hasher = hasher_new(like);
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->moved, NULL);
	s->fills = !pthread_create(&s->filler, NULL, fill, s);
	s->adds = s->fills && !pthread_create(&s->adder, NULL, add, s);
	if (s->adds)
		return s;
	stream_free(s);
	err_set(-EAGAIN, "no thread can be started");
	return NULL;
}

static void join(struct stream *s)
{
	if (s->adds)
		pthread_join(s->adder, NULL);
	if (s->fills)
		pthread_join(s->filler, NULL);
	s->adds = s->fills = false;
}

void stream_free(struct stream *s)
{
	if (!s)
		return;
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_cond_broadcast(&s->moved);
	pthread_mutex_unlock(&s->lock);
	join(s);
	pthread_mutex_destroy(&s->lock);
	pthread_cond_destroy(&s->moved);
	hasher_free(s->hasher);
	inflate_free(s->in);
	free(s->error);
	free(s);
}

ssize_t stream_read(struct stream *s, const void **data)
{
	const struct piece *p = wait_piece(s, s->given);

	if (!p)
		return err_set(-ECANCELED, "reading was ended");
	if (p->len < 0)
		return err_set(p->len, "%s", s->error);
	if (p->len) {
		*data = p->data;
		move(s, &s->given);
	}
	return p->len;
}

void stream_digest(struct stream *s, struct digest *digest)
{
	join(s);
	hasher_end(s->hasher, digest);
	s->hasher = NULL;
}

uint64_t stream_taken(struct stream *s)
{
	return s->given ? s->ring[(s->given - 1) % PIECES].taken : 0;
}
