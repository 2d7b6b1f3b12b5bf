// SPDX-License-Identifier: GPL-2.0-only
/* The host's side of a guest's store: no permissions, no quotas, and the guest's watches fire. */
#include "session.h"

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/string.h>

/* What @guest_access means, as xl writes it: 'b' belongs to the guest, the rest to the host. */
static int fill_perms(const struct hypha_session *s, char guest_access, struct hypha_perm perms[2])
{
	perms[0] = (struct hypha_perm){ .domid = 0, .access = HYPHA_PERM_NONE };
	perms[1] = (struct hypha_perm){ .domid = s->domid, .access = HYPHA_PERM_READ };

	switch (guest_access) {
	case 'b':
		perms[0].domid = s->domid;
		return 1;
	case 'n':
		return 1;
	case 'r':
		return 2;
	}
	return -EINVAL;
}

/* All or nothing: with the node written its path is ours alone, and setting its permissions needs no memory. */
static int put(struct hypha_session *s, char guest_access, const void *value, size_t len)
{
	struct hypha_perm perms[2];
	int nr = fill_perms(s, guest_access, perms), err;

	if (nr < 0)
		return nr;
	err = hypha_tree_write(&s->tree, 0, s->path, value, len);
	if (err)
		return err;

	return hypha_tree_set_perms(&s->tree, 0, s->path, perms, nr);
}

int hypha_session_put(struct hypha_session *s, char guest_access, const char *path, const void *value, size_t len)
{
	struct hypha_tree before;
	int err = hypha_wire_path(s->home, path, false, s->path);

	if (err < 0)
		return err;

	hypha_tree_snapshot(&before, &s->tree);
	s->quota.exempt = true;
	err = put(s, guest_access, value, len);
	s->quota.exempt = false;
	if (!err)
		hypha_watch_fire(&s->watches, &s->outbox, &before, &s->tree, s->path, false);
	hypha_tree_clean(&before);
	return err;
}

int hypha_session_rm(struct hypha_session *s, const char *path)
{
	struct hypha_tree before;
	int err = hypha_wire_path(s->home, path, false, s->path);

	if (err < 0)
		return err;

	hypha_tree_snapshot(&before, &s->tree);
	s->quota.exempt = true;
	err = hypha_tree_rm(&s->tree, 0, s->path);
	s->quota.exempt = false;
	if (!err && hypha_tree_peek(&before, s->path))
		hypha_watch_fire(&s->watches, &s->outbox, &before, &s->tree, s->path, true);
	hypha_tree_clean(&before);
	return err;
}

int hypha_session_get(struct hypha_session *s, const char *path, char *buf, size_t size)
{
	const struct hypha_node *node;
	int err = hypha_wire_path(s->home, path, false, s->path);

	if (err < 0)
		return err;
	node = hypha_tree_peek(&s->tree, s->path);
	if (!node)
		return -ENOENT;
	if (node->value_len >= size)
		return -ENAMETOOLONG;

	if (node->value_len)
		memcpy(buf, node->value, node->value_len);
	buf[node->value_len] = '\0';
	return node->value_len;
}
