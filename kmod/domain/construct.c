// SPDX-License-Identifier: GPL-2.0-only
/* Performs a checked plan: a domain is created, filled, given page tables and a first vCPU; and taken down. */
#include "domain/domain.h"

#include <linux/build_bug.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <asm/xen/interface.h>

#include <hypha.h>

#include "../xen/evtchn.h"
#include "domain/layout.h"
#include "domain/load.h"
#include "domain/p2m.h"
#include "domain/pagetable.h"
#include "domain/startinfo.h"
#include "domain/vcpu.h"
#include "xen/domctl.h"
#include "xen/foreign.h"
#include "xen/physmap.h"

#define MAX_MEM_SLACK_KIB	1024	/* for what Xen counts beside RAM */
#define XEN_OVERHEAD_PAGES	512	/* Xen's own structures for a guest, about */
#define MIB_PAGES		256
#define UPCALL_VCPUS		32	/* slots in shared_info */

static_assert(sizeof(struct hypha_startinfo) == sizeof(struct start_info));
static_assert(offsetof(struct hypha_startinfo, console_evtchn) == offsetof(struct start_info, console.domU.evtchn));
static_assert(offsetof(struct hypha_startinfo, first_p2m_pfn) == offsetof(struct start_info, first_p2m_pfn));
static_assert(sizeof(struct hypha_vcpu_context) == sizeof(struct vcpu_guest_context));
static_assert(offsetof(struct hypha_vcpu_context, rip) == offsetof(struct vcpu_guest_context, user_regs.rip));
static_assert(offsetof(struct hypha_vcpu_context, ss) == offsetof(struct vcpu_guest_context, user_regs.ss));
static_assert(offsetof(struct hypha_vcpu_context, kernel_sp) == offsetof(struct vcpu_guest_context, kernel_sp));
static_assert(offsetof(struct hypha_vcpu_context, debugreg) == offsetof(struct vcpu_guest_context, debugreg));
static_assert(offsetof(struct hypha_vcpu_context, gs_base_user) == offsetof(struct vcpu_guest_context, gs_base_user));
static_assert(HYPHA_PAGE_BYTES == PAGE_SIZE);
static_assert(ARRAY_SIZE(((struct hypha_domain *)0)->phase_ns) == HYPHA_PHASE_COUNT);

/* Lives as long as one hypha_domain_build(). */
struct builder {
	const struct hypha_domain_spec *spec;
	struct hypha_domain *dom;
	struct hypha_reason *reason;
	struct hypha_source kernel;
	struct hypha_source initrds[HYPHA_INITRDS_MAX];
	struct hypha_elf_source image;
	struct hypha_elf elf;
	struct hypha_layout layout;
	struct hypha_frames frames;
	struct hypha_window *win;
	u64 shared_info_mfn;
	u64 clock;		/* when the running phase began */
};

static int refused(struct builder *b, int err, const char *hypercall)
{
	return hypha_reason(b->reason, err, "%s: Xen refuses with error %d", hypercall, err);
}

static void end_phase(struct builder *b, enum hypha_phase phase)
{
	u64 now = ktime_get_ns();

	b->dom->phase_ns[phase] += now - b->clock;
	b->clock = now;
}

static int read_image(const struct hypha_elf_source *image, u64 offset, void *buf, size_t len)
{
	const struct builder *b = container_of(image, struct builder, image);

	return hypha_source_read(&b->kernel, offset, buf, len);
}

static int open_sources(struct builder *b)
{
	const struct hypha_domain_spec *spec = b->spec;
	unsigned int i;
	int err;

	err = hypha_source_init(&b->kernel, spec->kernel);
	if (err)
		return hypha_reason(b->reason, err, "kernel: it must be a regular file open for reading (error %d)", err);
	for (i = 0; i < spec->nr_initrds; i++) {
		err = hypha_source_init(&b->initrds[i], spec->initrds[i]);
		if (err)
			return hypha_reason(b->reason, err, "initrd %u: it must be a regular file open for reading (error %d)", i, err);
	}
	b->image = (struct hypha_elf_source){ .size = b->kernel.size, .read = read_image };
	return 0;
}

