// SPDX-License-Identifier: GPL-2.0-only
/* What waits to be written into the guest's ring. */
#include "outbox.h"

#include <linux/kernel.h>
#include <linux/string.h>

void hypha_outbox_init(struct hypha_outbox *box, struct hypha_quota *quota)
{
	*box = (struct hypha_outbox){ .quota = quota };
	INIT_LIST_HEAD(&box->messages);
}

void hypha_outbox_clean(struct hypha_outbox *box)
{
	while (hypha_outbox_peek(box))
		hypha_outbox_pop(box);
}

static struct hypha_message *append(struct hypha_outbox *box, const struct xsd_sockmsg *head)
{
	struct hypha_message *message;

	message = hypha_quota_alloc(box->quota, sizeof(*message) + head->len);
	if (!message)
		return NULL;

	message->head = *head;
	INIT_LIST_HEAD(&message->same_watch);
	list_add_tail(&message->link, &box->messages);
	return message;
}

int hypha_outbox_reply(struct hypha_outbox *box, const struct xsd_sockmsg *request, u32 type, const void *data, u32 len)
{
	struct xsd_sockmsg head = { .type = type, .req_id = request->req_id, .tx_id = request->tx_id, .len = len };
	bool exempt = box->quota->exempt;
	struct hypha_message *message;

	box->quota->exempt = true;
	message = append(box, &head);
	box->quota->exempt = exempt;
	if (!message)
		return -ENOMEM;

	if (len)
		memcpy(message->data, data, len);
	box->nr_replies++;
	return 0;
}

static bool is_waiting(struct list_head *waiting, const char *path, u32 path_size, u32 len)
{
	const struct hypha_message *m;

	list_for_each_entry(m, waiting, same_watch)
		if (m->head.len == len && !memcmp(m->data, path, path_size))
			return true;

	return false;
}

bool hypha_outbox_wants(struct hypha_outbox *box, struct list_head *waiting, const char *path, const char *token)
{
	u32 path_size = strlen(path) + 1, len = path_size + strlen(token) + 1;

	if (len > XENSTORE_PAYLOAD_MAX)
		return false;
	/* Full first: no search for each of the many that are lost anyway. */
	if (box->nr_events >= HYPHA_QUOTA_EVENTS || !hypha_quota_has(box->quota, sizeof(struct hypha_message) + len)) {
		box->dropped++;
		return false;
	}
	return !is_waiting(waiting, path, path_size, len);
}

void hypha_outbox_event(struct hypha_outbox *box, struct list_head *waiting, const char *path, const char *token)
{
	u32 path_size = strlen(path) + 1, len = path_size + strlen(token) + 1;
	struct xsd_sockmsg head = { .type = XS_WATCH_EVENT, .len = len };
	struct hypha_message *message;

	if (!hypha_outbox_wants(box, waiting, path, token))
		return;
	message = append(box, &head);
	if (!message) {
		box->dropped++;
		return;
	}
	memcpy(message->data, path, path_size);
	memcpy(message->data + path_size, token, len - path_size);
	list_add_tail(&message->same_watch, waiting);
	box->nr_events++;
}

struct hypha_message *hypha_outbox_peek(struct hypha_outbox *box)
{
	return list_first_entry_or_null(&box->messages, struct hypha_message, link);
}

void hypha_outbox_pop(struct hypha_outbox *box)
{
	struct hypha_message *message = hypha_outbox_peek(box);

	if (message->head.type == XS_WATCH_EVENT)
		box->nr_events--;
	else
		box->nr_replies--;
	list_del(&message->link);
	list_del(&message->same_watch);
	hypha_quota_free(box->quota, message, sizeof(*message) + message->head.len);
}
