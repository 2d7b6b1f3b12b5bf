// SPDX-License-Identifier: GPL-2.0-only
/* The sentence that tells a caller what went wrong. */
#include "domain/reason.h"

#include <linux/kernel.h>
#include <linux/stdarg.h>

int hypha_reason(struct hypha_reason *reason, int err, const char *fmt, ...)
{
	va_list args;

	if (!reason || reason->text[0])
		return err;
	va_start(args, fmt);
	vsnprintf(reason->text, sizeof(reason->text), fmt, args);
	va_end(args);
	return err;
}
