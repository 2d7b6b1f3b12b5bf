// SPDX-License-Identifier: GPL-2.0-or-later
/* The machine under the guest: time, events, frames, grants. Events are polled for, never delivered. */
#include "guest.h"

#define GRANT_FRAMES	2
#define GRANT_FIRST	8	/* the ones below are Xen's by convention */

static struct {
	u8 bytes[PAGE_SIZE];
} __attribute__((aligned(PAGE_SIZE))) shared_page, grant_pages[GRANT_FRAMES], scratch[PAGES];

static volatile struct shared_info *const shared = (void *)&shared_page;
static volatile struct grant_entry *const grants = (void *)grant_pages;

u8 *page(u32 nr)
{
	return scratch[nr % PAGES].bytes;
}

static u64 *frame_of(const void *va)
{
	return (u64 *)boot->mfn_list + ((u64)va - VIRT_BASE) / PAGE_SIZE;
}

u64 mfn_of(const void *va)
{
	return *frame_of(va);
}

static bool is_ours(u64 mfn)
{
	u64 i;

	for (i = 0; i < boot->nr_pages; i++)
		if (((const u64 *)boot->mfn_list)[i] == mfn)
			return true;
	return mfn == boot->shared_info / PAGE_SIZE;
}

u64 stranger(void)
{
	u64 mfn;

	do
		mfn = random64() % hc_memory(XENMEM_MAXIMUM_RAM_PAGE, NULL);
	while (is_ours(mfn));
	return mfn;
}

u64 give_page(const void *va)
{
	u64 mfn = mfn_of(va);
	struct memory_reservation op = { &mfn, 1, 0, 0, DOMID_SELF };

	hc_unmap(va);
	return hc_memory(XENMEM_DECREASE_RESERVATION, &op) == 1 ? mfn : 0;
}

bool take_page(const void *va)
{
	u64 frame = ((u64)va - VIRT_BASE) / PAGE_SIZE;
	struct memory_reservation op = { &frame, 1, 0, 0, DOMID_SELF };

	if (hc_memory(XENMEM_POPULATE_PHYSMAP, &op) != 1)
		return false;
	*frame_of(va) = frame;
	return !hc_map(va, frame * PAGE_SIZE);
}

static void init_grants(void)
{
	u64 frames[GRANT_FRAMES];
	struct gnttab_setup_table op = { .dom = DOMID_SELF, .nr_frames = GRANT_FRAMES, .frames = frames };
	u32 i;

	if (hc_grant(GNTTABOP_SETUP_TABLE, &op, 1) || op.status) {
		finding("no grant table: status %d", (s64)op.status);
		return;
	}
	for (i = 0; i < GRANT_FRAMES; i++)
		if (hc_map(&grant_pages[i], frames[i] * PAGE_SIZE))
			finding("grant frame %u cannot be mapped", (u64)i);
}

void machine_init(void)
{
	u32 i;

	if (hc_map(&shared_page, boot->shared_info))
		stop(SHUTDOWN_CRASH);
	for (i = 0; i < COUNT(shared->mask); i++)
		shared->mask[i] = ~0UL;
}

static u64 read_tsc(void)
{
	u32 low, high;

	asm volatile("rdtsc" : "=a" (low), "=d" (high));
	return (u64)high << 32 | low;
}

u64 now(void)
{
	const volatile struct vcpu_info *v = &shared->vcpu[0];
	u32 version;
	u64 ns, ticks;

	do {
		version = v->time_version;
		mb();
		ticks = read_tsc() - v->tsc_timestamp;
		ticks = v->tsc_shift < 0 ? ticks >> -v->tsc_shift : ticks << v->tsc_shift;
		ns = v->system_time + (u64)((unsigned __int128)ticks * v->tsc_to_system_mul >> 32);
		mb();
	} while (version & 1 || version != v->time_version);
	return ns;
}

bool take_event(u32 port)
{
	u64 bit = 1UL << port % 64;

	return __atomic_fetch_and((u64 *)&shared->pending[port / 64], ~bit, __ATOMIC_SEQ_CST) & bit;
}

void wait_port(u32 port, u64 ns)
{
	struct sched_poll op = { &port, 1, now() + ns };

	hc_sched(SCHEDOP_POLL, &op);
	take_event(port);
}

void notify(u32 port)
{
	hc_evtchn(EVTCHNOP_SEND, &port);
}

u32 alloc_port(void)
{
	struct evtchn_alloc_unbound op = { .dom = DOMID_SELF };

	if (hc_evtchn(EVTCHNOP_ALLOC_UNBOUND, &op))
		finding("no event channel to be had");
	return op.port;
}

void fill_grant(u32 ref, u16 flags, u16 domid, u32 frame)
{
	grants[ref].flags = 0;
	mb();
	grants[ref].domid = domid;
	grants[ref].frame = frame;
	mb();
	grants[ref].flags = flags;
}

void regrant(u32 ref, const void *what, u16 flags)
{
	fill_grant(ref, flags, 0, mfn_of(what));
}

u32 grant(const void *what, u16 flags)
{
	static u32 next = GRANT_FIRST;

	if (next == GRANT_FIRST)
		init_grants();
	regrant(next, what, flags);
	return next++;
}

void revoke(u32 ref)
{
	grants[ref].flags = 0;
}
