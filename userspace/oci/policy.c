// SPDX-License-Identifier: GPL-2.0-or-later
/* The defaults. */
#include "oci/policy.h"

struct policy policy = {
	.parallel = 4,
	.connect_s = 15,
	.stall_s = 30,
	.stall_rate = 1024,
	.document_s = 120,
	.tries = 6,
	.tries_unheard = 3,
	.progress = 1 << 20,
	.backoff_ms = 250,
	.backoff_max_ms = 8000,
	.retry_after_max_s = 120,
	.partials_days = 7,
};
