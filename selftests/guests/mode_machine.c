// SPDX-License-Identifier: GPL-2.0-or-later
/* What a hostile domain asks of Xen that is the host's or a neighbour's: as hypha builds it, it must get nothing of that. */
#include "guest.h"

/* Xen's answer to @what must be an error. */
static void refused(const char *what, u64 nr, s64 answer)
{
	if (answer >= 0)
		finding("%s %u: Xen says %d", what, nr, answer);
}

static const u16 *others(void)
{
	static u16 domids[3];

	domids[1] = word("other", 1);
	domids[2] = 0x7ff2;	/* Xen itself */
	return domids;
}

/* ---- what only the host may ask ---- */

/* Toolstacks' hypercalls begin with a command and a version; the one Xen has is among these. */
static void toolstack_calls(void)
{
	static u32 buf[64];
	u32 version, cmd, i;

	for (version = 0x12; version < 0x1a; version++)
		for (cmd = 1; cmd < 100; cmd++) {
			for (i = 0; i < COUNT(buf); i++)
				buf[i] = 0;
			buf[0] = cmd;
			buf[1] = version;
			buf[2] = others()[cmd % 2];
			refused("domctl", cmd, hypercall4(HC_DOMCTL, (u64)buf, 0, 0, 0));
			buf[2] = 0;
			refused("sysctl", cmd, hypercall4(HC_SYSCTL, (u64)buf, 0, 0, 0));
		}
	for (cmd = 1; cmd < 70; cmd++) {
		buf[0] = cmd;
		buf[1] = 0x03000000;
		refused("platform_op", cmd, hypercall4(HC_PLATFORM_OP, (u64)buf, 0, 0, 0));
	}
}

static void machine_calls(void)
{
	static const u8 physdev[] = { 10, 11, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 24, 25, 26, 28, 29, 30, 31 };
	static u64 zero[32];
	u32 i;

	for (i = 0; i < COUNT(physdev); i++)
		refused("physdev_op", physdev[i], hypercall4(HC_PHYSDEV_OP, physdev[i], (u64)zero, 0, 0));
	for (i = 0; i < 6; i++) {
		refused("kexec_op", i, hypercall4(HC_KEXEC_OP, i, (u64)zero, 0, 0));
		refused("xsm_op", i, hypercall4(HC_XSM_OP, (u64)zero, 0, 0, 0));
		refused("hypfs_op", i, hypercall4(HC_HYPFS_OP, i, (u64)"/", 1, (u64)zero));
		refused("dm_op", i, hypercall4(HC_DM_OP, others()[i % 3], 0, (u64)zero, 0));
		refused("hvm_op", i, hypercall4(HC_HVM_OP, i, (u64)zero, 0, 0));
	}
	refused("mca", 0, hypercall4(HC_MCA, (u64)zero, 0, 0, 0));
	refused("console_io write", 0, hypercall4(HC_CONSOLE_IO, 0, 6, (u64)"hello\n", 0));
	refused("console_io read", 0, hypercall4(HC_CONSOLE_IO, 1, 6, (u64)zero, 0));
	for (i = 1; i < 40; i++)
		refused("vcpu_op up", i, hypercall4(HC_VCPU_OP, 1, i, 0, 0));
}

static void privileges(void)
{
	toolstack_calls();
	machine_calls();
	say("asked for what is the host's");
}

/* ---- what is another domain's ---- */

static void others_events(u16 dom)
{
	struct sched_remote_shutdown shut = { dom, SHUTDOWN_CRASH };
	struct evtchn_reset reset = { dom };
	u32 port;

	refused("shutdown of domain", dom, hc_sched(SCHEDOP_REMOTE_SHUTDOWN, &shut));
	refused("reset of domain", dom, hc_evtchn(EVTCHNOP_RESET, &reset));
	for (port = 1; port < 300; port++) {
		struct evtchn_bind_interdomain bind = { .remote_dom = dom, .remote_port = port };
		struct evtchn_alloc_unbound alloc = { .dom = dom, .port = port };
		struct evtchn_status status = { .dom = dom, .port = port };

		refused("binding port", port, hc_evtchn(EVTCHNOP_BIND_INTERDOMAIN, &bind));
		refused("the state of port", port, hc_evtchn(EVTCHNOP_STATUS, &status));
		refused("making port", port, hc_evtchn(EVTCHNOP_ALLOC_UNBOUND, &alloc));
	}
}

/* The call may be served; what it is about must not be. */
static void unserved(const char *what, u64 nr, s64 answer, s16 status)
{
	if (!answer && !status)
		finding("%s %u", what, nr);
}

