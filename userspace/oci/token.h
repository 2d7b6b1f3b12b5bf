/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a registry's challenge to the Authorization header that answers it. */
#ifndef HYPHA_OCI_TOKEN_H
#define HYPHA_OCI_TOKEN_H

#include "oci/auth.h"
#include "oci/http.h"
#include "util/buf.h"

/* The URL of the token request for a Bearer challenge; @scope is used if the challenge names none. 0 or -errno. */
int token_url(const struct challenge *c, const char *scope, char **url);
/* The token in the answer of a token server. 0 or -EBADMSG with err_text(). */
int token_parse(const struct buf *body, char **token);
/*
 * Answer @challenges: Bearer if offered, else Basic if there are credentials.
 * Return: 0 and the header's value, or -errno with err_text() (-EACCES: nothing we have is accepted).
 */
int token_authorize(const struct challenges *challenges, const struct credentials *cred, const char *scope,
		    char **authorization);

#endif
