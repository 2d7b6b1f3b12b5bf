// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers as people write them. */
#include "hyphactl/quantity.h"

#include "util/error.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define NS 1000000000ull

int quantity_count(const char *what, const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoull(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end)
		return err_set(-EINVAL, "%s: \"%s\" is not a number", what, text);
	if (errno || *out < min || *out > max)
		return err_set(-ERANGE, "%s: %s is out of range; %" PRIu64 " to %" PRIu64 " are possible", what, text, min, max);
	return 0;
}

static const struct unit {
	const char *name;
	unsigned int shift;
} units[] = { { "", 20 }, { "b", 0 }, { "k", 10 }, { "m", 20 }, { "g", 30 }, { "t", 40 } };

/* "", b, k, kb, kib, … Return: shift or -EINVAL. */
static int unit_shift(const char *text)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t len = strlen(units[i].name);

		if (strncasecmp(text, units[i].name, len) || (!len && *text))
			continue;
		if (!text[len] || (i > 1 && (!strcasecmp(text + len, "b") || !strcasecmp(text + len, "ib"))))
			return units[i].shift;
	}
	return -EINVAL;
}

int quantity_size(const char *what, const char *text, uint64_t *bytes)
{
	double value;
	char *end;
	int shift;

	value = strtod(text, &end);
	shift = unit_shift(end);
	/* isdigit: strtod would also take "inf", "0x1p3" or "-1" */
	if (!isdigit((unsigned char)*text) || strcspn(text, "xXeE") < (size_t)(end - text) || shift < 0)
		return err_set(-EINVAL, "%s: \"%s\" is not a size; write MiB (512) or a unit (256M, 1.5G)", what, text);
	value *= (double)(1ull << shift);
	if (value >= (double)(1ull << 53))
		return err_set(-ERANGE, "%s: %s is more than any machine has", what, text);
	*bytes = value;
	return 0;
}

static char *scaled(double value, const char *unit, char *out)
{
	const char *fmt = value >= 100 || value == (uint64_t)value ? "%.0f %s" : "%.1f %s";

	snprintf(out, QUANTITY_TEXT, fmt, value, unit);
	return out;
}

char *quantity_format_size(uint64_t bytes, char out[QUANTITY_TEXT])
{
	static const char *const names[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	double value = bytes;
	int i = 0;

	for (; value >= 1024 && i < 4; i++)
		value /= 1024;
	return scaled(value, names[i], out);
}

char *quantity_format_ns(uint64_t ns, char out[QUANTITY_TEXT])
{
	static const char *const names[] = { "ns", "µs", "ms", "s" };
	double value = ns;
	int i = 0;

	for (; value >= 1000 && i < 3; i++)
		value /= 1000;
	return scaled(value, names[i], out);
}

char *quantity_format_age(uint64_t ns, char out[QUANTITY_TEXT])
{
	static const struct { uint64_t seconds; const char *name; } steps[] = {
		{ 31536000, "year" }, { 604800, "week" }, { 86400, "day" }, { 3600, "hour" }, { 60, "minute" }, { 1, "second" },
	};
	uint64_t s = ns / NS;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		uint64_t n = s / steps[i].seconds;

		if (n >= 2 || (n && i == 5)) {
			snprintf(out, QUANTITY_TEXT, "%" PRIu64 " %s%s", n, steps[i].name, n == 1 ? "" : "s");
			return out;
		}
	}
	snprintf(out, QUANTITY_TEXT, "0 seconds");
	return out;
}

char *quantity_format_time(uint64_t ns, char out[QUANTITY_TEXT])
{
	time_t s = ns / NS;
	struct tm tm;

	gmtime_r(&s, &tm);	/* strftime() would read the time zone */
	snprintf(out, QUANTITY_TEXT, "%04u-%02u-%02uT%02u:%02u:%02u.%09uZ", tm.tm_year + 1900u, tm.tm_mon + 1u, tm.tm_mday + 0u,
		 tm.tm_hour + 0u, tm.tm_min + 0u, tm.tm_sec + 0u, (unsigned int)(ns % NS));
	return out;
}

int quantity_parse_time(const char *text, uint64_t *ns)
{
	struct tm tm = { 0 };
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	uint64_t frac = 0;

	if (rest && *rest == '.' && strspn(rest + 1, "0123456789") == 9) {
		frac = strtoul(rest + 1, NULL, 10);
		rest += 10;
	}
	if (!rest || strcmp(rest, "Z"))
		return -EINVAL;
	*ns = (uint64_t)timegm(&tm) * NS + frac;
	return 0;
}

uint64_t quantity_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * NS + now.tv_nsec;
}
