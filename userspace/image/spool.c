// SPDX-License-Identifier: GPL-2.0-or-later
/* Batches of blocks go round: filled by the caller, compressed by a thread, written by the caller in the order they were filled. */
#include "image/spool.h"

#include "util/error.h"
#include "util/mem.h"

#include <errno.h>
#include <lz4.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BATCH (512 << 10)	/* bytes of input */
#define BLOCKS_MAX 256		/* in one batch */
#define WORKERS_MAX 8

struct block {
	struct inode *inode;	/* NULL: it is a fragment */
	size_t index;		/* in inode->blocks, or of the fragments */
	size_t at, len;		/* in the batch's input */
	uint32_t size;		/* as in inode->blocks */
};

enum state { FREE, FILLED, TAKEN, DONE };

struct batch {
	enum state state;	/* under the lock */
	struct block blocks[BLOCKS_MAX];
	size_t nr, in_len, out_len;
	char in[BATCH], out[BATCH];
};

struct spool {
	int fd;
	uint64_t end;
	struct inode *inode;	/* being filled, at: */
	uint64_t at;
	char *fragment;		/* being filled, so far: */
	size_t fragment_len;
	struct fragment *fragments;	/* those before it; of the last ones it is not yet known where they are */
	size_t nr_fragments;
	struct batch *ring;
	size_t nr_batches, head, tail;	/* being filled; the oldest not yet written */
	pthread_mutex_t lock;		/* the batches' states, next, stop */
	pthread_cond_t filled, done;
	size_t next;			/* batch for a worker to take */
	bool stop;
	pthread_t workers[WORKERS_MAX];
	size_t nr_workers;
};

static bool is_zero(const char *p, size_t len)
{
	return !*p && !memcmp(p, p + 1, len - 1);
}

/* What does not become smaller is kept as it is. */
static void compress_block(struct batch *b, struct block *block)
{
	const char *in = b->in + block->at;
	char *out = b->out + b->out_len;
	int n;

	if (block->inode && is_zero(in, block->len))
		return;
	n = LZ4_compress_default(in, out, (int)block->len, (int)block->len - 1);
	if (n <= 0)
		memcpy(out, in, block->len);
	block->size = n > 0 ? (uint32_t)n : block->len | SPOOL_PLAIN;
	b->out_len += n > 0 ? (size_t)n : block->len;
}

static struct batch *take_batch(struct spool *s)
{
	struct batch *b;

	while (!s->stop && s->ring[s->next].state != FILLED)
		pthread_cond_wait(&s->filled, &s->lock);
	if (s->stop)
		return NULL;
	b = &s->ring[s->next];
	s->next = (s->next + 1) % s->nr_batches;
	b->state = TAKEN;
	return b;
}

