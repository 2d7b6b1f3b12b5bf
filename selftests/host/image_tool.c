// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The image half without a hypervisor, for oci.sh, transfer.sh and registries.sh; HYPHA_IMAGE is the helper:
 *	image_tool ROOT pull|always|never REF | list | rm REF
 * Without the helper, with waits made small enough for a test, and progress as WORD says:
 *	image_tool ROOT fetch REF WORD
 */
#include "image/fetch.h"
#include "image/image.h"
#include "oci/policy.h"
#include "oci/registries.h"
#include "util/error.h"
#include "util/evp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct {
	const char *name;
	enum image_pull pull;
} policies[] = {
	{ "pull", IMAGE_PULL_MISSING },
	{ "always", IMAGE_PULL_ALWAYS },
	{ "never", IMAGE_PULL_NEVER },
};

static int fail(void)
{
	fprintf(stderr, "image_tool: %s\n", err_text());
	return 125;
}

static void show_vector(const char *name, char **v)
{
	for (; *v; v++)
		printf("%s=%s\n", name, *v);
}

static int prepare(struct image_options *opt, const char *reference)
{
	struct image img;
	struct stat st;

	if (image_prepare(opt, reference, &img) || fstat(img.fd, &st))
		return fail();
	printf("reference=%s\ndigest=%s\nid=%s\nsquashfs=%s\nsize=%llu\n", img.reference, img.manifest_digest, img.image_id,
	       img.squashfs, (unsigned long long)st.st_size);
	printf("user=%s\nworkdir=%s\nstop=%s\n", img.user, img.workdir, img.stop_signal);
	show_vector("entrypoint", img.entrypoint);
	show_vector("cmd", img.cmd);
	show_vector("env", img.env);
	show_vector("label", img.labels);
	image_clean(&img);
	return 0;
}

static int list(const struct image_options *opt)
{
	struct image_entry *entries;
	size_t nr;

	if (image_list(opt, &entries, &nr))
		return fail();
	for (size_t i = 0; i < nr; i++)
		printf("%s\t%s\t%s\t%llu\n", entries[i].repository, entries[i].tag, entries[i].image_id,
		       (unsigned long long)entries[i].size);
	image_list_free(entries, nr);
	return 0;
}

static int fetch(struct image_options *opt, const char *reference, const char *word)
{
	auto_buf made = BUF_INIT;
	struct input in;

	policy.backoff_ms = 10;
	policy.backoff_max_ms = 40;
	policy.retry_after_max_s = 3;
	policy.stall_s = 2;
	policy.progress = 1000;
	digest_use(&evp_engine);
	return progress_parse(word, &opt->progress) || registries_load(conf_path()) || input_parse(reference, &in) ||
	       image_fetch(opt, reference, &in, &made) ? fail() : 0;
}

int main(int argc, char **argv)
{
	struct image_options opt = { .root = argv[1], .helper = getenv("HYPHA_IMAGE") };

	for (size_t i = 0; argc == 4 && i < sizeof(policies) / sizeof(policies[0]); i++)
		if (!strcmp(argv[2], policies[i].name)) {
			opt.pull = policies[i].pull;
			return prepare(&opt, argv[3]);
		}
	opt.pull = IMAGE_PULL_ALWAYS;
	if (argc == 5 && !strcmp(argv[2], "fetch"))
		return fetch(&opt, argv[3], argv[4]);
	if (argc == 3 && !strcmp(argv[2], "list"))
		return list(&opt);
	if (argc == 4 && !strcmp(argv[2], "rm"))
		return image_remove(&opt, argv[3]) ? fail() : 0;
	fprintf(stderr, "usage: image_tool ROOT pull|always|never REF | list | rm REF\n");
	return 2;
}
