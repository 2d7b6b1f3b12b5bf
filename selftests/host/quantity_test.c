/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers as people write them. */
// links: userspace/hyphactl/quantity.c userspace/util/error.c
#include "hyphactl/quantity.h"

#include "test.h"
#include "util/error.h"

#include <errno.h>

static const struct {
	const char *text;
	int err;
	unsigned long long bytes;
} sizes[] = {
	{ "512", 0, 512ull << 20 },
	{ "256M", 0, 256ull << 20 },
	{ "256m", 0, 256ull << 20 },
	{ "256MB", 0, 256ull << 20 },
	{ "256MiB", 0, 256ull << 20 },
	{ "1G", 0, 1ull << 30 },
	{ "1.5G", 0, 3ull << 29 },
	{ "0", 0, 0 },
	{ "4096b", 0, 4096 },
	{ "64k", 0, 64 << 10 },
	{ "1T", 0, 1ull << 40 },
	{ "", -EINVAL, 0 },
	{ "G", -EINVAL, 0 },
	{ "-1", -EINVAL, 0 },
	{ "+1", -EINVAL, 0 },
	{ " 1", -EINVAL, 0 },
	{ "1 G", -EINVAL, 0 },
	{ "1GG", -EINVAL, 0 },
	{ "1Gx", -EINVAL, 0 },
	{ "0x10", -EINVAL, 0 },
	{ "1e3", -EINVAL, 0 },
	{ "inf", -EINVAL, 0 },
	{ "nan", -EINVAL, 0 },
	{ "bib", -EINVAL, 0 },
	{ "9999999999T", -ERANGE, 0 },
	{ "99999999999999999999999999", -ERANGE, 0 },
};

static const struct {
	const char *text;
	int err;
	unsigned long long value;
} counts[] = {
	{ "1", 0, 1 }, { "32", 0, 32 }, { "007", 0, 7 },
	{ "0", -ERANGE, 0 }, { "33", -ERANGE, 0 }, { "-1", -EINVAL, 0 }, { "", -EINVAL, 0 }, { "4x", -EINVAL, 0 },
	{ "1.5", -EINVAL, 0 }, { "99999999999999999999999", -ERANGE, 0 },
};

static const struct {
	unsigned long long ns;
	const char *text;
} ages[] = {
	{ 0, "0 seconds" }, { 1000000000ull, "1 second" }, { 59000000000ull, "59 seconds" },
	{ 90000000000ull, "90 seconds" }, { 120000000000ull, "2 minutes" }, { 7200000000000ull, "2 hours" },
	{ 86400000000000ull, "24 hours" }, { 3 * 86400000000000ull, "3 days" },
};

static void check_formats(void)
{
	char out[QUANTITY_TEXT];
	uint64_t ns;

	ok_str(quantity_format_size(256 << 20, out), "256 MiB", "a round size");
	ok_str(quantity_format_size(3ull << 29, out), "1.5 GiB", "a size with a fraction");
	ok_str(quantity_format_size(1023, out), "1023 B", "bytes");
	ok_str(quantity_format_size(1036532, out), "1012 KiB", "no fraction from 100 up");
	ok_str(quantity_format_time(1795293671778011227ull, out), "2026-11-21T20:41:11.778011227Z", "a time");
	ok(!quantity_parse_time(out, &ns) && ns == 1795293671778011227ull, "a time comes back");
	ok(!quantity_parse_time("1970-01-01T00:00:01Z", &ns) && ns == 1000000000, "a time without fraction");
	ok(quantity_parse_time("", &ns) && quantity_parse_time("2026-11-21", &ns) &&
	   quantity_parse_time("2026-11-21T20:41:11.77Z", &ns) && quantity_parse_time("2026-11-21T20:41:11+01:00", &ns),
	   "other times are refused");
	for (size_t i = 0; i < sizeof(ages) / sizeof(ages[0]); i++)
		ok_str(quantity_format_age(ages[i].ns, out), ages[i].text, "age of %llu ns", ages[i].ns);
}

int main(void)
{
	uint64_t v;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		int err = quantity_size("--memory", sizes[i].text, &v);

		ok_num(err, sizes[i].err, "size \"%s\"", sizes[i].text);
		if (!err)
			ok_num(v, sizes[i].bytes, "size \"%s\" in bytes", sizes[i].text);
	}
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		int err = quantity_count("--cpus", counts[i].text, 1, 32, &v);

		ok_num(err, counts[i].err, "count \"%s\"", counts[i].text);
		if (!err)
			ok_num(v, counts[i].value, "count \"%s\" as number", counts[i].text);
	}
	quantity_count("--cpus", "33", 1, 32, &v);
	ok_str(err_text(), "--cpus: 33 is out of range; 1 to 32 are possible", "the message has object, number and limits");
	check_formats();
	return done();
}
