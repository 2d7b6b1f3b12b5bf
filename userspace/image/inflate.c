// SPDX-License-Identifier: GPL-2.0-or-later
/* Decompression of layers: RFC 1952 gzip, RFC 8878 zstd, or plain. */
#include "image/inflate.h"

#include "util/error.h"
#include "util/mem.h"

#include <errno.h>
#include <isa-l/igzip_lib.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#define ZSTD_WINDOW_LOG_MAX 27		/* 128 MiB: what `zstd -d` accepts by default */

struct codec {
	const char *name;
	bool (*sniff)(const unsigned char *p, size_t len);
	int (*init)(struct inflate *in);
	/* Turn some input into some output. Return: 0, or -errno with err_text(). */
	int (*step)(struct inflate *in);
	void (*end)(struct inflate *in);
};

struct inflate {
	int fd;
	const struct growing *growing;
	const struct codec *codec;
	bool eof;			/* of the file */
	bool between;			/* no member or frame is open */
	uint64_t taken;			/* bytes read from the file */
	size_t in_at, in_len;
	unsigned char *out;		/* the caller's */
	size_t out_size, out_len;
	struct inflate_state gzip;
	ZSTD_DStream *zstd;
	unsigned char in[INFLATE_PIECE];
};

static bool sniff_gzip(const unsigned char *p, size_t len)
{
	return len >= 2 && p[0] == 0x1f && p[1] == 0x8b;
}

static int init_gzip(struct inflate *in)
{
	isal_inflate_init(&in->gzip);
	in->gzip.crc_flag = ISAL_GZIP;
	return 0;
}

/* Between members: zero padding is tolerated as gzip(1) does, anything else is damage. */
static int next_member(struct inflate *in)
{
	while (in->in_at < in->in_len && !in->in[in->in_at])
		in->in_at++;
	if (in->in_at == in->in_len)
		return 0;
	if (in->in[in->in_at] != 0x1f)
		return err_set(-EBADMSG, "garbage after the end of the gzip data");
	isal_inflate_reset(&in->gzip);
	in->gzip.crc_flag = ISAL_GZIP;
	in->between = false;
	return 0;
}

static const char *gzip_reason(int ret)
{
	switch (ret) {
	case ISAL_INVALID_WRAPPER:
		return "no gzip header";
	case ISAL_UNSUPPORTED_METHOD:
		return "not deflate";
	case ISAL_INCORRECT_CHECKSUM:
		return "wrong checksum";
	default:
		return "not what a deflate stream can hold";
	}
}

static int step_gzip(struct inflate *in)
{
	int err = in->between ? next_member(in) : 0, ret;

	if (err || in->between)
		return err;
	in->gzip.next_in = in->in + in->in_at;
	in->gzip.avail_in = in->in_len - in->in_at;
	in->gzip.next_out = in->out;
	in->gzip.avail_out = in->out_size;
	ret = isal_inflate(&in->gzip);
	in->in_at = in->in_len - in->gzip.avail_in;
	in->out_len = in->out_size - in->gzip.avail_out;
	in->between = in->gzip.block_state == ISAL_BLOCK_FINISH;
	return ret >= 0 ? 0 : err_set(-EBADMSG, "damaged gzip data: %s", gzip_reason(ret));
}

static void end_gzip(struct inflate *in)
{
	(void)in;
}

static bool sniff_zstd(const unsigned char *p, size_t len)
{
	static const unsigned char frame[] = { 0x28, 0xb5, 0x2f, 0xfd }, skippable[] = { 0x2a, 0x4d, 0x18 };

	return len >= 4 && (!memcmp(p, frame, 4) || ((p[0] & 0xf0) == 0x50 && !memcmp(p + 1, skippable, 3)));
}

static int init_zstd(struct inflate *in)
{
	in->zstd = ZSTD_createDStream();
	if (!in->zstd || ZSTD_isError(ZSTD_DCtx_setParameter(in->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX)))
		return err_set(-ENOMEM, "libzstd failed");
	return 0;
}

