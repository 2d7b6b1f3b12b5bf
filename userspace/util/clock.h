/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Time that only goes on. */
#ifndef HYPHA_UTIL_CLOCK_H
#define HYPHA_UTIL_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

#endif
