// SPDX-License-Identifier: GPL-2.0-or-later
/* Replies: from libcurl's headers to what callers ask for. */
#include "oci/reply.h"

#include "util/mem.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

static const char *header(CURL *easy, const char *name, size_t index, size_t *nr)
{
	struct curl_header *h;

	if (curl_easy_header(easy, name, index, CURLH_HEADER, -1, &h))
		return NULL;
	*nr = h->amount;
	return h->value;
}

const char *reply_header(void *easy, const char *name)
{
	size_t nr = 0;
	const char *value = header(easy, name, 0, &nr);

	return nr == 1 ? value : NULL;
}

void reply_read(struct http_reply *reply, void *easy, bool first)
{
	size_t nr = 0;
	const char *type = header(easy, "Content-Type", 0, &nr), *digest, *value;

	reply->type = mem_strndup(type ? type : "", type ? strcspn(type, "; \t") : 0);
	digest = header(easy, "Docker-Content-Digest", 0, &nr);
	reply->digest = mem_strdup(digest ? digest : "");
	for (size_t i = 0; first && (value = header(easy, "WWW-Authenticate", i, &nr)); i++)
		challenges_add(&reply->challenges, value);	/* what is malformed is no challenge */
}

void http_reply_clean(struct http_reply *reply)
{
	free(reply->type);
	free(reply->digest);
	free(reply->tried);
	challenges_clean(&reply->challenges);
	buf_clean(&reply->error);
	memset(reply, 0, sizeof(*reply));
}