static int step_zstd(struct inflate *in)
{
	ZSTD_inBuffer input = { in->in, in->in_len, in->in_at };
	ZSTD_outBuffer output = { in->out, in->out_size, 0 };
	size_t ret = ZSTD_decompressStream(in->zstd, &output, &input);

	if (ZSTD_isError(ret))
		return err_set(-EBADMSG, "damaged zstd data: %s", ZSTD_getErrorName(ret));
	if (input.pos > in->in_at || output.pos)
		in->between = !ret;
	in->in_at = input.pos;
	in->out_len = output.pos;
	return 0;
}

static void end_zstd(struct inflate *in)
{
	ZSTD_freeDStream(in->zstd);
}

static bool sniff_plain(const unsigned char *p, size_t len)
{
	(void)p, (void)len;
	return true;
}

static int init_plain(struct inflate *in)
{
	(void)in;
	return 0;
}

static int step_plain(struct inflate *in)
{
	size_t left = in->in_len - in->in_at;

	in->out_len = left < in->out_size ? left : in->out_size;
	memcpy(in->out, in->in + in->in_at, in->out_len);
	in->in_at += in->out_len;
	return 0;
}

static void end_plain(struct inflate *in)
{
	(void)in;
}

static const struct codec codecs[] = {
	{ "gzip", sniff_gzip, init_gzip, step_gzip, end_gzip },
	{ "zstd", sniff_zstd, init_zstd, step_zstd, end_zstd },
	{ "plain", sniff_plain, init_plain, step_plain, end_plain },
};

struct inflate *inflate_new(int fd, const struct growing *growing)
{
	struct inflate *in = mem_alloc(sizeof(*in));

	in->fd = fd;
	in->growing = growing;
	in->between = true;
	return in;
}

void inflate_free(struct inflate *in)
{
	if (!in)
		return;
	if (in->codec)
		in->codec->end(in);
	free(in);
}

/* How much may be read now. */
static ssize_t room(struct inflate *in)
{
	ssize_t left = INFLATE_PIECE - in->in_len, there = in->growing ? in->growing->wait(in->growing->arg, in->taken) : 0;

	return there && there < left ? there : left;
}

/* Fill the input buffer, whole unless the file ends. */
static int fill(struct inflate *in)
{
	in->in_at = in->in_len = 0;
	while (in->in_len < INFLATE_PIECE && !in->eof) {
		ssize_t len = room(in), n;

		if (len < 0)
			return len;
		n = read(in->fd, in->in + in->in_len, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(-errno, "reading");
		in->eof = !n;
		in->in_len += n;
		in->taken += n;
	}
	return 0;
}

static int start_codec(struct inflate *in)
{
	const struct codec *codec = codecs;
	int err = fill(in);

	while (!err && !codec->sniff(in->in, in->in_len))
		codec++;
	if (!err)
		err = codec->init(in);
	if (!err)
		in->codec = codec;
	return err;
}

/* Is there nothing more to come? A codec may hold output back after its last input. */
static bool at_end(const struct inflate *in)
{
	return in->eof && in->in_at == in->in_len;
}

ssize_t inflate_read(struct inflate *in, void *out, size_t size)
{
	int err = in->codec ? 0 : start_codec(in);

	in->out = out;
	in->out_size = size;
	for (in->out_len = 0; !err; ) {
		bool last;

		if (in->in_at == in->in_len && !in->eof)
			err = fill(in);
		if (err)
			break;
		last = at_end(in);
		err = in->codec->step(in);
		if (err)
			break;
		if (in->out_len)
			return in->out_len;
		if (!last)
			continue;
		if (in->between)
			return 0;
		err = err_set(-EBADMSG, "truncated %s data", in->codec->name);
	}
	return err;
}

uint64_t inflate_taken(const struct inflate *in)
{
	return in->taken - (in->in_len - in->in_at);
}
