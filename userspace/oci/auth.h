/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a registry asks for (WWW-Authenticate), and what the user's docker configuration has for it. */
#ifndef HYPHA_OCI_AUTH_H
#define HYPHA_OCI_AUTH_H

#include <stddef.h>

struct auth_param {
	char *name, *value;
};

struct challenge {
	char *scheme;
	struct auth_param *params;
	size_t nr_params;
};

struct challenges {
	struct challenge *list;
	size_t nr;
};

/*
 * Append the challenges of one header value (RFC 7235 §2.1, any number of them).
 * Return: 0, or -EBADMSG if the value is malformed; what was complete before stays.
 */
int challenges_add(struct challenges *c, const char *header);
void challenges_clean(struct challenges *c);
/* The first one of @scheme (any case), or NULL. */
const struct challenge *challenges_find(const struct challenges *c, const char *scheme);
/* A parameter's value (name in any case), or NULL. */
const char *challenge_param(const struct challenge *c, const char *name);

struct credentials {
	char *user, *password;	/* NULL: none */
	char *note;		/* why there are none although something is configured, for an error text; or NULL */
};

/*
 * Look @host up in $DOCKER_CONFIG/config.json or ~/.docker/config.json.
 * Return: 0, also if there is nothing; else -errno with err_text(): an unreadable file must not turn into "anonymous".
 */
int credentials_load(const char *host, struct credentials *cred);
/* As above from the text of such a file. */
int credentials_parse(const char *json, size_t len, const char *host, struct credentials *cred);
void credentials_clean(struct credentials *cred);

/* "Basic …" for the Authorization header. */
char *credentials_basic(const struct credentials *cred);

#endif
