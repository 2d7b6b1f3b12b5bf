/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest's console: its ring is always drained into a bounded log; readers and writers are files. */
#ifndef HYPHA_CONSOLE_CONSOLE_H
#define HYPHA_CONSOLE_CONSOLE_H

#include <linux/types.h>
#include <xen/interface/event_channel.h>
#include <xen/interface/xen.h>

struct hypha_con;
struct file;

/* Counted: the guest holds one reference, every open file one; the log lives as long as any. */
struct hypha_con *hypha_console_alloc(size_t log_size);	/* or ERR_PTR(-ENOMEM) */
void hypha_console_put(struct hypha_con *con);

/* Serve the ring at @ring_va (one page, mapped by the caller until disconnect) over guest port @port. 0 or -errno. */
int hypha_console_connect(struct hypha_con *con, domid_t domid, void *ring_va, evtchn_port_t port);
/* Drain once more, then stop; wakes everyone: readers see end of file after the log, writers -EPIPE. */
void hypha_console_disconnect(struct hypha_con *con);

/* A new file on it, HYPHA_CONSOLE_* @flags. Return: the file, or ERR_PTR(-errno). */
struct file *hypha_console_open(struct hypha_con *con, u32 flags);

/* Bytes ever written by the guest, and of these dropped from the log. */
void hypha_console_stats(struct hypha_con *con, u64 *bytes, u64 *dropped);

#endif