static void others_grants(u16 dom)
{
	u64 frames[2] = { 0 };
	struct gnttab_setup_table setup = { .dom = dom, .nr_frames = 1, .frames = frames };
	struct gnttab_query_size size = { .dom = dom };
	struct gnttab_transfer give = { .frame = mfn_of(page(PAGE_FREE)), .domid = dom, .ref = 8 };
	s64 err;
	u32 ref;

	err = hc_grant(GNTTABOP_SETUP_TABLE, &setup, 1);
	unserved("the grant table of domain", dom, err, setup.status);
	err = hc_grant(GNTTABOP_QUERY_SIZE, &size, 1);
	unserved("the grant table's size of domain", dom, err, size.status);
	err = hc_grant(GNTTABOP_TRANSFER, &give, 1);
	unserved("a page forced upon domain", dom, err, give.status);
	for (ref = 0; ref < 600; ref++) {
		struct gnttab_map map = { .host_addr = (u64)page(PAGE_FREE), .flags = GNTMAP_HOST, .ref = ref, .dom = dom };
		struct gnttab_copy copy = {
			.source = { ref, dom, 0 }, .dest = { mfn_of(page(PAGE_FREE)), DOMID_SELF, 0 }, .len = 64, .flags = GNTCOPY_SOURCE_REF,
		};

		err = hc_grant(GNTTABOP_MAP, &map, 1);
		unserved("mapped the neighbour's reference", ref, err, map.status);
		err = hc_grant(GNTTABOP_COPY, &copy, 1);
		unserved("read the neighbour's reference", ref, err, copy.status);
	}
}

static void others_frame(u16 dom, u64 mfn, u32 cmd)
{
	struct mmuext_op op = { cmd, mfn, mfn_of(page(PAGE_FREE)) };
	struct gnttab_copy copy = {
		.source = { mfn, cmd & 1 ? dom : DOMID_SELF, 0 }, .dest = { mfn_of(page(PAGE_FREE)), DOMID_SELF, 0 }, .len = 64,
	};
	s64 err = hc_grant(GNTTABOP_COPY, &copy, 1);
	u64 done = 0, pte = mfn * PAGE_SIZE | PTE_RW;

	unserved("read a stranger's frame", mfn, err, copy.status);
	refused("a stranger's frame mapped:", mfn, hc_map(page(PAGE_FREE), mfn * PAGE_SIZE));
	refused("another domain's frame mapped:", mfn,
		hypercall4(HC_UPDATE_VA_MAPPING_OTHERDOMAIN, (u64)page(PAGE_FREE), pte, UVMF_INVLPG, dom));
	refused("a stranger's frame as a page table, or cleared:", mfn, hypercall4(HC_MMUEXT_OP, (u64)&op, 1, (u64)&done, DOMID_SELF));
	refused("so of another domain:", mfn, hypercall4(HC_MMUEXT_OP, (u64)&op, 1, (u64)&done, dom));
}

static void others_frames(u16 dom)
{
	static const u32 cmds[] = { MMUEXT_PIN_L1_TABLE, MMUEXT_PIN_L4_TABLE, MMUEXT_CLEAR_PAGE, MMUEXT_COPY_PAGE, MMUEXT_NEW_BASEPTR };
	u32 i;

	for (i = 0; i < 100; i++)
		others_frame(dom, stranger(), cmds[i % COUNT(cmds)]);
}

static void foreign(void)
{
	struct gnttab_get_version version = { .dom = 2 };
	u32 i;

	grant(page(PAGE_FREE), GTF_PERMIT);	/* there is a table */
	if (!hc_grant(GNTTABOP_SET_VERSION, &version, 1))
		finding("grants of version 2, of which some are transitive, are to be had");
	for (i = 0; i < 3; i++) {
		others_events(others()[i]);
		others_grants(others()[i]);
		others_frames(others()[i]);
	}
	say("asked for what is the neighbour's");
}

/* ---- memory ---- */

static u64 reservation(u32 op)
{
	u16 self = DOMID_SELF;

	return hc_memory(op, &self);
}

/* More than it was given, in all sizes, by either call. */
static void more_memory(void)
{
	static u64 extents[256];
	u32 i, order;

	for (order = 0; order < 20; order++)
		for (i = 0; i < COUNT(extents); i += 64) {
			struct memory_reservation op = { extents, COUNT(extents), order, 0, DOMID_SELF };
			u32 j;

			for (j = 0; j < COUNT(extents); j++)
				extents[j] = boot->nr_pages + (j << order);
			hc_memory(i & 64 ? XENMEM_INCREASE_RESERVATION : XENMEM_POPULATE_PHYSMAP, &op);
		}
	say("%u pages, at most %u", reservation(XENMEM_CURRENT_RESERVATION), reservation(XENMEM_MAXIMUM_RESERVATION));
	if (reservation(XENMEM_CURRENT_RESERVATION) > reservation(XENMEM_MAXIMUM_RESERVATION))
		finding("it has more memory than it may");
}

