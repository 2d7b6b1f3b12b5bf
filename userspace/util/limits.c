// SPDX-License-Identifier: GPL-2.0-or-later
/* The limits of images, and their lines in the configuration. */
#include "util/limits.h"

#include "util/buf.h"
#include "util/error.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct limits limits = {
	.manifest = 4 << 20,
	.config = 4 << 20,
	.layers = 128,
	.downloaded = 32ULL << 30,
	.entries = LIMITS_ENTRIES,
	.unpacked = LIMITS_UNPACKED,
	.partials = 8ULL << 30,
};

static const struct key {
	const char *name;
	size_t to;
	bool bytes;
	uint64_t max;		/* what the code that is limited can hold */
} keys[] = {
#define KEY(name, bytes, max) { #name, offsetof(struct limits, name), bytes, max }
	KEY(manifest, true, 64 << 20),
	KEY(config, true, 64 << 20),
	KEY(layers, false, 4096),
	KEY(downloaded, true, 1ULL << 50),
	KEY(entries, false, 100000000),
	KEY(unpacked, true, 1ULL << 50),
	KEY(partials, true, 1ULL << 50),
};

/* A number, of bytes with its unit. 0: it is none. */
static uint64_t read_number(const char *text, bool bytes)
{
	static const char units[] = "BKMGT";
	const char *unit;
	uint64_t n;
	char *end;

	errno = 0;
	n = isdigit((unsigned char)*text) ? strtoull(text, &end, 10) : 0;
	if (!n || errno)
		return 0;
	if (!bytes)
		return *end ? 0 : n;
	unit = *end && !end[1] ? strchr(units, toupper((unsigned char)*end)) : NULL;
	return unit && n <= UINT64_MAX >> (10 * (unit - units)) ? n << (10 * (unit - units)) : 0;
}

static int set(const struct key *key, const char *value)
{
	uint64_t n = read_number(value, key->bytes);

	if (!n)
		return err_set(-EINVAL, "%s: \"%.100s\" is not %s", key->name, value,
			       key->bytes ? "a size with its unit, as 512K, 4M or 32G" : "a number above 0");
	if (n > key->max)
		return err_set(-ERANGE, "%s: %s is out of range, at most %llu is possible", key->name, value,
			       (unsigned long long)key->max);
	*(uint64_t *)((char *)&limits + key->to) = n;
	return 0;
}

int limits_line(const struct conf_line *line)
{
	auto_buf names = BUF_INIT;

	if (*line->name)
		return err_set(-EINVAL, "[limits] takes no name");
	if (!line->key)
		return 0;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		buf_addf(&names, "%s%s", i ? ", " : "", keys[i].name);
		if (!strcmp(keys[i].name, line->key))
			return set(&keys[i], line->value);
	}
	return err_set(-EINVAL, "[limits]: unknown key \"%.100s\"; there are: %s", line->key, buf_str(&names));
}
