// SPDX-License-Identifier: GPL-2.0-only
/* Guests over netlink: by get and dump, their events by multicast. */
#include "netlink.h"

#include <linux/slab.h>

#include "event.h"
#include "guest.h"

const struct nla_policy hypha_netlink_guest_policy[HYPHA_A_MAX + 1] = {
	[HYPHA_A_ID] = { .type = NLA_U32 },
	[HYPHA_A_NAME] = { .type = NLA_NUL_STRING, .len = HYPHA_NAME_MAX - 1 },
	[HYPHA_A_UUID] = NLA_POLICY_EXACT_LEN(HYPHA_UUID_SIZE),
};

static int put_u64(struct sk_buff *skb, int attr, u64 value)
{
	return nla_put_u64_64bit(skb, attr, value, HYPHA_A_PAD);
}

static int put_identity(struct sk_buff *skb, const struct hypha_guest_stat *st)
{
	return nla_put_u32(skb, HYPHA_A_ID, st->id) ||
	       nla_put_u32(skb, HYPHA_A_DOMID, st->domid) ||
	       nla_put(skb, HYPHA_A_UUID, HYPHA_UUID_SIZE, st->uuid) ||
	       nla_put_string(skb, HYPHA_A_NAME, st->name) ||
	       nla_put_u32(skb, HYPHA_A_STATE, st->state) ||
	       nla_put_u32(skb, HYPHA_A_FLAGS, st->flags) ||
	       (st->ready && nla_put_flag(skb, HYPHA_A_READY)) ||
	       nla_put(skb, HYPHA_A_LABELS, st->labels_len, st->labels);
}

static int put_resources(struct sk_buff *skb, const struct hypha_guest_stat *st)
{
	return put_u64(skb, HYPHA_A_MEMORY, st->memory) ||
	       put_u64(skb, HYPHA_A_MEMORY_TARGET, st->memory_target) ||
	       put_u64(skb, HYPHA_A_MEMORY_MAX, st->memory_max) ||
	       nla_put_u32(skb, HYPHA_A_VCPUS, st->vcpus) ||
	       nla_put_u32(skb, HYPHA_A_VCPUS_ONLINE, st->vcpus_online) ||
	       put_u64(skb, HYPHA_A_CPU_TIME, st->cpu_time) ||
	       put_u64(skb, HYPHA_A_CREATED, st->created) ||
	       put_u64(skb, HYPHA_A_UPTIME, st->uptime) ||
	       put_u64(skb, HYPHA_A_LOG_BYTES, st->log_bytes) ||
	       put_u64(skb, HYPHA_A_LOG_DROPPED, st->log_dropped);
}

static int put_exit(struct sk_buff *skb, const struct hypha_guest_stat *st)
{
	if (st->exit_code >= 0 && nla_put_u32(skb, HYPHA_A_EXIT_CODE, st->exit_code))
		return -EMSGSIZE;
	if (st->state != HYPHA_STATE_EXITED)
		return 0;
	return nla_put_u32(skb, HYPHA_A_EXIT_REASON, st->exit_reason) || put_u64(skb, HYPHA_A_EXITED, st->exited);
}

static int put_store(struct sk_buff *skb, const struct hypha_store_stats *store)
{
	struct nlattr *nest = nla_nest_start(skb, HYPHA_A_STORE);

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u64_64bit(skb, HYPHA_A_STORE_REQUESTS, store->requests, HYPHA_A_STORE_PAD) ||
	    nla_put_u64_64bit(skb, HYPHA_A_STORE_ERRORS, store->errors, HYPHA_A_STORE_PAD) ||
	    nla_put_u32(skb, HYPHA_A_STORE_NODES, store->nodes) ||
	    nla_put_u32(skb, HYPHA_A_STORE_WATCHES, store->watches))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_disk_u64(struct sk_buff *skb, int attr, u64 value)
{
	return nla_put_u64_64bit(skb, attr, value, HYPHA_A_DISK_PAD);
}

