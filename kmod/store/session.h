/* SPDX-License-Identifier: GPL-2.0-only */
/* One guest's conversation with its store: every request answered, everything it has open. Pure: no lock, no ring. */
#ifndef HYPHA_STORE_SESSION_H
#define HYPHA_STORE_SESSION_H

#include "outbox.h"
#include "transaction.h"
#include "tree.h"
#include "watch.h"
#include "wire.h"

/* A path the guest changed, for the owner to look at. */
struct hypha_change {
	struct list_head link;
	size_t size;
	char path[];
};

struct hypha_session {
	domid_t domid;
	char home[HYPHA_HOME_SIZE];
	const char *const *watched;	/* prefixes the owner cares for, NULL-terminated */
	struct hypha_quota quota;
	u64 generation;
	struct hypha_tree tree;
	struct hypha_watches watches;
	struct hypha_transactions transactions;
	struct hypha_outbox outbox;
	struct list_head changes;
	u64 requests, errors;
	char path[HYPHA_PATH_SIZE];	/* of the request or host call at work */
	char reply[XENSTORE_PAYLOAD_MAX];
};

int hypha_session_init(struct hypha_session *s, domid_t domid, const char *const *watched);
void hypha_session_clean(struct hypha_session *s);
/* Forget what the guest has open: watches, transactions, messages. The tree stays. */
void hypha_session_reset(struct hypha_session *s);

/**
 * hypha_session_request() - answer one request
 * @head: copied from the ring; @head->len is at most XENSTORE_PAYLOAD_MAX
 * @data: its payload
 *
 * The reply, and the watch events it causes, are put into the outbox. Return: 0, -ENOMEM: not even an error could be told.
 */
int hypha_session_request(struct hypha_session *s, const struct xsd_sockmsg *head, const void *data);

/* The host's side. @path as a client's: relative to the guest's home if it does not begin with "/". */
int hypha_session_put(struct hypha_session *s, char guest_access, const char *path, const void *value, size_t len);
int hypha_session_rm(struct hypha_session *s, const char *path);
int hypha_session_get(struct hypha_session *s, const char *path, char *buf, size_t size);

/* The oldest change, now the caller's to free with hypha_change_free(); NULL: none. */
struct hypha_change *hypha_session_take_change(struct hypha_session *s);
void hypha_change_free(struct hypha_session *s, struct hypha_change *change);

#endif
