/* SPDX-License-Identifier: GPL-2.0-only */
/* The netlink family's files among themselves: one per noun; netlink.c holds the family and its table of commands. */
#ifndef HYPHA_CTL_NETLINK_H
#define HYPHA_CTL_NETLINK_H

#include <linux/in6.h>
#include <net/genetlink.h>

#include "compat/genetlink.h"
#include "hypha.h"
#include "hypha_netlink.h"

struct hypha_flow;
struct hypha_guest;

enum { HYPHA_GROUP_EVENTS, HYPHA_GROUP_FLOWS, HYPHA_GROUP_DROPS };

extern struct genl_family hypha_netlink_family;

/* What a command takes; an attribute without an entry is refused. Doers return 0 or -errno with a sentence in extack;
 * dumpers go on where they stopped. All in process context, one at a time. */
extern const struct nla_policy hypha_netlink_guest_policy[HYPHA_A_MAX + 1];
int hypha_netlink_guest_get(struct sk_buff *request, struct genl_info *info);
int hypha_netlink_guest_start(struct netlink_callback *cb);
int hypha_netlink_guest_dump(struct sk_buff *skb, struct netlink_callback *cb);

extern const struct nla_policy hypha_netlink_net_get_policy[HYPHA_N_MAX + 1];
extern const struct nla_policy hypha_netlink_net_set_policy[HYPHA_N_MAX + 1];
int hypha_netlink_net_get(struct sk_buff *request, struct genl_info *info);
int hypha_netlink_net_set(struct sk_buff *request, struct genl_info *info);

extern const struct nla_policy hypha_netlink_vif_get_policy[HYPHA_N_MAX + 1];
extern const struct nla_policy hypha_netlink_vif_set_policy[HYPHA_N_MAX + 1];
int hypha_netlink_vif_get(struct sk_buff *request, struct genl_info *info);
int hypha_netlink_vif_dump(struct sk_buff *skb, struct netlink_callback *cb);
int hypha_netlink_vif_set(struct sk_buff *request, struct genl_info *info);

extern const struct nla_policy hypha_netlink_flow_get_policy[HYPHA_N_MAX + 1];
extern const struct nla_policy hypha_netlink_flow_del_policy[HYPHA_N_MAX + 1];
int hypha_netlink_flow_dump(struct sk_buff *skb, struct netlink_callback *cb);
int hypha_netlink_flow_del(struct sk_buff *request, struct genl_info *info);

extern const struct nla_policy hypha_netlink_forward_get_policy[HYPHA_N_MAX + 1];
extern const struct nla_policy hypha_netlink_forward_set_policy[HYPHA_N_MAX + 1];
int hypha_netlink_forward_dump(struct sk_buff *skb, struct netlink_callback *cb);
int hypha_netlink_forward_add(struct sk_buff *request, struct genl_info *info);
int hypha_netlink_forward_del(struct sk_buff *request, struct genl_info *info);

/* Guests' events; the network's. Up after the family is registered, down before it goes. */
int hypha_netlink_guest_listen(void);
void hypha_netlink_guest_deafen(void);
int hypha_netlink_event_listen(void);
void hypha_netlink_event_deafen(void);

/* --- netlink_flow.c --- */

#define HYPHA_NETLINK_FLOW_SIZE	448	/* bytes that suffice for a flow's attributes */

/* 0 or -EMSGSIZE. Any context; @now: ns since boot. */
int hypha_netlink_put_flow(struct sk_buff *skb, const struct hypha_flow *flow, u64 now);

/* --- netlink_attr.c: what the network's files share. put: 0 or not. --- */

int hypha_netlink_put_u64(struct sk_buff *skb, int attr, u64 value);
/* 4 bytes if it is ::ffff:a.b.c.d, else 16. */
int hypha_netlink_put_addr(struct sk_buff *skb, int attr, const struct in6_addr *addr);
/* HYPHA_N_DROP of each that is not 0. */
int hypha_netlink_put_drops(struct sk_buff *skb, const u64 drops[HYPHA_DROP_COUNT]);
int hypha_netlink_put_guest(struct sk_buff *skb, struct hypha_guest *guest);
/* 4 or 16 bytes, as a policy has made sure; IPv4 as ::ffff:a.b.c.d. */
void hypha_netlink_get_addr(const struct nlattr *attr, struct in6_addr *addr);

/*
 * Entries of policies. Integers have no validation function: this kernel takes its address for a range when it shows the
 * policy, to anybody, and warns (nla_get_range_unsigned). So commands look at values, and say what is wrong with them.
 */
int hypha_netlink_check_addr(const struct nlattr *attr, struct netlink_ext_ack *extack);
#define HYPHA_NETLINK_ADDR NLA_POLICY_VALIDATE_FN(NLA_BINARY, hypha_netlink_check_addr, sizeof(struct in6_addr))
#define HYPHA_NETLINK_GUEST							\
	[HYPHA_N_GUEST] = { .type = NLA_U32 },					\
	[HYPHA_N_GUEST_NAME] = { .type = NLA_NUL_STRING, .len = HYPHA_NAME_MAX - 1 }

/* 0 or -EINVAL: @attr, if there is one, is 4 or 6. */
int hypha_netlink_get_version(const struct nlattr *attr, struct netlink_ext_ack *extack, u8 *version);

/* The guest that HYPHA_N_GUEST or _GUEST_NAME names, counted; ERR_PTR with a sentence: -EINVAL both or neither, -ENOENT. */
struct hypha_guest *hypha_netlink_find_guest(struct nlattr **attrs, struct netlink_ext_ack *extack);
/* For filters: its id, 0 if none is named; the same errors. */
int hypha_netlink_find_guest_id(struct nlattr **attrs, struct netlink_ext_ack *extack, u32 *id);

/* A sentence with values in it for the answer to a refused command; returns @err. */
__printf(4, 5) int hypha_netlink_refuse(struct netlink_ext_ack *extack, const struct nlattr *attr, int err, const char *format, ...);

/* Answer with one message of at most @size bytes that @fill (0 or -errno) writes. */
int hypha_netlink_reply(struct genl_info *info, size_t size, int (*fill)(struct sk_buff *skb, void *ctx), void *ctx);
/* Answer with HYPHA_N_COUNT. */
int hypha_netlink_reply_count(struct genl_info *info, u32 count);
/* One message of a dump: 0, or -errno and nothing was added to @skb. */
int hypha_netlink_dump_one(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd, int (*fill)(struct sk_buff *skb, void *ctx),
			   void *ctx);

#endif
