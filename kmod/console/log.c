// SPDX-License-Identifier: GPL-2.0-only
/* A bounded log of bytes: the newest stay, the oldest go and are counted. */
#include "log.h"

#include <linux/minmax.h>
#include <linux/string.h>

/* Where byte @offset is, or will be, in @log; NULL only if its chunk was never allocated. */
static u8 *locate(const struct hypha_log *log, u64 offset, size_t *room)
{
	u64 place = offset % ((u64)log->nr_chunks * HYPHA_LOG_CHUNK);
	u8 *chunk = log->chunks[place / HYPHA_LOG_CHUNK];
	size_t within = place % HYPHA_LOG_CHUNK;

	*room = HYPHA_LOG_CHUNK - within;
	return chunk ? chunk + within : NULL;
}

static u8 *locate_or_alloc(struct hypha_log *log, u64 offset, size_t *room)
{
	u64 nr = offset / HYPHA_LOG_CHUNK % log->nr_chunks;

	if (!log->chunks[nr])
		log->chunks[nr] = log->alloc();
	return locate(log, offset, room);
}

void hypha_log_init(struct hypha_log *log, u32 size, void **chunks, void *(*alloc)(void))
{
	*log = (struct hypha_log){
		.size = size,
		.nr_chunks = hypha_log_nr_chunks(size),
		.chunks = chunks,
		.alloc = alloc,
	};
}

void hypha_log_append(struct hypha_log *log, const void *data, size_t len)
{
	const u8 *from = data;

	while (len) {
		size_t room;
		u8 *to = locate_or_alloc(log, log->end, &room);
		size_t n = min_t(size_t, len, room);

		if (to)
			memcpy(to, from, n);
		log->end += n;
		if (!to)
			log->start = log->end;
		from += n;
		len -= n;
	}
	if (log->end - log->start > log->size)
		log->start = log->end - log->size;
}

size_t hypha_log_read(const struct hypha_log *log, u64 *pos, void *buf, size_t len)
{
	size_t done = 0;
	u8 *to = buf;

	*pos = clamp_t(u64, *pos, log->start, log->end);
	while (done < len && *pos < log->end) {
		size_t room;
		const u8 *from = locate(log, *pos, &room);
		size_t n = min_t(u64, min_t(size_t, len - done, room), log->end - *pos);

		memcpy(to + done, from, n);
		*pos += n;
		done += n;
	}
	return done;
}
