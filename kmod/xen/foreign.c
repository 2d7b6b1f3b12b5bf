// SPDX-License-Identifier: GPL-2.0-only
/* Frames of other domains in dom0's kernel address space: a window for building, single pages for rings. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "xen/foreign.h"

#include <linux/err.h>
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/semaphore.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>

#include <xen/xen.h>

#include "xen/hypercall.h"
#include "xen/pte.h"

/* As many launches may copy at once; address space only, no memory. */
#define NR_WINDOWS	4

struct hypha_window {
	void *va;
	unsigned int nr_mapped;
	bool taken;				/* under windows_lock */
	struct page *pages[HYPHA_WINDOW_PAGES];	/* without frames of their own */
	u64 ptes[HYPHA_WINDOW_PAGES];		/* machine addresses of their page-table entries */
	struct mmu_update ops[HYPHA_WINDOW_PAGES];
};

static struct hypha_window *windows[NR_WINDOWS];
static struct semaphore windows_free = __SEMAPHORE_INITIALIZER(windows_free, 0);
static DEFINE_SPINLOCK(windows_lock);	/* protects taken of all windows; process context, innermost */

/* Entry @i shall become @val. */
static void fill_op(struct hypha_window *win, unsigned int i, u64 val)
{
	win->ops[i] = (struct mmu_update){ .ptr = win->ptes[i] | MMU_NORMAL_PT_UPDATE, .val = val };
}

/* Point the first @nr entries at no frame. The caller flushes. */
static int clear_ptes(struct hypha_window *win, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		fill_op(win, i, 0);
	return hypha_hypercall_mmu_update(win->ops, nr, NULL, DOMID_SELF);
}

static void window_free(struct hypha_window *win)
{
	if (!win)
		return;
	hypha_window_unmap(win);
	vunmap(win->va);
	xen_free_unpopulated_pages(HYPHA_WINDOW_PAGES, win->pages);
	kvfree(win);
}

static struct hypha_window *window_alloc(void)
{
	struct hypha_window *win;
	int err;

	win = kvzalloc(sizeof(*win), GFP_KERNEL);
	if (!win)
		return ERR_PTR(-ENOMEM);

	err = xen_alloc_unpopulated_pages(HYPHA_WINDOW_PAGES, win->pages);
	if (err)
		goto err_free;

	err = -ENOMEM;
	win->va = vmap(win->pages, HYPHA_WINDOW_PAGES, VM_MAP, PAGE_KERNEL);
	if (!win->va)
		goto err_pages;

	err = hypha_pte_find(win->va, win->ptes, HYPHA_WINDOW_PAGES);
	if (err)
		goto err_vunmap;
	return win;

err_vunmap:
	vunmap(win->va);
err_pages:
	xen_free_unpopulated_pages(HYPHA_WINDOW_PAGES, win->pages);
err_free:
	kvfree(win);
	return ERR_PTR(err);
}

int hypha_foreign_init(void)
{
	unsigned int i;
	int err;

	for (i = 0; i < NR_WINDOWS; i++) {
		windows[i] = window_alloc();
		if (IS_ERR(windows[i])) {
			err = PTR_ERR(windows[i]);
			windows[i] = NULL;
			pr_err("cannot set up window %u of %u for guest memory (%u pages each): error %d\n",
			       i + 1, NR_WINDOWS, HYPHA_WINDOW_PAGES, err);
			hypha_foreign_exit();
			return err;
		}
		up(&windows_free);
	}
	return 0;
}

void hypha_foreign_exit(void)
{
	unsigned int i;

	for (i = 0; i < NR_WINDOWS; i++) {
		window_free(windows[i]);
		windows[i] = NULL;
	}
	sema_init(&windows_free, 0);
}

static struct hypha_window *take_free(void)
{
	struct hypha_window *win = NULL;
	unsigned int i;

