// SPDX-License-Identifier: GPL-2.0-only
/* Every request of the xenstore protocol a guest may make, and how it is answered (Xen's docs/misc/xenstore.txt). */
#include "session.h"

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/nospec.h>
#include <linux/string.h>

/* A request at work. */
struct request {
	const struct xsd_sockmsg *head;
	struct hypha_wire_args args;
	struct hypha_transaction *transaction;	/* NULL: none */
};

int hypha_session_init(struct hypha_session *s, domid_t domid, const char *const *watched)
{
	memset(s, 0, sizeof(*s));
	s->domid = domid;
	s->watched = watched;
	hypha_wire_home(domid, s->home);
	hypha_quota_init(&s->quota);
	hypha_watch_init(&s->watches, &s->quota, s->home);
	hypha_transaction_init(&s->transactions);
	hypha_outbox_init(&s->outbox, &s->quota);
	INIT_LIST_HEAD(&s->changes);
	return hypha_tree_init(&s->tree, &s->quota, &s->generation, domid);
}

void hypha_session_reset(struct hypha_session *s)
{
	hypha_watch_clean(&s->watches);
	hypha_transaction_clean(&s->transactions);
	hypha_outbox_clean(&s->outbox);
}

void hypha_session_clean(struct hypha_session *s)
{
	struct hypha_change *change;

	hypha_session_reset(s);
	while ((change = hypha_session_take_change(s)))
		hypha_change_free(s, change);
	hypha_tree_clean(&s->tree);
}

struct hypha_change *hypha_session_take_change(struct hypha_session *s)
{
	struct hypha_change *change = list_first_entry_or_null(&s->changes, struct hypha_change, link);

	if (change)
		list_del(&change->link);
	return change;
}

void hypha_change_free(struct hypha_session *s, struct hypha_change *change)
{
	hypha_quota_free(&s->quota, change, sizeof(*change) + change->size);
}

/* The path to report: itself, or the watched prefix that went with it. NULL: nobody cares. */
static const char *reported(const struct hypha_session *s, const char *path, bool removed)
{
	const char *const *prefix;

	for (prefix = s->watched; prefix && *prefix; prefix++) {
		if (hypha_wire_is_below(path, *prefix))
			return path;
		if (removed && hypha_wire_is_below(*prefix, path))
			return *prefix;
	}
	return NULL;
}

/* Bounded by what one request can do, as they are taken after each; must not be lost to a guest's full quota. */
static void note_change(struct hypha_session *s, const char *path, bool removed)
{
	const char *report = reported(s, path, removed);
	struct hypha_change *change;
	size_t size;

	if (!report)
		return;

	size = strlen(report) + 1;
	s->quota.exempt = true;
	change = hypha_quota_alloc(&s->quota, sizeof(*change) + size);
	s->quota.exempt = false;
	if (!change)
		return;
	change->size = size;
	memcpy(change->path, report, size);
	list_add_tail(&change->link, &s->changes);
}

/* Tell everyone of a change the guest made; @before: the tree it was made to. */
static void announce(void *ctx, const struct hypha_op *op, const struct hypha_tree *before)
{
	bool removed = op->kind == HYPHA_OP_RM, existed = hypha_tree_peek(before, op->path);
	struct hypha_session *s = ctx;

	if ((removed && !existed) || (op->kind == HYPHA_OP_MKDIR && existed))
		return;

	hypha_watch_fire(&s->watches, &s->outbox, before, &s->tree, op->path, removed);
	note_change(s, op->path, removed);
}

/* Do something to a path, in the request's transaction or for all to see. */
static int act(struct hypha_session *s, struct request *r, const struct hypha_op *op)
{
	struct hypha_tree before;
	int err;

	if (r->transaction)
		return hypha_transaction_do(r->transaction, op);
	if (op->kind == HYPHA_OP_READ)
		return 0;

	/* Who has used up everything must be able to free some; what that takes goes with @before, if nobody holds on to it. */
	s->quota.exempt = op->kind == HYPHA_OP_RM && !s->transactions.nr;
	hypha_tree_snapshot(&before, &s->tree);
	err = hypha_op_apply(&s->tree, op);
	s->quota.exempt = false;
	if (!err)
		announce(s, op, &before);
	hypha_tree_clean(&before);
	return err;
}

