// SPDX-License-Identifier: GPL-2.0-or-later
/* Netlink attributes of a guest become a struct guest: one table per nesting. */
#include "libhypha/genl.h"

#include "util/error.h"
#include "util/mem.h"

#include <errno.h>
#include <hypha.h>
#include <hypha_netlink.h>
#include <string.h>

#define G(attr, kind, member) { HYPHA_A_##attr, GENL_##kind, offsetof(struct guest, member) }
static const struct genl_field guest_fields[] = {
	G(ID, U32, id), G(DOMID, U32, domid), G(STATE, U32, state),
	G(MEMORY, U64, memory), G(MEMORY_TARGET, U64, memory_target), G(MEMORY_MAX, U64, memory_max),
	G(VCPUS, U32, vcpus), G(VCPUS_ONLINE, U32, vcpus_online),
	G(CPU_TIME, U64, cpu_time), G(UPTIME, U64, uptime), G(CREATED, U64, created), G(EXITED, U64, exited),
	G(EXIT_REASON, U32, exit_reason), G(EXIT_CODE, U32, exit_code),
	G(LOG_BYTES, U64, log_bytes), G(LOG_DROPPED, U64, log_dropped),
};

#define S(attr, kind, member) { HYPHA_A_STORE_##attr, GENL_##kind, offsetof(struct guest, member) }
static const struct genl_field store_fields[] = {
	S(REQUESTS, U64, store_requests), S(ERRORS, U64, store_errors),
	S(NODES, U32, store_nodes), S(WATCHES, U32, store_watches),
};

#define D(attr, kind, member) { HYPHA_A_DISK_##attr, GENL_##kind, offsetof(struct guest_disk, member) }
static const struct genl_field disk_fields[] = {
	D(INDEX, U32, index), D(SIZE, U64, size), D(RD_REQS, U64, rd_reqs), D(RD_BYTES, U64, rd_bytes),
	D(WR_REQS, U64, wr_reqs), D(WR_BYTES, U64, wr_bytes), D(FLUSHES, U64, flushes), D(ERRORS, U64, errors),
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

_Static_assert(sizeof(enum guest_state) == 4 && sizeof(enum guest_exit) == 4 && sizeof(int) == 4, "fields are 32 bits");
_Static_assert((int)GUEST_EXITED == HYPHA_STATE_EXITED && (int)EXIT_VANISHED == HYPHA_EXIT_VANISHED, "uapi");

static void fill_store(struct guest *g, struct nlattr *nest)
{
	struct nlattr *attrs[HYPHA_A_STORE_MAX + 1];

	if (nest && !nla_parse_nested(attrs, HYPHA_A_STORE_MAX, nest, NULL))
		genl_fill(g, attrs, store_fields, COUNT(store_fields));
}

static void fill_disk(struct guest *g, struct nlattr *nest)
{
	struct nlattr *attrs[HYPHA_A_DISK_MAX + 1];
	struct guest_disk *d = &g->disks[g->nr_disks];
	uint32_t flags = 0;

	if (g->nr_disks == GUEST_DISKS_MAX || nla_parse_nested(attrs, HYPHA_A_DISK_MAX, nest, NULL))
		return;
	genl_fill(d, attrs, disk_fields, COUNT(disk_fields));
	if (attrs[HYPHA_A_DISK_FLAGS] && nla_len(attrs[HYPHA_A_DISK_FLAGS]) >= 4)
		flags = nla_get_u32(attrs[HYPHA_A_DISK_FLAGS]);
	d->readonly = flags & HYPHA_DISK_RO;
	d->broken = attrs[HYPHA_A_DISK_BROKEN];
	g->nr_disks++;
}

/* HYPHA_A_DISK comes once per disk, a parsed array keeps one of each: walk the message. */
static void fill_disks(struct guest *g, struct nlmsghdr *hdr)
{
	struct genlmsghdr *genl = nlmsg_data(hdr);
	int left = genlmsg_attrlen(genl, 0);

	for (struct nlattr *a = genlmsg_attrdata(genl, 0); nla_ok(a, left); a = nla_next(a, &left))
		if (nla_type(a) == HYPHA_A_DISK)
			fill_disk(g, a);
}

int guest_from_message(struct nlmsghdr *hdr, struct nlattr **attrs, struct guest *g)
{
	struct nlattr *uuid = attrs[HYPHA_A_UUID], *name = attrs[HYPHA_A_NAME], *labels = attrs[HYPHA_A_LABELS];

	*g = (struct guest) { .exit_code = -1 };
	if (!attrs[HYPHA_A_ID] || !attrs[HYPHA_A_STATE] || !name || !uuid || nla_len(uuid) != sizeof(g->uuid))
		return err_set(-EPROTO, "netlink: a guest without id, state, name or uuid; module and hyphactl do not match");
	genl_fill(g, attrs, guest_fields, COUNT(guest_fields));
	memcpy(g->uuid, nla_data(uuid), sizeof(g->uuid));
	nla_strlcpy(g->name, name, sizeof(g->name));
	g->ready = attrs[HYPHA_A_READY];
	if (attrs[HYPHA_A_FLAGS] && nla_len(attrs[HYPHA_A_FLAGS]) >= 4)
		g->autoremove = nla_get_u32(attrs[HYPHA_A_FLAGS]) & HYPHA_CREATE_AUTOREMOVE;
	fill_store(g, attrs[HYPHA_A_STORE]);
	fill_disks(g, hdr);
	g->labels = labels ? mem_strndup(nla_data(labels), nla_len(labels)) : mem_strdup("");
	return 0;
}
