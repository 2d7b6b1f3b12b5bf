/* SPDX-License-Identifier: GPL-2.0-only */
/* What runs below us: is it a Xen that can run PV guests, and are we its dom0? */
#ifndef HYPHA_XEN_HOST_H
#define HYPHA_XEN_HOST_H

#include <linux/types.h>

/**
 * hypha_host_check() - may the module be loaded here?
 *
 * Logs one sentence that says why not. Context: process. Return: 0 or -ENODEV.
 */
int hypha_host_check(void);

/* Xen's version; @extra receives e.g. ".4-pre", NUL-terminated. Context: any. */
void hypha_host_version(u32 *major, u32 *minor, char extra[16]);

#endif
