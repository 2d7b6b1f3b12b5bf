// SPDX-License-Identifier: GPL-2.0-or-later
/* JSON documents from strangers. */
#include "oci/document.h"

#include "util/error.h"
#include "util/mem.h"

#include <errno.h>

int document_parse(const char *text, size_t len, json_t **out)
{
	json_error_t error;

	/* jansson itself ends nesting at 2048 and refuses invalid UTF-8 and \u0000 */
	*out = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	if (!*out)
		return err_set(-EBADMSG, "not valid JSON: line %d: %s", error.line, error.text);
	if (json_is_object(*out))
		return 0;
	json_decref(*out);
	*out = NULL;
	return err_set(-EBADMSG, "not a JSON object");
}

const char *document_string(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return !value || json_is_null(value) ? "" : json_string_value(value);
}

int document_size(const json_t *object, const char *key, uint64_t *out)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return err_set(-EBADMSG, "\"%s\" is not a number ≥ 0", key);
	*out = json_integer_value(value);
	return 0;
}

int document_strings(const json_t *object, const char *key, char ***out)
{
	const json_t *array = json_object_get(object, key), *value;
	size_t i;

	*out = mem_alloc((json_array_size(array) + 1) * sizeof(**out));
	if (!array || json_is_null(array))
		return 0;
	if (!json_is_array(array))
		return err_set(-EBADMSG, "\"%s\" is not a list", key);
	json_array_foreach(array, i, value) {
		if (!json_is_string(value))
			return err_set(-EBADMSG, "\"%s\" has something other than text in it", key);
		(*out)[i] = mem_strdup(json_string_value(value));
	}
	return 0;
}
