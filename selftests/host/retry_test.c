// SPDX-License-Identifier: GPL-2.0-or-later
/* What the headers of a transfer say (Content-Range, Retry-After, warnings, rate limits), and when a failed one is tried again. */
// links: userspace/oci/retry.c userspace/oci/range.c userspace/oci/notices.c userspace/oci/reply.c userspace/oci/challenge.c userspace/oci/policy.c userspace/util/error.c userspace/util/mem.c userspace/util/buf.c userspace/util/strv.c
// libs: -lcurl
#include "test.h"

#include "oci/notices.h"
#include "oci/policy.h"
#include "oci/range.h"
#include "oci/retry.h"

#include <stdlib.h>

static const struct {
	const char *text;
	bool good;
	uint64_t first, last, size;
} ranges[] = {
	{ "bytes 5-9/10", true, 5, 9, 10 },
	{ "Bytes 0-0/1", true, 0, 0, 1 },
	{ "bytes 5-9/*", true, 5, 9, UINT64_MAX },
	{ "bytes 100000000000-100000000001/200000000000", true, 100000000000, 100000000001, 200000000000 },
	{ "bytes 5-9", false, 0, 0, 0 },
	{ "bytes 9-5/10", false, 0, 0, 0 },
	{ "bytes 5-10/10", false, 0, 0, 0 },
	{ "bytes */10", false, 0, 0, 0 },
	{ "bytes -9/10", false, 0, 0, 0 },
	{ "bytes 5-/10", false, 0, 0, 0 },
	{ "bytes 5-9/", false, 0, 0, 0 },
	{ "bytes 5-9/10,", false, 0, 0, 0 },
	{ "bytes 5-9/10, bytes 11-12/20", false, 0, 0, 0 },
	{ "bytes 5-9/10 ", false, 0, 0, 0 },
	{ "bytes  5-9/10", false, 0, 0, 0 },
	{ "bytes +5-9/10", false, 0, 0, 0 },
	{ "bytes 5-9/1000000000000000000000", false, 0, 0, 0 },
	{ "items 5-9/10", false, 0, 0, 0 },
	{ "", false, 0, 0, 0 },
};

static void check_ranges(void)
{
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		struct range r = { 0 };
		bool good = !range_parse(ranges[i].text, &r);

		ok(good == ranges[i].good && (!good || (r.first == ranges[i].first && r.last == ranges[i].last &&
							r.size == ranges[i].size)), "range \"%s\"", ranges[i].text);
	}
}

#define NOW 784111777		/* Sun, 06 Nov 1994 08:49:37 GMT */

static const struct {
	const char *value;
	long seconds;
} waits[] = {
	{ "0", 0 }, { "1", 1 }, { "120", 120 }, { "99999999999999999999", 999999999 },
	{ "Sun, 06 Nov 1994 08:49:37 GMT", 0 }, { "Sun, 06 Nov 1994 08:50:37 GMT", 60 },
	{ "Sun, 06 Nov 1994 08:00:00 GMT", 0 }, { "Sunday, 06-Nov-94 08:50:37 GMT", 60 },
	{ "", -1 }, { "-1", -1 }, { "1.5", -1 }, { "soon", -1 }, { "12 s", -1 },
};

static void check_waits(void)
{
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++)
		ok_num(retry_after(waits[i].value, NOW), waits[i].seconds, "Retry-After: %s", waits[i].value);
}

static void check_statuses(void)
{
	static const long again[] = { 408, 429, 500, 502, 503, 504 }, never[] = { 200, 206, 301, 400, 401, 403, 404, 405, 416, 501, 505 };

	for (size_t i = 0; i < sizeof(again) / sizeof(again[0]); i++)
		ok(retry_status(again[i]), "%ld may pass", again[i]);
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		ok(!retry_status(never[i]), "%ld is the last word", never[i]);
}

static void check_backoff(void)
{
	static const long steps[] = { 250, 500, 1000, 2000, 4000, 8000, 8000, 8000 };

	for (unsigned int i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		long least = retry_backoff(i + 1, 0), most = 0, low = steps[i];

		for (unsigned int random = 0; random < 20000; random++) {
			long ms = retry_backoff(i + 1, random);

			most = ms > most ? ms : most;
			low = ms < low ? ms : low;
		}
		ok(least == steps[i] / 2 && low == steps[i] / 2 && most == steps[i], "wait before try %u: %ld to %ld ms", i + 2, low, most);
	}
	ok_num(retry_backoff(4000000000U, 0), 4000, "no end of failures, no overflow");
}

static unsigned int count_tries(struct retry *r, uint64_t at, bool heard)
{
	unsigned int n = 1;

	while (n < 100 && retry_again(r, at, heard))
		n++;
	return n;
}

static void check_progress(void)
{
	struct retry r = { 0 };

	ok_num(count_tries(&r, 0, true), policy.tries, "tries without progress");
	r = (struct retry){ 0 };
	ok_num(count_tries(&r, 0, false), policy.tries_unheard, "tries of a host that never answered");
	r = (struct retry){ 0 };
	for (int i = 0; i < 4; i++)
		retry_again(&r, 5, true);
	ok(retry_again(&r, policy.progress, true) && r.failures == 1, "progress sets the count back");
	ok_num(1 + count_tries(&r, policy.progress + 5, true), policy.tries, "a little is none");
	r = (struct retry){ .reached = 10 * policy.progress };
	ok_num(count_tries(&r, 9 * policy.progress, true), policy.tries, "nor is what was reached before, from the beginning again");
}

static const struct {
	const char *value, *text;
} warnings[] = {
	{ "299 - \"old\"", "old" },
	{ "299 - \"say \\\"it\\\"\" \"date\"", "say \"it\"" },
	{ "299 - \"\033[31mred\xc2\x9b\"", "?[31mred??" },
	{ "299 - \"open", "open" },
	{ "299 - \"ends\\", "ends\\" },
	{ "299 - \"\"", "" },
	{ "199 - \"other\"", NULL },
	{ "299 host \"other\"", NULL },
	{ "299", NULL },
};

static void check_warnings(void)
{
	for (size_t i = 0; i < sizeof(warnings) / sizeof(warnings[0]); i++) {
		char *text = notices_warning(warnings[i].value);

		ok_str(text, warnings[i].text, "warning %zu", i);
		free(text);
	}
}

static const struct {
	const char *limit, *remaining, *text;
	bool all;
} quotas[] = {
	{ "100;w=21600", "76;w=21600", NULL, false },
	{ "100;w=21600", "10;w=21600", "rate limit: 10 of 100 requests in 21600 s are left", false },
	{ "100;w=21600", "76;w=21600", "rate limit: 76 of 100 requests in 21600 s are left", true },
	{ "100", "0", "rate limit: 0 of 100 requests are left", false },
	{ "many", "0", NULL, true },
	{ "100", "-1", NULL, true },
	{ "100\033[m", "0", NULL, true },
	{ "", "", NULL, true },
};

static void check_quotas(void)
{
	for (size_t i = 0; i < sizeof(quotas) / sizeof(quotas[0]); i++) {
		char *text = notices_limit(quotas[i].limit, quotas[i].remaining, quotas[i].all);

		ok_str(text, quotas[i].text, "rate limit %s, %s left", i == 6 ? "with an escape" : quotas[i].limit, quotas[i].remaining);
		free(text);
	}
}

int main(void)
{
	check_ranges();
	check_waits();
	check_statuses();
	check_backoff();
	check_progress();
	check_warnings();
	check_quotas();
	return done();
}
