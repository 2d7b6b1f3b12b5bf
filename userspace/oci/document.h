/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON documents from strangers: strict, bounded, and read by typed getters. */
#ifndef HYPHA_OCI_DOCUMENT_H
#define HYPHA_OCI_DOCUMENT_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

static inline void cleanup_json(json_t **j)
{
	json_decref(*j);
}
#define auto_json __attribute__((cleanup(cleanup_json)))

/* The text must be one object without duplicate keys. Return: 0, or -EBADMSG with err_text(). */
int document_parse(const char *text, size_t len, json_t **out);
/* A string member; "" if it is absent, NULL if it is something else. */
const char *document_string(const json_t *object, const char *key);
/* A member that must be an integer ≥ 0. Return: 0 or -EBADMSG with err_text(). */
int document_size(const json_t *object, const char *key, uint64_t *out);
/* An array of strings (absent and null are empty). Return: 0 or -EBADMSG with err_text(). */
int document_strings(const json_t *object, const char *key, char ***out);

#endif
