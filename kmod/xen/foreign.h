/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames of other domains in dom0's kernel address space: a window for building, single pages for rings. */
#ifndef HYPHA_XEN_FOREIGN_H
#define HYPHA_XEN_FOREIGN_H

#include <linux/types.h>
#include <xen/interface/xen.h>

#include "xen/frames.h"

#define HYPHA_WINDOW_PAGES	512

struct hypha_window;	/* HYPHA_WINDOW_PAGES contiguous virtual pages; one user at a time */

/* At module load and unload: allocate the windows (the first allocation hot-adds memory: 100s of ms) and free them. */
int hypha_foreign_init(void);
void hypha_foreign_exit(void);

/* Take a window, waiting for one to be free, and give it back (unmaps what is mapped). Context: process, sleeps.
 * Return: the window, or ERR_PTR(-EINTR) if killed meanwhile. */
struct hypha_window *hypha_window_get(void);
/* The same without waiting: NULL if none is free. */
struct hypha_window *hypha_window_try_get(void);
void hypha_window_put(struct hypha_window *win);

/**
 * hypha_window_map() - map frames of a domain read-write at consecutive pages, replacing what was mapped
 * @win:   from hypha_window_get()
 * @domid: their owner
 * @mfns:  machine frames
 * @nr:    1..HYPHA_WINDOW_PAGES
 *
 * One mmu_update and one TLB flush. Context: process, sleeps. Return: address of the first page, or ERR_PTR(-errno).
 */
void *hypha_window_map(struct hypha_window *win, domid_t domid, const u64 *mfns, unsigned int nr);
/* The same for guest frames @pfn .. @pfn+@nr-1. */
void *hypha_window_map_frames(struct hypha_window *win, domid_t domid, const struct hypha_frames *frames, u64 pfn,
			      unsigned int nr);
/* Unmap and flush; required before page tables are pinned. Return: 0 or -errno. */
int hypha_window_unmap(struct hypha_window *win);

/* One page for long (store and console rings). ERR_PTR(-errno) on failure; unmap takes NULL and dead domains.
 * Context: process, sleeps. */
void *hypha_foreign_map_page(domid_t domid, u64 mfn);
void hypha_foreign_unmap_page(void *va);

#endif