/* Numbers that cannot be. */
static void odd_memory(void)
{
	static u64 extents[16];
	u32 i;

	for (i = 0; i < 300; i++) {
		struct memory_exchange op = {
			.in = { i & 1 ? extents : (u64 *)random_odd(), random_odd(), random_odd() % 70, random_odd(), DOMID_SELF },
			.out = { i & 2 ? extents : (u64 *)random_odd(), random_odd(), random_odd() % 70, random_odd(), DOMID_SELF },
			.nr_exchanged = i & 4 ? 0 : random_odd(),
		};
		u32 j;

		for (j = 0; j < COUNT(extents); j++)
			extents[j] = stranger();
		if (op.in.nr_extents > COUNT(extents))	/* what it names must not be its own: it would lose it */
			op.in.extents = i & 8 ? (u64 *)random_odd() : NULL;
		hc_memory(XENMEM_EXCHANGE, &op);
		hc_memory(XENMEM_DECREASE_RESERVATION, &op.in);
		hc_memory(XENMEM_INCREASE_RESERVATION, &op.out);
	}
}

static void others_memory(u16 dom)
{
	static u64 extents[16], frames[4];
	struct memory_reservation op = { extents, COUNT(extents), 0, 0, dom };
	struct memory_exchange swap = { { extents, 1, 0, 0, dom }, { extents + 1, 1, 0, 0, dom }, 0 };
	u32 i;

	for (i = 0; i < COUNT(extents); i++)
		extents[i] = stranger();
	refused("memory for domain", dom, hc_memory(XENMEM_POPULATE_PHYSMAP, &op) ?: -1);
	refused("memory added to domain", dom, hc_memory(XENMEM_INCREASE_RESERVATION, &op) ?: -1);
	refused("memory taken from domain", dom, hc_memory(XENMEM_DECREASE_RESERVATION, &op) ?: -1);
	refused("memory exchanged of domain", dom, hc_memory(XENMEM_EXCHANGE, &swap));
	refused("the memory of domain", dom, hc_memory(XENMEM_CURRENT_RESERVATION, &dom));
	for (i = 0; i < 8; i++) {
		struct add_to_physmap add = { .domid = dom, .size = 1, .space = i, .idx = random64() % 4, .gpfn = stranger() };
		struct acquire_resource get = { .domid = dom, .type = i, .nr_frames = 1, .frames = frames };

		refused("a page put into domain", dom, hc_memory(XENMEM_ADD_TO_PHYSMAP, &add));
		refused("a page taken out of domain", dom, hc_memory(XENMEM_REMOVE_FROM_PHYSMAP, &add));
		refused("a resource of domain", dom, hc_memory(XENMEM_ACQUIRE_RESOURCE, &get));
	}
}

/* Pages that are in use: the page table, the p2m list, the grant table, rings; and back. */
static void pages_in_use(void)
{
	u64 frames[] = {
		mfn_of((void *)boot->pt_base), mfn_of((void *)(boot->pt_base + PAGE_SIZE)), boot->shared_info / PAGE_SIZE, 0, 1, -1UL,
	};
	struct memory_reservation op = { frames, COUNT(frames), 0, 0, DOMID_SELF };
	u32 i;

	hc_memory(XENMEM_DECREASE_RESERVATION, &op);
	for (i = 0; i < 200; i++) {
		u8 *at = page(PAGE_FREE + i % 8);

		if (!give_page(at) || !take_page(at)) {
			finding("a page given back cannot be had again, %u times it could", (u64)i);
			return;
		}
		*(volatile u64 *)at = i;
	}
}

static void memory(void)
{
	struct memory_reservation claim = { NULL, 1000, 0, 0, DOMID_SELF };
	struct add_to_physmap add = { .domid = DOMID_SELF, .size = 1, .idx = 0, .gpfn = 5 };
	u32 i;

	refused("a claim", 0, hc_memory(XENMEM_CLAIM_PAGES, &claim));
	refused("the machine's memory map", 0, hc_memory(XENMEM_MACHINE_MEMORY_MAP, &claim));
	for (i = 0; i < 8; i++) {
		add.space = i;
		refused("a page put into ourselves", i, hc_memory(XENMEM_ADD_TO_PHYSMAP, &add));
	}
	for (i = 0; i < 3; i++)
		others_memory(others()[i]);
	pages_in_use();
	odd_memory();
	more_memory();
	store_is_sane();
}

const struct mode machine_modes[] = {
	{ "privileges", privileges },
	{ "foreign", foreign },
	{ "memory", memory },
	{ }
};
