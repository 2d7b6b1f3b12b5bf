/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Content digests: their text, checked once, and hashing towards them. */
#ifndef HYPHA_UTIL_DIGEST_H
#define HYPHA_UTIL_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#define DIGEST_TEXT (sizeof("sha512:") + 128)

/* Only digest_parse() and the hasher fill it, so the text is always algorithm:lower-case-hex and safe in a path. */
struct digest {
	char text[DIGEST_TEXT];
};

/* Return: 0; -EINVAL not a digest, -ENOTSUP an algorithm other than sha256 and sha512; no err_text(). */
int digest_parse(const char *text, struct digest *d);
bool digest_equal(const struct digest *a, const struct digest *b);
const char *digest_hex(const struct digest *d);			/* behind the colon */
/* The algorithm's name as @d spells it, e.g. "sha256"; @out gets up to 7 bytes. */
void digest_algorithm(const struct digest *d, char out[8]);

/*
 * Programs that hash much bring an engine that is fast at it, before the first digest. begin() gets "sha256" or "sha512",
 * NULL: not by this engine; end() writes the raw digest if @raw is not NULL, and frees.
 */
#define DIGEST_RAW 64
struct digest_engine {
	void *(*begin)(const char *algorithm);
	void (*add)(void *state, const void *data, size_t len);
	void (*end)(void *state, unsigned char *raw);
};
void digest_use(const struct digest_engine *engine);

struct hasher;

/* A hasher of @like's algorithm; sha256 if @like is NULL. Ended by hasher_end() or hasher_free(). */
struct hasher *hasher_new(const struct digest *like);
void hasher_add(struct hasher *h, const void *data, size_t len);
void hasher_end(struct hasher *h, struct digest *d);		/* frees @h */
void hasher_free(struct hasher *h);				/* NULL is fine */

/* The sha256 of a piece of memory. */
void digest_of(const void *data, size_t len, struct digest *d);
/* All of a file, in @like's algorithm; sha256 if @like is NULL. Return: 0 or -errno, no err_text(). */
int digest_of_file(int fd, const struct digest *like, struct digest *d);

#endif
