/* SPDX-License-Identifier: GPL-2.0-only */
/* A bounded log of bytes, addressed by their offset since the beginning of time. Pure: locks and memory are the caller's. */
#ifndef HYPHA_CONSOLE_LOG_H
#define HYPHA_CONSOLE_LOG_H

#include <linux/types.h>

#define HYPHA_LOG_CHUNK	4096	/* bytes got at once from alloc() */

/* Holds the bytes [start, end); what is older was dropped, so @start is also the number of dropped bytes. */
struct hypha_log {
	u64 start;
	u64 end;
	u32 size;		/* most bytes kept */
	u32 nr_chunks;
	void **chunks;		/* each NULL until first written */
	void *(*alloc)(void);	/* HYPHA_LOG_CHUNK bytes or NULL */
};

/* Chunks a log of @size bytes needs; @size >= 1. */
static inline u32 hypha_log_nr_chunks(u32 size)
{
	return (size - 1) / HYPHA_LOG_CHUNK + 1;
}

/**
 * hypha_log_init() - an empty log
 * @log:    filled
 * @size:   bytes kept, at least 1
 * @chunks: hypha_log_nr_chunks(@size) pointers, all NULL; the caller frees them and what they point to after use
 * @alloc:  called by hypha_log_append() for each chunk once
 */
void hypha_log_init(struct hypha_log *log, u32 size, void **chunks, void *(*alloc)(void));

/* Add @len bytes, dropping the oldest beyond the log's size. Without memory for them they, and all before, count as dropped. */
void hypha_log_append(struct hypha_log *log, const void *data, size_t len);

/**
 * hypha_log_read() - copy what follows *@pos
 * @log: the log
 * @pos: reader's offset; moved over what it got, and first over what was dropped before it could be read
 * @buf: room for @len bytes
 * @len: most bytes to copy
 *
 * Return: bytes copied; 0 when *@pos has reached the end.
 */
size_t hypha_log_read(const struct hypha_log *log, u64 *pos, void *buf, size_t len);

#endif
