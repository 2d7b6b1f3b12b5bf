// SPDX-License-Identifier: GPL-2.0-or-later
/* Which image of the store a text means. */
#include "image/pick.h"

#include "oci/pull.h"
#include "util/error.h"
#include "util/mem.h"

#include <errno.h>
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

/* @id: of an entry that fits. */
static bool has_id(const struct store *store, const struct index_entry *entry, const char *digits, struct digest *id)
{
	struct local_image image;
	bool yes = begins(entry->manifest.digest.text, digits) || begins(entry->source, digits);

	*id = entry->manifest.digest;
	if (local_image_read(store, &entry->manifest, &image))
		return yes;
	*id = image.manifest.config.digest;
	local_image_clean(&image);
	return yes || begins(id->text, digits);
}

/* Manifests with one configuration are one image, packed in several ways. */
static int pick_by_id(const struct store *store, const struct index_list *index, const char *digits,
		      const struct index_entry **entry)
{
	struct digest first, id;

	*entry = NULL;
	for (size_t i = 0; i < index->nr; i++) {
		if (!has_id(store, &index->list[i], digits, &id))
			continue;
		if (*entry && !digest_equal(&first, &id))
			return err_set(-ENOTUNIQ, "more than one image has an id beginning with %s", digits);
		if (*entry)
			continue;
		*entry = &index->list[i];
		first = id;
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
