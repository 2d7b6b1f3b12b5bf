/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Image references: the grammar and normalisation every Docker user knows. */
#ifndef HYPHA_OCI_REFERENCE_H
#define HYPHA_OCI_REFERENCE_H

#include <stdbool.h>

/* All strings owned; exactly one of tag and digest is set: a digest wins over a tag beside it. */
struct reference {
	char *domain;		/* docker.io, localhost:5000, [::1]:5000 */
	char *path;		/* library/alpine */
	char *tag;
	char *digest;
	char *name;		/* domain/path */
	char *text;		/* canonical: name:tag or name@digest */
};

/* Return: 0, or -EINVAL with err_text(). */
int reference_parse(const char *text, struct reference *ref);
void reference_clean(struct reference *ref);

/* The host (and port) to talk to: docker.io has another one. */
const char *domain_host(const char *domain);
/* Does this host[:port] name this machine itself? */
bool host_is_loopback(const char *host);
/* Split HOST[:PORT][/PATH], as a configuration has it; all names of docker.io become that. 0, or -EINVAL with err_text(). */
int reference_location(const char *text, char **domain, char **path);
/* The tag or the digest, as a path element of the registry's API. */
const char *reference_object(const struct reference *ref);

#endif
