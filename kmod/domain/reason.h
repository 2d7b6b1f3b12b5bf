/* SPDX-License-Identifier: GPL-2.0-only */
/* The sentence that tells a caller what went wrong. */
#ifndef HYPHA_DOMAIN_REASON_H
#define HYPHA_DOMAIN_REASON_H

#include <linux/types.h>

/* Text that tells the caller what went wrong; the first writer wins. Shared by all of the module. */
struct hypha_reason {
	char text[512];
};

/* Set @reason if it is still empty; NULL is allowed. Return: @err, so that it can end a function. */
int __attribute__((format(printf, 3, 4))) hypha_reason(struct hypha_reason *reason, int err, const char *fmt, ...);

#endif