static int reply(struct hypha_session *s, struct request *r, const void *data, size_t len)
{
	if (len > XENSTORE_PAYLOAD_MAX)
		return -E2BIG;
	return hypha_outbox_reply(&s->outbox, r->head, r->head->type, data, len);
}

static int ack(struct hypha_session *s, struct request *r)
{
	return reply(s, r, "OK", sizeof("OK"));
}

static int ack_if(struct hypha_session *s, struct request *r, int err)
{
	return err ?: ack(s, r);
}

/* The canonical path of a request that has no other argument. */
static int only_path(struct hypha_session *s, struct request *r, bool special)
{
	const char *arg = hypha_wire_only(r->args.data, r->args.len);

	return arg ? hypha_wire_path(s->home, arg, special, s->path) : -EINVAL;
}

static int first_path(struct hypha_session *s, struct request *r, bool special)
{
	const char *arg = hypha_wire_next(&r->args);

	return arg ? hypha_wire_path(s->home, arg, special, s->path) : -EINVAL;
}

/* The node at s->path, for reading. */
static const struct hypha_node *look(struct hypha_session *s, struct request *r)
{
	const struct hypha_op op = { .kind = HYPHA_OP_READ, .path = s->path };
	int err = act(s, r, &op);

	if (err)
		return ERR_PTR(err);

	return hypha_tree_find(r->transaction ? &r->transaction->tree : &s->tree, s->domid, s->path, HYPHA_PERM_READ);
}

static int do_read(struct hypha_session *s, struct request *r)
{
	const struct hypha_node *node;
	int err = only_path(s, r, false);

	if (err < 0)
		return err;
	node = look(s, r);
	if (IS_ERR(node))
		return PTR_ERR(node);

	return reply(s, r, node->value, node->value_len);
}

/*
 * Names of children from byte @offset of their list on, as many whole ones as fit into s->reply behind @at. Return: the end in
 * s->reply; @all: the list ends there.
 */
static size_t fill_names(struct hypha_session *s, const struct hypha_node *node, u32 offset, size_t at, size_t end, bool *all)
{
	u64 pos = 0;
	u32 i;

	*all = false;
	for (i = 0; i < node->nr_children; i++) {
		const struct hypha_node *child = node->children[i];
		size_t size = child->name_len + 1, skip = pos < offset ? min_t(u64, offset - pos, size) : 0;

		pos += size;
		if (at + size - skip > end)
			return at;
		memcpy(s->reply + at, child->name + skip, size - skip);
		at += size - skip;
	}
	*all = true;
	return at;
}

static int do_directory(struct hypha_session *s, struct request *r)
{
	const struct hypha_node *node;
	int err = only_path(s, r, false);
	size_t end;
	bool all;

	if (err < 0)
		return err;
	node = look(s, r);
	if (IS_ERR(node))
		return PTR_ERR(node);

	end = fill_names(s, node, 0, 0, sizeof(s->reply), &all);
	return all ? reply(s, r, s->reply, end) : -E2BIG;
}

/* "generation NUL names… NUL": the last NUL only with the list's end. */
static int do_directory_part(struct hypha_session *s, struct request *r)
{
	const struct hypha_node *node;
	int err = first_path(s, r, false);
	const char *arg = hypha_wire_next(&r->args);
	u32 offset;
	size_t at;
	bool all;

	if (err < 0)
		return err;
	if (!arg || r->args.at != r->args.len || hypha_wire_number(arg, U32_MAX, &offset))
		return -EINVAL;
	node = look(s, r);
	if (IS_ERR(node))
		return PTR_ERR(node);

	at = snprintf(s->reply, sizeof(s->reply), "%llu", node->generation) + 1;
	at = fill_names(s, node, offset, at, sizeof(s->reply) - 1, &all);
	if (all)
		s->reply[at++] = '\0';
	return reply(s, r, s->reply, at);
}

