// SPDX-License-Identifier: GPL-2.0-or-later
/* One table of compressions: how each begins, and how to unpack it with a bound on the output. */
#include "image/decompress.h"

#include "util/error.h"

#include <bzlib.h>
#include <endian.h>
#include <errno.h>
#include <isa-l/igzip_lib.h>
#include <lz4.h>
#include <lzma.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <zstd.h>
#ifdef HAVE_LZO
#include <lzo/lzo1x.h>
#endif

#define CHUNK (1UL << 20)		/* output is grown by this much */
#define LZMA_MEMORY (256UL << 20)	/* most memory an xz or lzma header may ask for */
#define LZ4_BLOCK (8UL << 20)		/* legacy frames: block size fixed by the format */
#define LZO_BLOCK (64UL << 20)		/* lzop's own limit */

/* What one unpacker works on: input not yet read, output with its limit. */
struct job {
	const uint8_t *in;
	size_t left;
	size_t max;
	struct buf *out;
};

static int damaged(void)
{
	return err_set(-EBADMSG, "compressed data is damaged or cut short");
}

/* Room for the next piece of output. Return: bytes available at *where (one more than allowed, to notice excess), or -errno. */
static ssize_t room(struct job *j, size_t want, char **where)
{
	size_t allowed = j->max - j->out->len + 1;

	if (j->out->len > j->max)
		return err_set(-EFBIG, "unpacks to more than %zu bytes", j->max);
	if (want > allowed)
		want = allowed;
	*where = buf_reserve(j->out, want);
	return want;
}

static int finish(struct job *j)
{
	if (j->out->len > j->max)
		return err_set(-EFBIG, "unpacks to more than %zu bytes", j->max);
	return 0;
}

static int run_gzip(struct job *j, struct inflate_state *z)
{
	while (z->block_state != ISAL_BLOCK_FINISH) {
		char *p = NULL;
		ssize_t n = room(j, CHUNK, &p);

		if (n < 0)
			return n;
		z->next_in = (uint8_t *)j->in;
		z->avail_in = j->left > UINT32_MAX ? UINT32_MAX : j->left;
		z->next_out = (uint8_t *)p;
		z->avail_out = n;
		if (isal_inflate(z) < 0 || (z->block_state != ISAL_BLOCK_FINISH && z->avail_out && z->next_in == j->in + j->left))
			return damaged();
		j->left -= z->next_in - j->in;
		j->in = z->next_in;
		j->out->len += n - z->avail_out;
	}
	return finish(j);
}

static int unpack_gzip(struct job *j)
{
	struct inflate_state z;

	isal_inflate_init(&z);
	z.crc_flag = ISAL_GZIP;
	return run_gzip(j, &z);
}

static int run_lzma(struct job *j, lzma_stream *z)
{
	lzma_ret ret = LZMA_OK;

	z->next_in = j->in;
	z->avail_in = j->left;
	while (ret != LZMA_STREAM_END) {
		char *p = NULL;
		ssize_t n = room(j, CHUNK, &p);

		if (n < 0)
			return n;
		z->next_out = (uint8_t *)p;
		z->avail_out = n;
		ret = lzma_code(z, LZMA_RUN);
		j->out->len += n - z->avail_out;
		if (ret == LZMA_OK && !z->avail_in && z->avail_out)
			return damaged();
		if (ret != LZMA_OK && ret != LZMA_STREAM_END)
			return damaged();
	}
	return finish(j);
}

static int unpack_xz(struct job *j)
{
	lzma_stream z = LZMA_STREAM_INIT;
	int err;

	if (lzma_stream_decoder(&z, LZMA_MEMORY, 0) != LZMA_OK)
		return err_set(-ENOMEM, "liblzma does not start");
	err = run_lzma(j, &z);
	lzma_end(&z);
	return err;
}