	spin_lock(&windows_lock);
	for (i = 0; i < NR_WINDOWS; i++) {
		if (windows[i] && !windows[i]->taken) {
			win = windows[i];
			win->taken = true;
			break;
		}
	}
	spin_unlock(&windows_lock);
	return win;
}

struct hypha_window *hypha_window_get(void)
{
	struct hypha_window *win;

	if (down_killable(&windows_free))
		return ERR_PTR(-EINTR);
	win = take_free();	/* the semaphore counts them: there is one */
	return win ?: ERR_PTR(-ENOMEM);
}

struct hypha_window *hypha_window_try_get(void)
{
	return down_trylock(&windows_free) ? NULL : take_free();
}

void hypha_window_put(struct hypha_window *win)
{
	hypha_window_unmap(win);
	spin_lock(&windows_lock);
	win->taken = false;
	spin_unlock(&windows_lock);
	up(&windows_free);
}

/* Map what the first @nr ops say, and nothing where more was mapped before. */
static void *map_ops(struct hypha_window *win, domid_t domid, unsigned int nr)
{
	unsigned int i, done = 0;
	int err;

	for (i = nr; i < win->nr_mapped; i++)
		fill_op(win, i, 0);
	err = hypha_hypercall_mmu_update(win->ops, i, &done, domid);
	win->nr_mapped = err ? max(win->nr_mapped, done) : nr;
	if (!err)
		err = hypha_hypercall_flush_tlb();
	if (err) {
		hypha_window_unmap(win);
		return ERR_PTR(err);
	}
	return win->va;
}

void *hypha_window_map(struct hypha_window *win, domid_t domid, const u64 *mfns, unsigned int nr)
{
	unsigned int i;

	if (!nr || nr > HYPHA_WINDOW_PAGES)
		return ERR_PTR(-EINVAL);
	for (i = 0; i < nr; i++)
		fill_op(win, i, hypha_pte_val(mfns[i]));
	return map_ops(win, domid, nr);
}

void *hypha_window_map_frames(struct hypha_window *win, domid_t domid, const struct hypha_frames *frames, u64 pfn,
			      unsigned int nr)
{
	unsigned int i;

	if (!nr || nr > HYPHA_WINDOW_PAGES)
		return ERR_PTR(-EINVAL);
	for (i = 0; i < nr; i++)
		fill_op(win, i, hypha_pte_val(hypha_frames_mfn(frames, pfn + i)));
	return map_ops(win, domid, nr);
}

int hypha_window_unmap(struct hypha_window *win)
{
	int err;

	if (!win->nr_mapped)
		return 0;
	err = HYPHA_INSIST(clear_ptes(win, win->nr_mapped));
	if (!err)
		err = HYPHA_INSIST(hypha_hypercall_flush_tlb());
	if (err)
		pr_err_ratelimited("cannot unmap %u guest pages: mmu_update says %d\n", win->nr_mapped, err);
	else
		win->nr_mapped = 0;
	return err;
}

void *hypha_foreign_map_page(domid_t domid, u64 mfn)
{
	struct page *page;
	void *va;
	int err;

	err = xen_alloc_unpopulated_pages(1, &page);
	if (err)
		return ERR_PTR(err);

	va = page_address(page);
	err = hypha_pte_set(va, hypha_pte_val(mfn), domid);
	if (!err)
		return va;

	hypha_foreign_unmap_page(va);	/* the entry may be set, the flush alone may have failed */
	return ERR_PTR(err);
}

void hypha_foreign_unmap_page(void *va)
{
	struct page *page;
	int err;

	if (!va)
		return;
	err = HYPHA_INSIST(hypha_pte_set(va, 0, DOMID_SELF));
	if (err) {
		/* Never give a page back that still shows guest memory. */
		pr_err_ratelimited("cannot unmap a guest page: mmu_update says %d; the page is lost\n", err);
		return;
	}
	page = virt_to_page(va);
	xen_free_unpopulated_pages(1, &page);
}
