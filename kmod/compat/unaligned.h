/* SPDX-License-Identifier: GPL-2.0-only */
/* Where get_unaligned() and its like are declared. */
#ifndef HYPHA_COMPAT_UNALIGNED_H
#define HYPHA_COMPAT_UNALIGNED_H

#include <linux/version.h>
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

#endif