static int unpack_lzma(struct job *j)
{
	lzma_stream z = LZMA_STREAM_INIT;
	int err;

	if (lzma_alone_decoder(&z, LZMA_MEMORY) != LZMA_OK)
		return err_set(-ENOMEM, "liblzma does not start");
	err = run_lzma(j, &z);
	lzma_end(&z);
	return err;
}

static int run_bzip2(struct job *j, bz_stream *z)
{
	int ret = BZ_OK;

	z->next_in = (char *)j->in;
	z->avail_in = j->left > UINT32_MAX ? UINT32_MAX : j->left;
	while (ret != BZ_STREAM_END) {
		char *p = NULL;
		ssize_t n = room(j, CHUNK, &p);

		if (n < 0)
			return n;
		z->next_out = p;
		z->avail_out = n;
		ret = BZ2_bzDecompress(z);
		j->out->len += n - z->avail_out;
		if (ret == BZ_OK && !z->avail_in && z->avail_out)
			return damaged();
		if (ret != BZ_OK && ret != BZ_STREAM_END)
			return damaged();
	}
	return finish(j);
}

static int unpack_bzip2(struct job *j)
{
	bz_stream z = {};
	int err;

	if (BZ2_bzDecompressInit(&z, 0, 0) != BZ_OK)
		return err_set(-ENOMEM, "libbz2 does not start");
	err = run_bzip2(j, &z);
	BZ2_bzDecompressEnd(&z);
	return err;
}

static int run_zstd(struct job *j, ZSTD_DStream *z)
{
	ZSTD_inBuffer in = { j->in, j->left, 0 };
	size_t ret = 1;

	while (ret) {
		char *p = NULL;
		ssize_t n = room(j, CHUNK, &p);
		ZSTD_outBuffer out = { p, n, 0 };

		if (n < 0)
			return n;
		ret = ZSTD_decompressStream(z, &out, &in);
		if (ZSTD_isError(ret))
			return damaged();
		j->out->len += out.pos;
		if (ret && in.pos == in.size && out.pos < out.size)
			return damaged();
	}
	return finish(j);
}

static int unpack_zstd(struct job *j)
{
	ZSTD_DStream *z = ZSTD_createDStream();
	int err;

	if (!z)
		return err_set(-ENOMEM, "libzstd does not start");
	err = run_zstd(j, z);
	ZSTD_freeDStream(z);
	return err;
}

static uint32_t get_le32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

/*
 * Legacy frames have no end mark: a magic number (which may repeat), then blocks { le32 size, data } of at most 8 MiB each.
 * A kernel appends its unpacked size, 4 bytes, which are the last and no block.
 */
static int unpack_lz4(struct job *j)
{
	static const uint32_t magic = 0x184c2102;

	while (j->left > 4) {
		uint32_t size = get_le32(j->in);
		char *p = NULL;
		ssize_t n;
		int got;

		j->in += 4;
		j->left -= 4;
		if (size == magic)
			continue;
		if (size > j->left || size > (uint32_t)LZ4_COMPRESSBOUND(LZ4_BLOCK))
			return damaged();
		n = room(j, LZ4_BLOCK, &p);
		if (n < 0)
			return n;
		got = LZ4_decompress_safe((const char *)j->in, p, size, n);
		if (got < 0)
			return n < (ssize_t)LZ4_BLOCK ? err_set(-EFBIG, "unpacks to more than %zu bytes", j->max) : damaged();
		j->out->len += got;
		j->in += size;
		j->left -= size;
	}
	return j->out->len ? finish(j) : damaged();
}

#ifdef HAVE_LZO
static uint32_t get_be32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return be32toh(v);
}

static bool skip(struct job *j, size_t n)
{
	if (n > j->left)
		return false;
	j->in += n;
	j->left -= n;
	return true;
}

