/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whom the command runs as: the image's User, resolved by the image's own passwd and group files. */
#ifndef INIT_USER_H
#define INIT_USER_H

#include <stddef.h>
#include <sys/types.h>

#define USER_GROUPS_MAX 1024	/* supplementary groups kept; the rest is ignored */
#define USER_WHY_MAX 256

struct user {
	uid_t uid;
	gid_t gid;
	size_t nr_groups;
	gid_t groups[USER_GROUPS_MAX];	/* the primary one first */
	char home[1024];
};

/**
 * user_resolve() - the six forms of the OCI image's Config.User
 * @spec: user, uid, user:group, uid:gid, uid:group, user:gid; "" is root
 * @passwd, @group: paths of the image's files; either may be missing, and nothing in them is trusted
 *
 * As in the image specification and in Docker: what is numeric is never looked up by name, and must be 0..2^31-1
 * (CVE-2024-40635); without a group the primary and supplementary groups of the user, if listed, apply; with one only that.
 * Return: 0, or -1 with a sentence in @why.
 */
int user_resolve(const char *spec, const char *passwd, const char *group, struct user *u, char why[USER_WHY_MAX]);

#endif
