// SPDX-License-Identifier: GPL-2.0-or-later
/* Retries: exponential backoff with jitter; progress counts only beyond what any try before has reached, so they end. */
#include "oci/retry.h"

#include "oci/policy.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

bool retry_status(long status)
{
	return status == 408 || status == 429 || status == 500 || (status >= 502 && status <= 504);
}

long retry_after(const char *value, time_t now)
{
	size_t digits = strspn(value, "0123456789");
	time_t date;

	if (digits && !value[digits])
		return digits < 10 ? strtol(value, NULL, 10) : 999999999;
	date = digits ? -1 : curl_getdate(value, NULL);
	if (date < 0)
		return -1;
	return date > now ? date - now : 0;
}

long retry_backoff(unsigned int failures, unsigned int random)
{
	long step = policy.backoff_ms;

	for (; failures > 1 && step < policy.backoff_max_ms; failures--)
		step *= 2;
	if (step > policy.backoff_max_ms)
		step = policy.backoff_max_ms;
	return step - step / 2 + random % (step / 2 + 1);
}

bool retry_again(struct retry *r, uint64_t at, bool heard)
{
	if (at >= r->reached + policy.progress) {
		r->reached = at;
		r->failures = 0;
	}
	return ++r->failures < (heard ? policy.tries : policy.tries_unheard);
}