/* lzop's file header; fields as in the kernel's lib/decompress_unlzo.c. */
static bool skip_lzop_header(struct job *j)
{
	const uint8_t *h = j->in + 9;
	uint32_t version, flags;
	size_t fixed;

	if (j->left < 9 + 30)
		return false;
	version = h[0] << 8 | h[1];
	/* version, library version, [version needed], method, [level] */
	h += version >= 0x0940 ? 8 : 5;
	flags = get_be32(h);
	h += 4 + (flags & 0x800 ? 4 : 0);		/* flags, [filter] */
	h += 8 + (version >= 0x0940 ? 4 : 0);		/* mode, mtime low, [mtime high] */
	fixed = h - j->in;
	return skip(j, fixed) && j->left && skip(j, 1 + j->in[0]) && skip(j, 4);	/* name, checksum */
}

static int unpack_lzo_block(struct job *j, uint32_t dst, uint32_t src)
{
	char *p = NULL;
	ssize_t n = room(j, dst, &p);
	lzo_uint got = dst;

	if (n < 0)
		return n;
	if ((size_t)n < dst)
		return err_set(-EFBIG, "unpacks to more than %zu bytes", j->max);
	if (src == dst)
		memcpy(p, j->in, src);
	else if (lzo1x_decompress_safe(j->in, src, (uint8_t *)p, &got, NULL) != LZO_E_OK || got != dst)
		return damaged();
	j->out->len += dst;
	return 0;
}

/* Blocks { be32 unpacked, be32 packed, be32 checksum, data }, ended by an unpacked size of 0. */
static int unpack_lzo(struct job *j)
{
	if (lzo_init() != LZO_E_OK)
		return err_set(-ENOMEM, "liblzo2 does not start");
	if (!skip_lzop_header(j))
		return damaged();
	for (;;) {
		uint32_t dst, src;
		int err;

		if (j->left < 4)
			return damaged();
		dst = get_be32(j->in);
		if (!dst)
			return finish(j);
		if (j->left < 12 || dst > LZO_BLOCK)
			return damaged();
		src = get_be32(j->in + 4);
		skip(j, 12);
		if (!src || src > dst || src > j->left)
			return damaged();
		err = unpack_lzo_block(j, dst, src);
		if (err)
			return err;
		skip(j, src);
	}
}
#else
static int unpack_lzo(struct job *j)
{
	(void)j;
	return err_set(-ENOTSUP, "LZO compression: this build of hypha lacks liblzo2");
}
#endif

static const struct format {
	const char *name;
	const char *magic;
	size_t magic_len;
	int (*unpack)(struct job *j);
} formats[] = {
	{ "gzip",  "\x1f\x8b\x08", 3, unpack_gzip },
	{ "xz",    "\xfd" "7zXZ\0", 6, unpack_xz },
	{ "zstd",  "\x28\xb5\x2f\xfd", 4, unpack_zstd },
	{ "lz4",   "\x02\x21\x4c\x18", 4, unpack_lz4 },
	{ "bzip2", "BZh", 3, unpack_bzip2 },
	{ "lzma",  "\x5d\0\0", 3, unpack_lzma },
	{ "lzo",   "\x89LZO\0\r\n\x1a\n", 9, unpack_lzo },
};

static const struct format *find_format(const void *in, size_t len)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (len >= formats[i].magic_len && !memcmp(in, formats[i].magic, formats[i].magic_len))
			return &formats[i];
	return NULL;
}

const char *decompress_format(const void *in, size_t len)
{
	const struct format *f = find_format(in, len);

	return f ? f->name : NULL;
}

int decompress(const void *in, size_t len, size_t max, struct buf *out)
{
	const struct format *f = find_format(in, len);
	struct buf fresh = BUF_INIT;
	struct job j = { in, len, max, &fresh };
	int err;

	if (!f)
		return err_set(-ENOEXEC, "no known compression");
	err = f->unpack(&j);
	if (err) {
		buf_clean(&fresh);
		return err_in(err, "%s", f->name);
	}
	if (!out->len) {
		buf_clean(out);
		*out = fresh;
		return 0;
	}
	buf_add(out, fresh.data, fresh.len);
	buf_clean(&fresh);
	return 0;
}
