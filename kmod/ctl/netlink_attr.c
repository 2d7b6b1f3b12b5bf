// SPDX-License-Identifier: GPL-2.0-only
/* Attributes that several commands share: addresses, drops, guests by id or name, and the words of a refusal. */
#include "netlink.h"

#include <linux/atomic.h>
#include <linux/ctype.h>
#include <net/ipv6.h>

#include "guest.h"
#include "net/net.h"

#define NAME_AND_TEXT(name, text, what) [HYPHA_DROP_##name] = text,
static const char *const drop_names[HYPHA_DROP_COUNT] = { HYPHA_DROPS(NAME_AND_TEXT) };

int hypha_netlink_put_u64(struct sk_buff *skb, int attr, u64 value)
{
	return nla_put_u64_64bit(skb, attr, value, HYPHA_N_PAD);
}

int hypha_netlink_put_addr(struct sk_buff *skb, int attr, const struct in6_addr *addr)
{
	if (ipv6_addr_v4mapped(addr))
		return nla_put(skb, attr, sizeof(__be32), &addr->s6_addr32[3]);
	return nla_put(skb, attr, sizeof(*addr), addr);
}

static int put_drop(struct sk_buff *skb, u32 reason, u64 count)
{
	struct nlattr *nest = nla_nest_start(skb, HYPHA_N_DROP);

	if (!nest || nla_put_u32(skb, HYPHA_N_DROP_REASON, reason) ||
	    nla_put_string(skb, HYPHA_N_DROP_NAME, drop_names[reason]) ||
	    nla_put_u64_64bit(skb, HYPHA_N_DROP_COUNT, count, HYPHA_N_DROP_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

int hypha_netlink_put_drops(struct sk_buff *skb, const u64 drops[HYPHA_DROP_COUNT])
{
	int err = 0;
	u32 i;

	for (i = 0; !err && i < HYPHA_DROP_COUNT; i++)
		if (drops[i])
			err = put_drop(skb, i, drops[i]);
	return err;
}

int hypha_netlink_put_guest(struct sk_buff *skb, struct hypha_guest *g)
{
	return nla_put_u32(skb, HYPHA_N_GUEST, hypha_guest_id(g)) ||
	       nla_put_string(skb, HYPHA_N_GUEST_NAME, hypha_guest_name(g)) ? -EMSGSIZE : 0;
}

void hypha_netlink_get_addr(const struct nlattr *attr, struct in6_addr *addr)
{
	if (nla_len(attr) == sizeof(__be32))
		ipv6_addr_set_v4mapped(nla_get_in_addr(attr), addr);
	else
		*addr = nla_get_in6_addr(attr);
}

int hypha_netlink_check_addr(const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	struct in6_addr addr;

	if (nla_len(attr) != sizeof(__be32) && nla_len(attr) != sizeof(addr))
		return hypha_netlink_refuse(extack, attr, -EINVAL, "address: %d bytes, must be 4 (IPv4) or 16 (IPv6)", nla_len(attr));
	hypha_netlink_get_addr(attr, &addr);
	if (nla_len(attr) == sizeof(addr) && ipv6_addr_v4mapped(&addr))
		return hypha_netlink_refuse(extack, attr, -EINVAL, "address: %pI6c; IPv4 is given as 4 bytes", &addr);
	return 0;
}

int hypha_netlink_get_version(const struct nlattr *attr, struct netlink_ext_ack *extack, u8 *version)
{
	if (!attr)
		return 0;
	*version = nla_get_u8(attr);
	if (*version == 4 || *version == 6)
		return 0;
	return hypha_netlink_refuse(extack, attr, -EINVAL, "IP version %u: must be 4 or 6", *version);
}

/* Guests */

/* May be said back: it is no terminal's command and whole in any encoding. */
static bool is_plain(const char *name)
{
	while (*name && isascii(*name) && isgraph(*name))
		name++;
	return !*name;
}

struct hypha_guest *hypha_netlink_find_guest(struct nlattr **attrs, struct netlink_ext_ack *extack)
{
	const struct nlattr *id = attrs[HYPHA_N_GUEST], *name = attrs[HYPHA_N_GUEST_NAME];
	struct hypha_guest *g;

	if (!id == !name) {
		NL_SET_ERR_MSG(extack, "a guest: one of its id and its name, not both");
		return ERR_PTR(-EINVAL);
	}
	g = id ? hypha_guest_find(nla_get_u32(id)) : hypha_guest_find_name(nla_data(name));
	if (g)
		return g;
	if (id)
		hypha_netlink_refuse(extack, id, 0, "no such guest: %u", nla_get_u32(id));
	else if (is_plain(nla_data(name)))
		hypha_netlink_refuse(extack, name, 0, "no such guest: \"%s\"", (char *)nla_data(name));
	else
		hypha_netlink_refuse(extack, name, 0, "no such guest: the name has characters that no guest's has");
	return ERR_PTR(-ENOENT);
}

int hypha_netlink_find_guest_id(struct nlattr **attrs, struct netlink_ext_ack *extack, u32 *id)
{
	struct hypha_guest *g;

	*id = 0;
	if (!attrs[HYPHA_N_GUEST] && !attrs[HYPHA_N_GUEST_NAME])
		return 0;
	g = hypha_netlink_find_guest(attrs, extack);
	if (IS_ERR(g))
		return PTR_ERR(g);
	*id = hypha_guest_id(g);
	hypha_guest_put(g);
	return 0;
}

/* Refusals */

#define TEXT_MAX	160
#define NR_TEXTS	64

/*
 * This kernel's extack keeps a pointer, read when the answer is written, after the command has returned. So texts last
 * until that many more commands of CAP_SYS_ADMIN's were refused.
 */
int hypha_netlink_refuse(struct netlink_ext_ack *extack, const struct nlattr *attr, int err, const char *format, ...)
{
	static char texts[NR_TEXTS][TEXT_MAX];
	static atomic_t turn;
	va_list args;
	char *text;

	if (!extack)
		return err;
	text = texts[(u32)atomic_inc_return(&turn) % NR_TEXTS];
	va_start(args, format);
	vsnprintf(text, TEXT_MAX, format, args);
	va_end(args);
	extack->_msg = text;
	if (attr)
		NL_SET_BAD_ATTR(extack, attr);
	return err;
}

/* Answers */

int hypha_netlink_reply(struct genl_info *info, size_t size, int (*fill)(struct sk_buff *skb, void *ctx), void *ctx)
{
	struct sk_buff *skb = genlmsg_new(size, GFP_KERNEL);
	void *header;
	int err;

	if (!skb)
		return -ENOMEM;
	header = genlmsg_put_reply(skb, info, &hypha_netlink_family, 0, info->genlhdr->cmd);
	err = header ? fill(skb, ctx) : -EMSGSIZE;
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	genlmsg_end(skb, header);
	return genlmsg_reply(skb, info);
}

static int fill_count(struct sk_buff *skb, void *count)
{
	return nla_put_u32(skb, HYPHA_N_COUNT, *(u32 *)count);
}

int hypha_netlink_reply_count(struct genl_info *info, u32 count)
{
	return hypha_netlink_reply(info, nla_total_size(sizeof(count)), fill_count, &count);
}

int hypha_netlink_dump_one(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd, int (*fill)(struct sk_buff *skb, void *ctx),
			   void *ctx)
{
	void *header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &hypha_netlink_family, NLM_F_MULTI, cmd);
	int err;

	if (!header)
		return -EMSGSIZE;
	err = fill(skb, ctx);
	if (err) {
		genlmsg_cancel(skb, header);
		return err;
	}
	genl_dump_check_consistent(cb, header);
	genlmsg_end(skb, header);
	return 0;
}