static int check_spec(struct builder *b)
{
	const struct hypha_domain_spec *spec = b->spec;
	size_t len = strlen(spec->cmdline);

	if (len >= HYPHA_STARTINFO_CMDLINE)
		return hypha_reason(b->reason, -EINVAL, "cmdline: %zu bytes; a PV guest takes at most %d", len,
				    HYPHA_STARTINFO_CMDLINE - 1);
	if (spec->nr_initrds > HYPHA_INITRDS_MAX)
		return hypha_reason(b->reason, -EINVAL, "initrd: %u parts; at most %d are taken", spec->nr_initrds, HYPHA_INITRDS_MAX);
	if (!spec->nr_vcpus || spec->nr_vcpus > HYPHA_VCPUS_MAX)
		return hypha_reason(b->reason, -EINVAL, "vCPUs: %u; a PV guest has 1..%d", spec->nr_vcpus, HYPHA_VCPUS_MAX);
	return 0;
}

static int plan(struct builder *b)
{
	int err;

	err = check_spec(b);
	if (!err)
		err = open_sources(b);
	if (!err)
		err = hypha_elf_parse(&b->image, &b->elf, b->reason);
	if (!err)
		err = hypha_layout_plan(&b->elf, b->spec->memory >> PAGE_SHIFT,
					hypha_load_initrd_len(b->initrds, b->spec->nr_initrds), &b->layout, b->reason);
	return err;
}

/* Better said before than found out halfway; Xen still has the last word. */
static int check_free(struct builder *b)
{
	struct hypha_physinfo info;
	u64 need = b->layout.nr_pages + XEN_OVERHEAD_PAGES;

	if (hypha_domctl_physinfo(&info) || need <= info.free_pages)
		return 0;
	return hypha_reason(b->reason, -ENOMEM,
			    "memory: %llu MiB asked for, but Xen has only %llu MiB free (it needs about %d MiB more for itself): ask for less, end other guests, or give dom0 less (dom0_mem=)",
			    b->layout.nr_pages / MIB_PAGES, info.free_pages / MIB_PAGES, XEN_OVERHEAD_PAGES / MIB_PAGES);
}

static int create(struct builder *b)
{
	const struct hypha_domain_spec *spec = b->spec;
	struct hypha_domctl_config config = { .max_vcpus = spec->nr_vcpus };
	u64 max_kib = (spec->max_memory >> 10) + MAX_MEM_SLACK_KIB;
	domid_t domid;
	int err;

	err = check_free(b);
	if (err)
		return err;
	memcpy(config.handle, spec->uuid, sizeof(config.handle));
	err = hypha_domctl_create(&config, &domid);
	if (err)
		return hypha_reason(b->reason, err, "create: domctl createdomain with %u vCPUs: Xen refuses with error %d%s",
				    spec->nr_vcpus, err, err == -ENOMEM ? " (out of memory)" : "");
	b->dom->domid = domid;
	b->dom->exists = true;

	err = hypha_domctl_max_vcpus(domid, spec->nr_vcpus);
	if (err)
		return hypha_reason(b->reason, err, "create: domctl max_vcpus %u: Xen refuses with error %d", spec->nr_vcpus, err);
	err = hypha_domctl_native_tsc(domid);
	if (err)
		return refused(b, err, "create: domctl settscinfo");
	err = hypha_domctl_max_mem(domid, max_kib);
	if (err)
		return hypha_reason(b->reason, err, "create: domctl max_mem %llu KiB: Xen refuses with error %d", max_kib, err);
	err = hypha_physmap_set_limit(domid, spec->max_memory);
	return err ? refused(b, err, "create: memory_op set_memory_map") : 0;
}

static int populate(struct builder *b)
{
	struct hypha_physinfo info = {};
	u64 nr = b->layout.nr_pages, done;
	int err;

	err = hypha_physmap_populate(b->dom->domid, &b->frames, nr, &done);
	if (!err || err == -EINTR)
		return err;
	hypha_domctl_physinfo(&info);
	return hypha_reason(b->reason, err,
			    "populate: memory_op populate_physmap gave %llu of %llu MiB, then error %d; Xen has %llu MiB free now",
			    done / MIB_PAGES, nr / MIB_PAGES, err, info.free_pages / MIB_PAGES);
}