static int put_disk(struct sk_buff *skb, u32 index, const struct hypha_guest_disk_stat *disk)
{
	struct nlattr *nest = nla_nest_start(skb, HYPHA_A_DISK);

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u32(skb, HYPHA_A_DISK_INDEX, index) ||
	    nla_put_u32(skb, HYPHA_A_DISK_FLAGS, disk->flags) ||
	    put_disk_u64(skb, HYPHA_A_DISK_SIZE, disk->size) ||
	    put_disk_u64(skb, HYPHA_A_DISK_RD_REQS, disk->io.rd_reqs) ||
	    put_disk_u64(skb, HYPHA_A_DISK_RD_BYTES, disk->io.rd_bytes) ||
	    put_disk_u64(skb, HYPHA_A_DISK_WR_REQS, disk->io.wr_reqs) ||
	    put_disk_u64(skb, HYPHA_A_DISK_WR_BYTES, disk->io.wr_bytes) ||
	    put_disk_u64(skb, HYPHA_A_DISK_FLUSHES, disk->io.flushes) ||
	    put_disk_u64(skb, HYPHA_A_DISK_ERRORS, disk->io.errors) ||
	    (disk->io.broken && nla_put_flag(skb, HYPHA_A_DISK_BROKEN)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_guest(struct sk_buff *skb, struct hypha_guest *g)
{
	struct hypha_guest_stat *st = kmalloc(sizeof(*st), GFP_KERNEL);
	int err;
	u32 i;

	if (!st)
		return -ENOMEM;

	hypha_guest_stat(g, st);
	err = put_identity(skb, st) || put_resources(skb, st) || put_exit(skb, st) || put_store(skb, &st->store);
	for (i = 0; !err && i < st->nr_disks; i++)
		err = put_disk(skb, i, &st->disks[i]);
	kfree(st);
	return err ? -EMSGSIZE : 0;
}

/* Room for any guest: labels, and well under 4 KiB of the rest. */
static size_t message_size(struct hypha_guest *g)
{
	return nlmsg_total_size(hypha_guest_labels_len(g)) + 8192;
}

static struct hypha_guest *find_wanted(struct genl_info *info)
{
	struct nlattr **attrs = info->attrs;
	struct hypha_guest *g;

	if (attrs[HYPHA_A_ID])
		g = hypha_guest_find(nla_get_u32(attrs[HYPHA_A_ID]));
	else if (attrs[HYPHA_A_UUID])
		g = hypha_guest_find_uuid(nla_data(attrs[HYPHA_A_UUID]));
	else if (attrs[HYPHA_A_NAME])
		g = hypha_guest_find_name(nla_data(attrs[HYPHA_A_NAME]));
	else {
		NL_SET_ERR_MSG(info->extack, "one of id, uuid or name is needed");
		return ERR_PTR(-EINVAL);
	}
	if (g)
		return g;
	NL_SET_ERR_MSG(info->extack, "no such guest");
	return ERR_PTR(-ENOENT);
}

int hypha_netlink_guest_get(struct sk_buff *request, struct genl_info *info)
{
	struct hypha_guest *g = find_wanted(info);
	struct sk_buff *skb;
	void *header;
	int err = -ENOMEM;

	if (IS_ERR(g))
		return PTR_ERR(g);

	skb = genlmsg_new(message_size(g), GFP_KERNEL);
	if (!skb)
		goto out;
	header = genlmsg_put_reply(skb, info, &hypha_netlink_family, 0, HYPHA_CMD_GUEST_GET);
	err = header ? put_guest(skb, g) : -EMSGSIZE;
	if (err) {
		nlmsg_free(skb);
		goto out;
	}
	genlmsg_end(skb, header);
	err = genlmsg_reply(skb, info);
out:
	hypha_guest_put(g);
	return err;
}

/* Even the largest labels must fit into one buffer of the dump. */
int hypha_netlink_guest_start(struct netlink_callback *cb)
{
	cb->min_dump_alloc = HYPHA_LABELS_MAX + 8192;
	return 0;
}

/* The cursor is the last id told, so guests that come and go meanwhile neither repeat nor hide others. */
int hypha_netlink_guest_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	u32 last = cb->args[0];
	struct hypha_guest *g;
	void *header;
	int err = 0;

	cb->seq = hypha_guest_generation();
	while ((g = hypha_guest_find_after(last))) {
		header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &hypha_netlink_family,
				     NLM_F_MULTI, HYPHA_CMD_GUEST_GET);
		err = header ? put_guest(skb, g) : -EMSGSIZE;
		if (err) {
			if (header)
				genlmsg_cancel(skb, header);
			hypha_guest_put(g);
			break;
		}
		genl_dump_check_consistent(cb, header);
		genlmsg_end(skb, header);
		last = hypha_guest_id(g);
		hypha_guest_put(g);
	}
	if (err && !skb->len)
		return err;
	cb->args[0] = last;
	return skb->len;
}

static int put_notice(struct sk_buff *skb, unsigned long event, const struct hypha_notice *notice)
{
	return nla_put_u32(skb, HYPHA_A_EVENT, event) || put_u64(skb, HYPHA_A_SEQ, notice->seq) ||
	       put_u64(skb, HYPHA_A_TIME, notice->time) || put_guest(skb, notice->guest);
}

/* A listener that cannot be told sees the gap in the sequence numbers. */
static int tell(struct notifier_block *nb, unsigned long event, void *data)
{
	const struct hypha_notice *notice = data;
	struct sk_buff *skb;
	void *header;

	if (!genl_has_listeners(&hypha_netlink_family, &init_net, HYPHA_GROUP_EVENTS))
		return NOTIFY_DONE;

	skb = genlmsg_new(message_size(notice->guest), GFP_KERNEL);
	if (!skb)
		return NOTIFY_DONE;
	header = genlmsg_put(skb, 0, 0, &hypha_netlink_family, 0, HYPHA_CMD_EVENT);
	if (!header || put_notice(skb, event, notice)) {
		nlmsg_free(skb);
		return NOTIFY_DONE;
	}
	genlmsg_end(skb, header);
	genlmsg_multicast(&hypha_netlink_family, skb, 0, HYPHA_GROUP_EVENTS, GFP_KERNEL);
	return NOTIFY_OK;
}

static struct notifier_block listener = { .notifier_call = tell };

int hypha_netlink_guest_listen(void)
{
	return hypha_event_subscribe(&listener);
}

void hypha_netlink_guest_deafen(void)
{
	hypha_event_unsubscribe(&listener);
}
