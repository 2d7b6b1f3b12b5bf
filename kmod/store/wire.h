/* SPDX-License-Identifier: GPL-2.0-only */
/* The xenstore protocol's words: headers, strings, paths, errors (Xen's docs/misc/xenstore.txt). */
#ifndef HYPHA_STORE_WIRE_H
#define HYPHA_STORE_WIRE_H

#include <linux/errno.h>
#include <linux/types.h>
#include <xen/interface/xen.h>
#include <xen/interface/io/xs_wire.h>

#define HYPHA_PATH_SIZE	(XENSTORE_ABS_PATH_MAX + 1)	/* a canonical path with its NUL */
#define HYPHA_HOME_SIZE	sizeof("/local/domain/65535")

/* A request's payload, seen string by string. */
struct hypha_wire_args {
	const char *data;
	u32 len, at;
};

/* "/local/domain/N". Return: its length. */
int hypha_wire_home(domid_t domid, char home[HYPHA_HOME_SIZE]);

/**
 * hypha_wire_path() - make a client's path canonical
 * @home:    of the client, for relative paths
 * @path:    NUL-terminated, any bytes
 * @special: "@..." is allowed
 * @out:     HYPHA_PATH_SIZE bytes
 *
 * Return: the length, or -EINVAL: empty, a character outside A-Za-z0-9-/_@, "//", a trailing "/", longer than 3072 bytes or,
 * below a domain's home, than 2048.
 */
int hypha_wire_path(const char *home, const char *path, bool special, char *out);

/* The next NUL-terminated string of a payload, or NULL if none is left. */
const char *hypha_wire_next(struct hypha_wire_args *args);
/* The payload is exactly one string. NULL if not. */
const char *hypha_wire_only(const char *data, u32 len);
/* A decimal number that fits. -EINVAL, -ERANGE. */
int hypha_wire_number(const char *s, u32 max, u32 *value);

/* The name the protocol has for -errno; those without one are "EINVAL", as xenstored answers. */
const char *hypha_wire_error(int err);

/* Is @child equal to @parent or below it? Both canonical. */
bool hypha_wire_is_below(const char *child, const char *parent);

#endif
