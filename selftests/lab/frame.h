/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * frame.h - how the two ends of the lab's wire speak: relay.c on the host, agent.c in dom0.
 *
 * One virtio-serial port carries frames: a header of 8 bytes, then @len bytes. dom0 says READY, the host sends the
 * command in COMMAND frames, the last one empty; then input one way and output the other. An empty STDIN frame is
 * the end of the input. EXIT carries the status as one byte and is the last frame from dom0.
 */
#ifndef LAB_FRAME_H
#define LAB_FRAME_H

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

enum lab_channel {
	LAB_STDIN = 0,
	LAB_STDOUT = 1,
	LAB_STDERR = 2,
	LAB_EXIT = 3,
	LAB_READY = 4,
	LAB_COMMAND = 5,
};

#define LAB_CHUNK 16384		/* most bytes in one frame */

struct lab_header {
	uint32_t channel;
	uint32_t len;
};

/* A frame as it is read, piece by piece, from a descriptor that may give less than asked. */
struct lab_frame {
	struct lab_header head;
	uint8_t body[LAB_CHUNK];
	size_t got;		/* bytes of head and body so far */
};

/**
 * lab_write_all() - write @len bytes, waiting where the descriptor is full
 * Return: 0, or -1 with errno.
 */
static inline int lab_write_all(int fd, const void *data, size_t len)
{
	const uint8_t *at = data;

	while (len) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EAGAIN) {
			poll(&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, -1);
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		at += n;
		len -= n;
	}
	return 0;
}

/**
 * lab_frame_read() - take what @fd has towards the next frame
 * Return: 1 when @f is whole, 0 when more is to come, -1 at the end or on a frame that cannot be.
 */
static inline int lab_frame_read(int fd, struct lab_frame *f)
{
	size_t want = sizeof(f->head), n_head = sizeof(f->head);
	ssize_t n;

	if (f->got >= n_head)
		want = n_head + f->head.len;
	if (f->got < n_head)
		n = read(fd, (uint8_t *)&f->head + f->got, n_head - f->got);
	else
		n = read(fd, f->body + f->got - n_head, want - f->got);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0)
		return -1;

	f->got += n;
	if (f->got < n_head)
		return 0;
	if (f->head.len > LAB_CHUNK)
		return -1;
	return f->got == n_head + f->head.len;
}

/**
 * lab_frame_write() - send one frame, waiting where the descriptor is full
 * Return: 0, or -1 with errno.
 */
static inline int lab_frame_write(int fd, uint32_t channel, const void *data, uint32_t len)
{
	uint8_t buf[sizeof(struct lab_header) + LAB_CHUNK];
	struct lab_header head = { .channel = channel, .len = len };

	memcpy(buf, &head, sizeof(head));
	if (len)
		memcpy(buf + sizeof(head), data, len);
	return lab_write_all(fd, buf, sizeof(head) + len);
}

#endif