static int load(struct builder *b)
{
	struct hypha_load_target to = {
		.domid = b->dom->domid, .frames = &b->frames, .win = b->win, .reason = b->reason,
	};

	return hypha_load_kernel(&to, &b->kernel, &b->elf) ?:
	       hypha_load_initrd(&to, b->initrds, b->spec->nr_initrds, b->layout.initrd.pfn);
}

static int open_ports(struct builder *b)
{
	struct hypha_domain *dom = b->dom;
	int err;

	err = hypha_evtchn_alloc_unbound(dom->domid, &dom->store_port);
	if (!err)
		err = hypha_evtchn_alloc_unbound(dom->domid, &dom->console_port);
	return err ? refused(b, err, "tables: event_channel_op alloc_unbound") : 0;
}

/* Map one page of the store's or console's ring for good. */
static int map_ring(struct builder *b, const struct hypha_layout_area *area, u64 *mfn, void **va)
{
	void *page;

	*mfn = hypha_frames_mfn(&b->frames, area->pfn);
	page = hypha_foreign_map_page(b->dom->domid, *mfn);
	if (IS_ERR(page))
		return refused(b, PTR_ERR(page), "tables: mmu_update for a ring page");
	memset(page, 0, PAGE_SIZE);
	*va = page;
	return 0;
}

static int map_rings(struct builder *b)
{
	struct hypha_domain *dom = b->dom;

	return map_ring(b, &b->layout.store, &dom->store_mfn, &dom->store_va) ?:
	       map_ring(b, &b->layout.console, &dom->console_mfn, &dom->console_va);
}

/* What goes into the n-th page of an area. */
typedef void fill_fn(struct builder *b, u64 n, void *page);

