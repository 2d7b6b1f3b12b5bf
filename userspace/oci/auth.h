/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a registry asks for (WWW-Authenticate), and what the user's files and credential helpers have for it. */
#ifndef HYPHA_OCI_AUTH_H
#define HYPHA_OCI_AUTH_H

#include <stdbool.h>
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
	char *identity;		/* a refresh token, which only a token server takes; or NULL */
	char *note;		/* why there are none although something is configured, for an error text; or NULL */
};

/*
 * Look for a repository's credentials in the first of these files that has any: $REGISTRY_AUTH_FILE (if set, there only),
 * $XDG_RUNTIME_DIR/containers/auth.json, $XDG_CONFIG_HOME/containers/auth.json, $DOCKER_CONFIG/config.json, ~/.dockercfg.
 * In each: credHelpers, credsStore, auths; in credHelpers and auths by the longest key host/path, host last.
 * Return: 0, also if there is nothing; else -errno with err_text(): what is broken must not turn into "anonymous".
 */
int credentials_load(const char *domain, const char *path, struct credentials *cred);
/* Who is asked by whoever needs some: the above, unless a program has it done elsewhere. */
extern int (*credentials_source)(const char *domain, const char *path, struct credentials *cred);
/* As above from the text of such a file. */
int credentials_parse(const char *json, size_t len, const char *domain, const char *path, struct credentials *cred);
/* Is there anything to authenticate with? */
bool credentials_any(const struct credentials *cred);
void credentials_clean(struct credentials *cred);

/*
 * Ask docker-credential-NAME of $PATH for @server's. Return: 0, also if it has none; else -errno with err_text(), in which
 * nothing of its answer is that could be a secret.
 */
int credhelper_get(const char *name, const char *server, struct credentials *cred);

/* "Basic …" for the Authorization header. */
char *credentials_basic(const struct credentials *cred);

#endif
