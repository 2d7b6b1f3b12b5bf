// SPDX-License-Identifier: GPL-2.0-or-later
/* hyphactl info and version: this host, its Xen, the module and hyphactl. */
#include "hyphactl/command.h"
#include "hyphactl/output.h"
#include "hyphactl/quantity.h"
#include "hyphactl/settings.h"
#include "hyphactl/view.h"
#include "libhypha/device.h"
#include "util/address.h"
#include "util/cleanup.h"

#include <stdlib.h>
#include <sys/utsname.h>

static struct {
	const char *output;
} o = { .output = "table" };

static const struct option_def options[] = {
	{ 'o', "output", OPT_TEXT, &o.output, "FORMAT", "table, json or jsonl", "table json jsonl" },
	{ 0, NULL, OPT_FLAG, NULL, NULL, NULL, NULL },
};

struct prefixes {
	char v4[ADDRESS_TEXT + 4], v6[ADDRESS_TEXT + 4];	/* "" where there is none */
};

static void format_prefixes(const struct host_info *h, struct prefixes *p)
{
	char text[ADDRESS_TEXT];
	uint8_t a[16];

	*p = (struct prefixes) { 0 };
	address_from4(h->net4, a);
	if (h->plen4)
		snprintf(p->v4, sizeof(p->v4), "%s/%u", address_format(a, text), h->plen4);
	if (h->plen4 && h->plen6)
		snprintf(p->v6, sizeof(p->v6), "%s/%u", address_format(h->net6, text), h->plen6);
}

static json_t *describe_network(const struct host_info *h)
{
	struct prefixes p;

	format_prefixes(h, &p);
	return *p.v4 ? json_pack("{s:s, s:s*}", "prefix4", p.v4, "prefix6", *p.v6 ? p.v6 : NULL) : json_null();
}

static json_t *describe(const struct host_info *h)
{
	struct utsname u;

	uname(&u);
	return json_pack("{s:i, s:{s:s, s:s, s:i}, s:{s:i, s:i, s:s, s:i}, s:{s:I, s:I}, s:i, s:o, s:{s:i, s:i}, s:{s:s, s:s}, s:s}",
			 "schema", VIEW_SCHEMA,
			 "hypha", "hyphactl", HYPHA_VERSION, "module", h->module, "abi", (int)h->abi,
			 "xen", "major", (int)h->xen_major, "minor", (int)h->xen_minor, "extra", h->xen_extra,
			 "domctl", (int)h->domctl,
			 "memory", "total", (json_int_t)h->total_bytes, "free", (json_int_t)h->free_bytes,
			 "cpus", (int)h->nr_cpus,
			 "network", describe_network(h),
			 "guests", "living", (int)h->nr_guests, "exited", (int)h->nr_exited,
			 "host", "name", u.nodename, "kernel", u.release,
			 "root", settings.root);
}

static void print(const struct host_info *h)
{
	char total[QUANTITY_TEXT], free[QUANTITY_TEXT];
	struct prefixes p;
	struct utsname u;

	uname(&u);
	printf("host     %s, Linux %s\n", u.nodename, u.release);
	printf("xen      %u.%u%s, domctl 0x%x\n", h->xen_major, h->xen_minor, h->xen_extra, h->domctl);
	printf("cpus     %u\n", h->nr_cpus);
	printf("memory   %s, free for guests %s\n", quantity_format_size(h->total_bytes, total),
	       quantity_format_size(h->free_bytes, free));
	format_prefixes(h, &p);
	printf("network  %s%s%s\n", *p.v4 ? p.v4 : "none", *p.v6 ? ", " : "", p.v6);
	printf("module   hypha %s, abi %u\n", h->module, h->abi);
	printf("hyphactl %s\n", HYPHA_VERSION);
	printf("guests   %u living, %u exited and not yet saved\n", h->nr_guests, h->nr_exited);
	printf("state    %s\n", settings.root);
}

static int run_info(int argc, char **argv)
{
	auto_close int dev = device_open();
	enum output_format format;
	struct host_info h;
	json_t *all;
	int err = output_format(o.output, &format);

	(void)argc, (void)argv;
	if (!err)
		err = dev < 0 ? dev : device_info(dev, &h);
	if (err)
		return err;
	if (format != OUTPUT_JSON && format != OUTPUT_JSONL) {
		print(&h);
		return EXIT_SUCCESS;
	}
	all = describe(&h);
	if (format == OUTPUT_JSON)
		output_json(stdout, all);
	else
		json_dumpf(all, stdout, JSON_COMPACT), putchar('\n');
	json_decref(all);
	return EXIT_SUCCESS;
}

static int run_version(int argc, char **argv)
{
	(void)argc, (void)argv;
	printf("hyphactl %s\n", HYPHA_VERSION);
	return EXIT_SUCCESS;
}

const struct command cmd_info = {
	.name = "info", .args = "[OPTIONS]", .summary = "Tell about this host, its Xen, the module and free memory.",
	.options = options, .run = run_info,
};

const struct command cmd_version = {
	.name = "version", .args = "", .summary = "Print the version of hyphactl.", .run = run_version,
};