static int do_get_perms(struct hypha_session *s, struct request *r)
{
	const struct hypha_node *node;
	int err = only_path(s, r, true);
	size_t at = 0;
	u8 i;

	if (err < 0)
		return err;
	if (s->path[0] == '@')
		return -EACCES;
	node = look(s, r);
	if (IS_ERR(node))
		return PTR_ERR(node);

	for (i = 0; i < node->nr_perms; i++)
		at += hypha_node_format_perm(&node->perms[i], s->reply + at) + 1;
	return reply(s, r, s->reply, at);
}

static int do_write(struct hypha_session *s, struct request *r)
{
	struct hypha_op op = { .kind = HYPHA_OP_WRITE, .path = s->path };
	int err = first_path(s, r, false);

	if (err < 0)
		return err;
	op.data = r->args.data + r->args.at;
	op.len = r->args.len - r->args.at;
	return ack_if(s, r, act(s, r, &op));
}

static int do_mkdir(struct hypha_session *s, struct request *r)
{
	const struct hypha_op op = { .kind = HYPHA_OP_MKDIR, .path = s->path };
	int err = only_path(s, r, false);

	return err < 0 ? err : ack_if(s, r, act(s, r, &op));
}

static int do_rm(struct hypha_session *s, struct request *r)
{
	const struct hypha_op op = { .kind = HYPHA_OP_RM, .path = s->path };
	int err = only_path(s, r, false);

	return err < 0 ? err : ack_if(s, r, act(s, r, &op));
}

static int do_set_perms(struct hypha_session *s, struct request *r)
{
	struct hypha_perm perms[HYPHA_QUOTA_PERMS];
	struct hypha_op op = { .kind = HYPHA_OP_SET_PERMS, .path = s->path, .data = perms };
	int err = first_path(s, r, true);
	const char *arg;
	size_t nr = 0;

	if (err < 0)
		return err;
	while ((arg = hypha_wire_next(&r->args))) {
		if (nr == ARRAY_SIZE(perms))
			return -ENOSPC;
		if (hypha_node_parse_perm(arg, &perms[nr++]))
			return -EINVAL;
	}
	if (!nr)
		return -EINVAL;
	if (s->path[0] == '@')
		return -EACCES;

	op.len = nr * sizeof(perms[0]);
	return ack_if(s, r, act(s, r, &op));
}

static int do_watch(struct hypha_session *s, struct request *r)
{
	const char *path = hypha_wire_next(&r->args), *token = hypha_wire_next(&r->args);
	int err;

	if (!token || hypha_wire_next(&r->args))
		return -EINVAL;
	err = hypha_wire_path(s->home, path, true, s->path);
	if (err < 0)
		return err;

	err = hypha_watch_add(&s->watches, s->path, token, path[0] != '/' && path[0] != '@');
	if (err)
		return err;
	err = ack(s, r);
	if (err)
		hypha_watch_del(&s->watches, s->path, token);
	else
		hypha_watch_greet(&s->watches, &s->outbox, s->path, token);
	return err;
}

static int do_unwatch(struct hypha_session *s, struct request *r)
{
	int err = first_path(s, r, true);
	const char *token = hypha_wire_next(&r->args);

	if (err < 0)
		return err;
	return token ? ack_if(s, r, hypha_watch_del(&s->watches, s->path, token)) : -EINVAL;
}

static int do_reset_watches(struct hypha_session *s, struct request *r)
{
	hypha_transaction_clean(&s->transactions);
	hypha_watch_clean(&s->watches);
	return ack(s, r);
}

static int do_transaction_start(struct hypha_session *s, struct request *r)
{
	struct hypha_transaction *t;

	if (r->transaction)
		return -EBUSY;
	t = hypha_transaction_start(&s->transactions, &s->tree);
	if (IS_ERR(t))
		return PTR_ERR(t);

	return reply(s, r, s->reply, snprintf(s->reply, sizeof(s->reply), "%u", t->id) + 1);
}