static void *work(void *arg)
{
	struct spool *s = arg;
	struct batch *b;

	pthread_mutex_lock(&s->lock);
	while ((b = take_batch(s))) {
		pthread_mutex_unlock(&s->lock);
		for (size_t i = 0; i < b->nr; i++)
			compress_block(b, &b->blocks[i]);
		pthread_mutex_lock(&s->lock);
		b->state = DONE;
		pthread_cond_signal(&s->done);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

static int start_workers(struct spool *s, size_t nr)
{
	for (; s->nr_workers < nr; s->nr_workers++) {
		int err = pthread_create(&s->workers[s->nr_workers], NULL, work, s);

		if (err && !s->nr_workers)
			return err_sys(-err, "starting a thread");
		if (err)
			break;
	}
	return 0;
}

struct spool *spool_new(int fd)
{
	struct spool *s = mem_alloc(sizeof(*s));
	long nr = sysconf(_SC_NPROCESSORS_ONLN);

	nr = nr < 1 ? 1 : nr > WORKERS_MAX ? WORKERS_MAX : nr;
	s->fd = fd;
	s->nr_batches = nr + 2;
	s->ring = mem_alloc(s->nr_batches * sizeof(*s->ring));
	s->fragment = mem_alloc(SPOOL_BLOCK);
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->filled, NULL);
	pthread_cond_init(&s->done, NULL);
	if (!start_workers(s, nr))
		return s;
	spool_free(s);
	return NULL;
}

static void reset(struct spool *s, struct batch *b)
{
	for (size_t i = 0; i < b->nr; i++)
		inode_put(b->blocks[i].inode);
	b->nr = b->in_len = b->out_len = 0;
	pthread_mutex_lock(&s->lock);
	b->state = FREE;
	pthread_mutex_unlock(&s->lock);
}

void spool_free(struct spool *s)
{
	if (!s)
		return;
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_cond_broadcast(&s->filled);
	pthread_mutex_unlock(&s->lock);
	for (size_t i = 0; i < s->nr_workers; i++)
		pthread_join(s->workers[i], NULL);
	for (size_t i = 0; i < s->nr_batches; i++)
		reset(s, &s->ring[i]);
	pthread_mutex_destroy(&s->lock);
	pthread_cond_destroy(&s->filled);
	pthread_cond_destroy(&s->done);
	inode_put(s->inode);
	free(s->fragments);
	free(s->fragment);
	free(s->ring);
	free(s);
}

static int write_out(struct spool *s, const struct batch *b)
{
	for (size_t done = 0; done < b->out_len; ) {
		ssize_t n = pwrite(s->fd, b->out + done, b->out_len - done, s->end + done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_sys(n ? -errno : -EIO, "writing unpacked data");
		done += n;
	}
	return 0;
}

/* Where it begins and how long it is becomes known to whose it is. */
static void settle(struct spool *s, struct block *block)
{
	if (!block->inode) {
		s->fragments[block->index] = (struct fragment){ s->end, block->size };
	} else {
		if (!block->index)
			block->inode->data = s->end;
		block->inode->blocks[block->index] = block->size;
	}
	s->end += block->size & ~SPOOL_PLAIN;
	block->size = 0;
}

/* Write the oldest batch, waiting for it. */
static int retire(struct spool *s)
{
	struct batch *b = &s->ring[s->tail];
	int err;

	pthread_mutex_lock(&s->lock);
	while (b->state != DONE)
		pthread_cond_wait(&s->done, &s->lock);
	pthread_mutex_unlock(&s->lock);
	err = write_out(s, b);
	for (size_t i = 0; i < b->nr; i++)
		settle(s, &b->blocks[i]);
	reset(s, b);
	s->tail = (s->tail + 1) % s->nr_batches;
	return err;
}

static int submit(struct spool *s)
{
	pthread_mutex_lock(&s->lock);
	s->ring[s->head].state = FILLED;
	pthread_cond_signal(&s->filled);
	pthread_mutex_unlock(&s->lock);
	s->head = (s->head + 1) % s->nr_batches;
	return s->head == s->tail ? retire(s) : 0;
}

/* A new block at the end of the batch that is being filled, or of the next one. */
static int add_block(struct spool *s, struct inode *inode, size_t index, size_t len)
{
	struct batch *b = &s->ring[s->head];
	int err = 0;

	if (b->nr == BLOCKS_MAX || b->in_len + len > BATCH)
		err = submit(s);
	b = &s->ring[s->head];
	b->blocks[b->nr++] = (struct block){ inode ? inode_get(inode) : NULL, index, b->in_len, len, 0 };
	b->in_len += len;
	return err;
}

/* The fragment is as full as it will be. */
static int end_fragment(struct spool *s)
{
	struct batch *b;
	int err;

	if (!s->fragment_len)
		return 0;
	s->fragments = mem_realloc(s->fragments, (s->nr_fragments + 1) * sizeof(*s->fragments));
	err = add_block(s, NULL, s->nr_fragments++, s->fragment_len);
	b = &s->ring[s->head];
	memcpy(b->in + b->in_len - s->fragment_len, s->fragment, s->fragment_len);
	s->fragment_len = 0;
	return err;
}

void spool_begin(struct spool *s, struct inode *inode)
{
	s->inode = inode_get(inode);
	s->at = 0;
	if (spool_is_small(inode))
		return;
	inode->nr_blocks = (inode->size + SPOOL_BLOCK - 1) / SPOOL_BLOCK;
	inode->blocks = mem_alloc(inode->nr_blocks * sizeof(*inode->blocks));
}

/* The block that is being filled, made room for if none is. */
static int open_block(struct spool *s, struct block **block)
{
	uint64_t start = s->at - s->at % SPOOL_BLOCK, left = s->inode->size - start;
	size_t len = left < SPOOL_BLOCK ? left : SPOOL_BLOCK;
	int err = s->at == start ? add_block(s, s->inode, start / SPOOL_BLOCK, len) : 0;

	*block = &s->ring[s->head].blocks[s->ring[s->head].nr - 1];
	return err;
}

/* Where the next bytes of the file go. Return: how many there may be, or -errno. */
static ssize_t open_room(struct spool *s, char **to)
{
	size_t off = s->at % SPOOL_BLOCK;
	struct block *block;
	int err;

	if (spool_is_small(s->inode)) {
		err = !s->at && s->fragment_len + s->inode->size > SPOOL_BLOCK ? end_fragment(s) : 0;
		*to = s->fragment + s->fragment_len + off;
		return err ? err : (ssize_t)(s->inode->size - off);
	}
	err = open_block(s, &block);
	*to = s->ring[s->head].in + block->at + off;
	return err ? err : (ssize_t)(block->len - off);
}

/* Bytes, or zeros if @data is NULL; at most to the end of the block. */
static ssize_t fill(struct spool *s, const void *data, uint64_t len)
{
	char *to;
	ssize_t room = open_room(s, &to);

	if (room < 0)
		return room;
	if (len > (uint64_t)room)
		len = room;
	if (data)
		memcpy(to, data, len);
	else
		memset(to, 0, len);
	s->at += len;
	return len;
}

/* Whole blocks of a hole need not be looked at, only the first says where the file begins. */
static int skip_to(struct spool *s, uint64_t offset)
{
	while (s->at < offset) {
		uint64_t block = s->inode->size - s->at < SPOOL_BLOCK ? s->inode->size - s->at : SPOOL_BLOCK;
		ssize_t n = block;

		if (s->at && !(s->at % SPOOL_BLOCK) && offset - s->at >= block)
			s->at += block;
		else
			n = fill(s, NULL, offset - s->at);
		if (n < 0)
			return n;
	}
	return 0;
}

int spool_add(struct spool *s, uint64_t offset, const void *data, size_t len)
{
	int err = skip_to(s, offset);

	while (!err && len) {
		ssize_t n = fill(s, data, len);

		if (n < 0)
			return n;
		data = (const char *)data + n;
		len -= n;
	}
	return err;
}

int spool_end(struct spool *s)
{
	int err = skip_to(s, s->inode->size);

	if (!err && spool_is_small(s->inode)) {
		s->inode->fragment = s->nr_fragments;
		s->inode->fragment_at = s->fragment_len;
		s->fragment_len += s->inode->size;
	}
	inode_put(s->inode);
	s->inode = NULL;
	return err;
}

int spool_flush(struct spool *s, uint64_t *len, struct fragment **fragments, size_t *nr_fragments)
{
	int err = end_fragment(s);

	if (!err)
		err = submit(s);
	while (!err && s->tail != s->head)
		err = retire(s);
	*len = s->end;
	*fragments = s->fragments;
	*nr_fragments = s->nr_fragments;
	s->fragments = NULL;
	return err;
}
