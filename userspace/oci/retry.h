/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a failed request is tried again, and when. */
#ifndef HYPHA_OCI_RETRY_H
#define HYPHA_OCI_RETRY_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* One request through all its tries. */
struct retry {
	unsigned int tries;		/* all that were begun */
	unsigned int failures;		/* since there was progress */
	uint64_t reached;		/* the furthest byte that counted as progress */
	int64_t began_ms;
};

/* Is it a failure that may pass (408, 429, 500, 502, 503, 504)? All other statuses are the server's last word. */
bool retry_status(long status);
/* Retry-After: seconds or a date (RFC 9110 10.2.3). Return: seconds from @now, -1 if it says nothing that makes sense. */
long retry_after(const char *value, time_t now);
/* After @failures of them: milliseconds to wait, the upper half of the step by @random (any number). */
long retry_backoff(unsigned int failures, unsigned int random);
/* A try failed, having got as far as byte @at. May there be another one? @heard: this server has answered before. */
bool retry_again(struct retry *r, uint64_t at, bool heard);

#endif