static int fill_area(struct builder *b, u64 pfn, u64 nr, fill_fn *fill)
{
	u64 n, i, now;
	void *va;

	for (n = 0; n < nr; n += now) {
		now = min_t(u64, nr - n, HYPHA_WINDOW_PAGES);
		va = hypha_window_map_frames(b->win, b->dom->domid, &b->frames, pfn + n, now);
		if (IS_ERR(va))
			return refused(b, PTR_ERR(va), "tables: mmu_update");
		for (i = 0; i < now; i++)
			fill(b, n + i, va + i * PAGE_SIZE);
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

static void fill_table(struct builder *b, u64 n, void *page)
{
	hypha_pagetable_fill(&b->layout, &b->frames, b->layout.tables.pfn + n, page);
}

static void fill_p2m(struct builder *b, u64 n, void *page)
{
	u64 pfn = b->layout.p2m.pfn + n;

	if (hypha_layout_is_table(&b->layout, pfn))
		hypha_pagetable_fill(&b->layout, &b->frames, pfn, page);
	else
		hypha_p2m_fill(&b->frames, n, page);
}

static void fill_start_info(struct builder *b, u64 n, void *page)
{
	const struct hypha_domain *dom = b->dom;
	const struct hypha_startinfo_xen xen = {
		.shared_info_mfn = b->shared_info_mfn,
		.store_mfn = dom->store_mfn, .console_mfn = dom->console_mfn,
		.store_port = dom->store_port, .console_port = dom->console_port,
	};

	memset(page, 0, PAGE_SIZE);
	hypha_startinfo_fill(page, &b->layout, &xen, b->spec->cmdline);
}

static int fill_shared_info(struct builder *b)
{
	struct shared_info *si;
	unsigned int i;

	si = hypha_window_map(b->win, b->dom->domid, &b->shared_info_mfn, 1);
	if (IS_ERR(si))
		return refused(b, PTR_ERR(si), "tables: mmu_update for shared_info");
	memset(si, 0, PAGE_SIZE);
	for (i = 0; i < UPCALL_VCPUS; i++)
		si->vcpu_info[i].evtchn_upcall_mask = 1;	/* Xen leaves 0: events before there is a handler */
	return 0;
}

static int find_shared_info(struct builder *b)
{
	struct hypha_domctl_info info;
	int err;

	err = hypha_domctl_info(b->dom->domid, &info);
	if (err)
		return refused(b, err, "tables: domctl getdomaininfo");
	b->shared_info_mfn = info.shared_info_frame;
	return 0;
}

static int tables(struct builder *b)
{
	const struct hypha_layout *l = &b->layout;

	return open_ports(b) ?: map_rings(b) ?: find_shared_info(b) ?:
	       fill_area(b, l->p2m.pfn, l->p2m.nr_pages, fill_p2m) ?:
	       fill_area(b, l->tables.pfn, l->tables.nr_pages, fill_table) ?:
	       fill_area(b, l->start_info.pfn, 1, fill_start_info) ?:
	       fill_shared_info(b);
}

static int set_context(struct builder *b, u64 l4_mfn)
{
	struct hypha_vcpu_context *ctx;
	int err;

	ctx = kmalloc(sizeof(*ctx), GFP_KERNEL);
	if (!ctx)
		return hypha_reason(b->reason, -ENOMEM, "pin: no memory for a vCPU's registers");
	hypha_vcpu_fill(ctx, &b->layout, l4_mfn);
	err = hypha_domctl_set_context(b->dom->domid, 0, (struct vcpu_guest_context *)ctx);
	kfree(ctx);
	return err ? refused(b, err, "pin: domctl setvcpucontext") : 0;
}

/* Xen takes page tables only while nobody maps them writable: the window must be unmapped before. */
static int pin(struct builder *b)
{
	const struct hypha_layout *l = &b->layout;
	u64 l4_mfn = hypha_frames_mfn(&b->frames, l->tables.pfn);
	int err;

	err = hypha_window_unmap(b->win);
	if (err)
		return refused(b, err, "pin: mmu_update to unmap");
	if (l->has_hypercall_page) {
		err = hypha_domctl_hypercall_init(b->dom->domid, hypha_frames_mfn(&b->frames, l->hypercall_pfn));
		if (err)
			return refused(b, err, "pin: domctl hypercall_init");
	}
	err = hypha_physmap_pin(b->dom->domid, l4_mfn);
	if (err)
		return hypha_reason(b->reason, err, "pin: mmuext_op PIN_L4_TABLE of %llu tables: Xen refuses with error %d",
				    l->tables.nr_pages + l->nr_p2m_tables, err);
	return set_context(b, l4_mfn);
}

/* With the domain created: everything else. The window is taken only while it is needed. */
static int fill_domain(struct builder *b)
{
	int err;

	b->win = hypha_window_get();
	if (IS_ERR(b->win))
		return hypha_reason(b->reason, PTR_ERR(b->win), "load: killed while waiting for a window");
	b->clock = ktime_get_ns();

	err = load(b);
	end_phase(b, HYPHA_PHASE_LOAD);
	if (!err)
		err = tables(b);
	end_phase(b, HYPHA_PHASE_TABLES);
	if (!err)
		err = pin(b);
	end_phase(b, HYPHA_PHASE_PIN);

	hypha_window_put(b->win);
	return err;
}

static int build(struct builder *b)
{
	int err;

	b->clock = ktime_get_ns();
	err = plan(b);
	end_phase(b, HYPHA_PHASE_PARSE);
	if (err)
		return err;

	err = create(b);
	end_phase(b, HYPHA_PHASE_CREATE);
	if (!err)
		err = populate(b);
	end_phase(b, HYPHA_PHASE_POPULATE);
	if (!err)
		err = fill_domain(b);
	if (!err && fatal_signal_pending(current))
		err = -EINTR;
	if (err)
		hypha_domain_clean(b->dom);
	return err == -EINTR ? hypha_reason(b->reason, err, "killed while the domain was being built") : err;
}

int hypha_domain_build(const struct hypha_domain_spec *spec, struct hypha_domain *dom, struct hypha_reason *reason)
{
	struct builder *b;
	int err;

	memset(dom, 0, sizeof(*dom));
	b = kvzalloc(sizeof(*b), GFP_KERNEL);
	if (!b)
		return hypha_reason(reason, -ENOMEM, "plan: no memory in dom0");
	b->spec = spec;
	b->dom = dom;
	b->reason = reason;

	err = build(b);
	hypha_physmap_forget(&b->frames);
	kvfree(b);
	return err;
}

void hypha_domain_clean(struct hypha_domain *dom)
{
	if (!dom->exists)
		return;
	hypha_domctl_destroy(dom->domid);	/* its id stays taken while its pages are mapped */
	hypha_foreign_unmap_page(dom->store_va);
	hypha_foreign_unmap_page(dom->console_va);
	dom->store_va = NULL;
	dom->console_va = NULL;
	dom->exists = false;
}
