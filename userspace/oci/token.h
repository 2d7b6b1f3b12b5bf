/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a registry's challenge to the Authorization header that answers it. */
#ifndef HYPHA_OCI_TOKEN_H
#define HYPHA_OCI_TOKEN_H

#include "oci/auth.h"
#include "oci/http.h"
#include "util/buf.h"

#include <stdbool.h>

/* What we know of the registry that challenges. */
struct token_registry {
	const char *scope;	/* to ask for if the challenge names none */
	bool tls;		/* then its token server must be spoken to over TLS, too */
	const char *proxy;	/* on the way to its token server, see http_proxy() */
};

/* The URL of the token request for a Bearer challenge. 0 or -errno with err_text(). */
int token_url(const struct challenge *c, const struct token_registry *reg, char **url);
struct token {
	char *text;		/* NULL: none */
	long lifetime;		/* seconds it is good for */
};

/* The token in the answer of a token server; wipe its text. 0 or -EBADMSG with err_text(). */
int token_parse(const struct buf *body, struct token *token);
/*
 * Answer @challenges: Bearer if offered, else Basic if there are credentials.
 * Return: 0, the header's value and the seconds it is good for (0: no end), or -errno with err_text() (-EACCES: nothing we
 * have is accepted).
 */
int token_authorize(const struct challenges *challenges, const struct credentials *cred,
		    const struct token_registry *reg, char **authorization, long *lifetime);

#endif
