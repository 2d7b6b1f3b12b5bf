/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the configuration says of registries: where an image is asked for, and how each host is spoken to. */
#ifndef HYPHA_OCI_REGISTRIES_H
#define HYPHA_OCI_REGISTRIES_H

#include "oci/reference.h"
#include "util/conf.h"

#include <stdbool.h>
#include <stddef.h>

/* One [registry "HOST[/PREFIX]"]; values as written and checked, NULL if absent. */
struct registry_rule {
	char *host, *prefix;		/* docker.io or localhost:5000; "" or team/app */
	char *where;			/* FILE:LINE, for errors */
	char *location, *pull_from_mirror, *blocked;
	char **mirrors;
	/* of the host itself, so only if there is no prefix */
	char *insecure_http, *ca, *client_cert, *client_key, *proxy;
};

/* One place to ask for an image. */
struct endpoint {
	char *domain;			/* whose credentials are to be used */
	char *path;			/* of the repository there */
	bool mirror;
};

/* A line under [registry "…"]: 0, or -EINVAL with err_text(). */
int registries_line(const struct conf_line *line);
/* Check what no single line tells: 0, or -EINVAL with err_text(). */
int registries_check(void);
/* Read a configuration file, [limits] included. 0, or -errno with err_text(). */
int registries_load(const char *path);
/* Forget all. */
void registries_clean(void);

/*
 * Where to ask for @ref, in that order; at least one. The rule with the longest prefix that fits says it alone.
 * Return: 0, -EPERM blocked, -EINVAL a mirror that cannot have it; err_text().
 */
int registries_endpoints(const struct reference *ref, struct endpoint **list, size_t *nr);
void endpoints_free(struct endpoint *list, size_t nr);

/* The rule of a host, as it stands in a URL, its port added; or NULL. */
const struct registry_rule *registries_host(const char *host);
/* All files of certificates and keys the rules name. NULL-terminated, or NULL; free with strv_free(). */
char **registries_files(void);
/* May this host be spoken to without TLS? This machine itself, unless the configuration says otherwise. */
bool registries_allow_http(const char *host);
/* "http" or "https", for a host[:port] that a reference names: TLS wherever a rule speaks of certificates or of port 443. */
const char *registries_scheme(const char *host);

#endif
