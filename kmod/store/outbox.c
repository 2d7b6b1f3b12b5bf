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

static bool is_waiting(const struct hypha_outbox *box, const char *path, u32 path_size, const char *token, u32 len)
{
	const struct hypha_message *m;

	list_for_each_entry(m, &box->messages, link)
		if (m->head.type == XS_WATCH_EVENT && m->head.len == len &&
		    !memcmp(m->data + path_size, token, len - path_size) && !memcmp(m->data, path, path_size))
			return true;

	return false;
}

void hypha_outbox_event(struct hypha_outbox *box, const char *path, const char *token)
{
	u32 path_size = strlen(path) + 1, len = path_size + strlen(token) + 1;
	struct xsd_sockmsg head = { .type = XS_WATCH_EVENT, .len = len };
	struct hypha_message *message = NULL;

	if (len > XENSTORE_PAYLOAD_MAX)
		return;
	/* Full first: no search for each of the many that are lost anyway. */
	if (box->nr_events < HYPHA_QUOTA_EVENTS && hypha_quota_has(box->quota, sizeof(*message) + len)) {
		if (is_waiting(box, path, path_size, token, len))
			return;
		message = append(box, &head);
	}
	if (!message) {
		box->dropped++;
		return;
	}
	memcpy(message->data, path, path_size);
	memcpy(message->data + path_size, token, len - path_size);
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
	hypha_quota_free(box->quota, message, sizeof(*message) + message->head.len);
}
