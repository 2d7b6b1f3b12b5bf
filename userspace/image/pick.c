// SPDX-License-Identifier: GPL-2.0-or-later
/* Which image of the store a text means. */
#include "image/pick.h"

#include "oci/pull.h"
#include "util/error.h"
#include "util/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ID_DIGITS 64

static const char *digits_of(const char *text)
{
	return strncmp(text, "sha256:", 7) ? text : text + 7;
}

static size_t count_digits(const char *text)
{
	size_t len = strspn(text, "0123456789abcdef");

	return text[len] ? 0 : len;
}

bool pick_is_id(const char *text)
{
	return count_digits(digits_of(text)) == ID_DIGITS;
}

static bool begins(const char *digest, const char *digits)
{
	return !strncmp(digits_of(digest), digits, strlen(digits));
}

static bool has_id(const struct store *store, const struct index_entry *entry, const char *digits)
{
	struct local_image image;
	bool yes;

	if (begins(entry->manifest.digest.text, digits) || begins(entry->source, digits))
		return true;
	if (local_image_read(store, &entry->manifest, &image))
		return false;
	yes = begins(image.manifest.config.digest.text, digits);
	local_image_clean(&image);
	return yes;
}

static int pick_by_id(const struct store *store, const struct index_list *index, const char *digits,
		      const struct index_entry **entry)
{
	*entry = NULL;
	for (size_t i = 0; i < index->nr; i++) {
		const struct index_entry *e = &index->list[i];

		if (!has_id(store, e, digits))
			continue;
		if (*entry && !digest_equal(&(*entry)->manifest.digest, &e->manifest.digest))
			return err_set(-ENOTUNIQ, "more than one image has an id beginning with %s", digits);
		*entry = e;
	}
	return *entry ? 0 : -ENOENT;
}

int pick(const struct store *store, const struct index_list *index, const char *text, size_t digits,
	 const struct index_entry **entry, char **name)
{
	struct reference ref;
	int err = -ENOENT;

	*entry = NULL;
	*name = NULL;
	if (!pick_is_id(text) && !reference_parse(text, &ref)) {
		*entry = local_find(index, &ref);
		if (*entry)
			*name = mem_strdup(ref.text);
		reference_clean(&ref);
	}
	if (*entry)
		return 0;
	if (count_digits(digits_of(text)) >= digits)
		err = pick_by_id(store, index, digits_of(text), entry);
	return err == -ENOENT ? err_set(err, "no such image: %s", text) : err;
}