static int do_transaction_end(struct hypha_session *s, struct request *r)
{
	const char *arg = hypha_wire_only(r->args.data, r->args.len);
	int err = 0;

	if (!arg || (strcmp(arg, "T") && strcmp(arg, "F")))
		return -EINVAL;
	if (!r->transaction)
		return -ENOENT;

	if (*arg == 'T')
		err = hypha_transaction_commit(&s->transactions, r->transaction, &s->tree, announce, s);
	else
		hypha_transaction_abort(&s->transactions, r->transaction);
	return ack_if(s, r, err);
}

static int only_domid(struct hypha_session *s, struct request *r, u32 *domid)
{
	const char *arg = hypha_wire_only(r->args.data, r->args.len);

	if (!arg || hypha_wire_number(arg, U16_MAX, domid))
		return -EINVAL;
	if (*domid == DOMID_SELF)
		*domid = s->domid;
	return 0;
}

static int do_get_domain_path(struct hypha_session *s, struct request *r)
{
	char home[HYPHA_HOME_SIZE];
	u32 domid;
	int err = only_domid(s, r, &domid);

	return err ?: reply(s, r, home, hypha_wire_home(domid, home) + 1);
}

/* In this store there are the host and the guest, and nobody else. */
static int do_is_domain_introduced(struct hypha_session *s, struct request *r)
{
	u32 domid;
	int err = only_domid(s, r, &domid);

	return err ?: reply(s, r, domid == 0 || domid == s->domid ? "T" : "F", 2);
}

static int do_refuse(struct hypha_session *s, struct request *r)
{
	return -EACCES;
}

static const struct {
	int (*fn)(struct hypha_session *s, struct request *r);
	bool ignores_transaction;
} requests[XS_TYPE_COUNT] = {
	[XS_CONTROL]			= { do_refuse, true },
	[XS_DIRECTORY]			= { do_directory },
	[XS_READ]			= { do_read },
	[XS_GET_PERMS]			= { do_get_perms },
	[XS_WATCH]			= { do_watch, true },
	[XS_UNWATCH]			= { do_unwatch, true },
	[XS_TRANSACTION_START]		= { do_transaction_start },
	[XS_TRANSACTION_END]		= { do_transaction_end },
	[XS_INTRODUCE]			= { do_refuse, true },
	[XS_RELEASE]			= { do_refuse, true },
	[XS_GET_DOMAIN_PATH]		= { do_get_domain_path },
	[XS_WRITE]			= { do_write },
	[XS_MKDIR]			= { do_mkdir },
	[XS_RM]				= { do_rm },
	[XS_SET_PERMS]			= { do_set_perms },
	[XS_IS_DOMAIN_INTRODUCED]	= { do_is_domain_introduced },
	[XS_RESUME]			= { do_refuse, true },
	[XS_SET_TARGET]			= { do_refuse, true },
	[XS_RESET_WATCHES]		= { do_reset_watches },
	[XS_DIRECTORY_PART]		= { do_directory_part },
};

static int dispatch(struct hypha_session *s, struct request *r)
{
	u32 type = r->head->type;

	if (type >= XS_TYPE_COUNT || !requests[type].fn)
		return -ENOSYS;

	if (r->head->tx_id && !requests[type].ignores_transaction) {
		r->transaction = hypha_transaction_find(&s->transactions, r->head->tx_id);
		if (!r->transaction)
			return -ENOENT;
	}
	return requests[array_index_nospec(type, XS_TYPE_COUNT)].fn(s, r);
}

int hypha_session_request(struct hypha_session *s, const struct xsd_sockmsg *head, const void *data)
{
	struct request r = { .head = head, .args = { .data = data, .len = head->len } };
	const char *name;
	int err;

	s->requests++;
	err = dispatch(s, &r);
	if (!err)
		return 0;

	s->errors++;
	name = hypha_wire_error(err);
	return hypha_outbox_reply(&s->outbox, head, XS_ERROR, name, strlen(name) + 1);
}
