// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds out who has stopped running. Xen tells nobody but the one owner of VIRQ_DOM_EXC, which a xenstored beside us may
 * be: so one getdomaininfolist for all guests per tick, only while guests live, and at once when a guest gives a hint.
 */
#include "guest_priv.h"

#include <linux/jiffies.h>
#include <linux/slab.h>
#include <xen/interface/sched.h>

#include "xen/domctl.h"

#define TICK		msecs_to_jiffies(20)
#define LIST_MAX	64	/* domains asked for in one hypercall */

static void look(struct work_struct *work);
static DECLARE_DELAYED_WORK(tick, look);
static struct hypha_domctl_info *infos;	/* used by look() only */

/* One stretch of the domain list: what lies in [first, end) and is not in infos is gone. */
struct stretch {
	int nr;
	u32 first, end;
	u32 living;
};

static u32 exit_reason(const struct hypha_domctl_info *info)
{
	if (!info || info->dying)
		return HYPHA_EXIT_VANISHED;
	switch (info->shutdown_code) {
	case SHUTDOWN_poweroff:
		return HYPHA_EXIT_POWEROFF;
	case SHUTDOWN_reboot:
		return HYPHA_EXIT_REBOOT;
	default:
		return HYPHA_EXIT_CRASH;
	}
}

static const struct hypha_domctl_info *find_info(const struct stretch *s, domid_t domid)
{
	int i;

	for (i = 0; i < s->nr; i++)
		if (infos[i].domid == domid)
			return &infos[i];
	return NULL;
}

static void judge(struct hypha_guest *g, void *ctx)
{
	const struct hypha_domctl_info *info;
	struct hypha_domctl_info now;
	struct stretch *s = ctx;
	domid_t domid = g->domain.domid;

	s->living++;
	if (domid < s->first || domid >= s->end)
		return;

	info = find_info(s, domid);
	if (!info && !hypha_domctl_info(domid, &now))	/* it is younger than the list */
		info = &now;
	if (info && !info->dying && !info->shutdown)
		return;

	g->seen_reason = exit_reason(info);
	kref_get(&g->ref);
	if (!queue_work(hypha_guest_wq, &g->exit_work))
		hypha_guest_put(g);
}

static void look(struct work_struct *work)
{
	struct stretch s = { };

	do {
		s.nr = hypha_domctl_info_list(s.first, infos, LIST_MAX);
		if (s.nr < 0)
			break;
		s.end = s.nr < LIST_MAX ? DOMID_FIRST_RESERVED : infos[s.nr - 1].domid + 1;
		s.living = 0;
		hypha_guest_for_each_living(judge, &s);
		s.first = s.end;
	} while (s.first < DOMID_FIRST_RESERVED);

	if (s.living || s.nr < 0)
		queue_delayed_work(hypha_guest_wq, &tick, TICK);
}

void hypha_reaper_kick(void)
{
	mod_delayed_work(hypha_guest_wq, &tick, 0);
}

int hypha_reaper_init(void)
{
	infos = kcalloc(LIST_MAX, sizeof(*infos), GFP_KERNEL);
	return infos ? 0 : -ENOMEM;
}

void hypha_reaper_exit(void)
{
	cancel_delayed_work_sync(&tick);
	kfree(infos);
}
