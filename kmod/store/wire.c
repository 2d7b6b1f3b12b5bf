// SPDX-License-Identifier: GPL-2.0-only
/* The xenstore protocol's words: paths, strings and errors checked before anything uses them. */
#include "wire.h"

#include <linux/kernel.h>
#include <linux/string.h>

int hypha_wire_home(domid_t domid, char home[HYPHA_HOME_SIZE])
{
	return snprintf(home, HYPHA_HOME_SIZE, "/local/domain/%u", domid);
}

static bool is_path_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '/' || c == '_' || c == '@';
}

static bool has_good_chars(const char *path, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!is_path_char(path[i]) || (path[i] == '/' && i && path[i - 1] == '/'))
			return false;

	return len == 1 || path[len - 1] != '/';
}

/* The part of @path that XENSTORE_REL_PATH_MAX bounds, as tools/xenstored/core.c canonicalize() finds it. */
static const char *below_home(const char *path)
{
	static const char homes[] = "/local/domain/";
	const char *p = path + sizeof(homes) - 1;
	int digits = 0;

	if (strncmp(path, homes, sizeof(homes) - 1))
		return NULL;
	for (; *p >= '0' && *p <= '9'; p++)
		digits++;

	return digits && digits <= 5 && *p == '/' ? p + 1 : NULL;
}

int hypha_wire_path(const char *home, const char *path, bool special, char *out)
{
	size_t len = strnlen(path, XENSTORE_ABS_PATH_MAX + 1), prefix = 0;
	const char *rest;

	if (!len || len > XENSTORE_ABS_PATH_MAX || (path[0] == '@' && !special))
		return -EINVAL;

	if (path[0] != '/' && path[0] != '@') {
		prefix = strlen(home) + 1;
		if (prefix + len > XENSTORE_ABS_PATH_MAX)
			return -EINVAL;
		memcpy(out, home, prefix - 1);
		out[prefix - 1] = '/';
	}
	memcpy(out + prefix, path, len);
	len += prefix;
	out[len] = '\0';

	rest = below_home(out);
	if (!has_good_chars(out, len) || (rest && strlen(rest) > XENSTORE_REL_PATH_MAX))
		return -EINVAL;

	return len;
}

const char *hypha_wire_next(struct hypha_wire_args *args)
{
	const char *s = args->data + args->at;
	size_t left = args->len - args->at, len = strnlen(s, left);

	if (len == left)
		return NULL;
	args->at += len + 1;
	return s;
}

const char *hypha_wire_only(const char *data, u32 len)
{
	return len && strnlen(data, len) == len - 1 ? data : NULL;
}

int hypha_wire_number(const char *s, u32 max, u32 *value)
{
	u64 v = 0;

	if (!*s)
		return -EINVAL;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return -EINVAL;
		v = v * 10 + (*s - '0');
		if (v > max)
			return -ERANGE;
	}
	*value = v;
	return 0;
}

const char *hypha_wire_error(int err)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(xsd_errors); i++)
		if (xsd_errors[i].errnum == -err)
			return xsd_errors[i].errstring;

	return "EINVAL";
}

bool hypha_wire_is_below(const char *child, const char *parent)
{
	size_t len = strlen(parent);

	if (strncmp(child, parent, len))
		return false;

	return len == 1 || child[len] == '/' || child[len] == '\0';
}
