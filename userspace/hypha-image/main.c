// SPDX-License-Identifier: GPL-2.0-or-later
/* hypha-image: does for hyphactl what needs libraries: pulling, packing, unpacking a kernel. See image/helper.h. */
#include "image/fetch.h"
#include "image/helper.h"
#include "image/kernel.h"
#include "image/save.h"
#include "image/unpack.h"
#include "image/verify.h"
#include "oci/registries.h"
#include "util/conf.h"
#include "util/error.h"
#include "util/evp.h"
#include "util/file.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { EXIT_HYPHA_FAILED = 125 };

/* What holds for all of images: limits and registries, and how it is told of. */
static int prepare(const char *word, enum progress_format *format)
{
	int err = progress_parse(word, format);

	return err ? err : registries_load(conf_path());
}

static int do_image(char **argv, struct buf *made)
{
	struct image_options opt = { .root = argv[0] };
	int err = prepare(argv[2], &opt.progress);

	if (err)
		return err;
	for (opt.pull = IMAGE_PULL_MISSING; opt.pull < IMAGE_PULL_NEVER; opt.pull++)
		if (!strcmp(argv[1], helper_pull_word(opt.pull)))
			break;
	return image_fetch(&opt, argv[3], made);
}

static int do_load(char **argv, struct buf *made)
{
	struct image_options opt = { .root = argv[0] };
	int err = prepare(argv[1], &opt.progress);

	return err ? err : image_load(&opt, STDIN_FILENO, made);
}

static int do_save(char **argv, struct buf *made)
{
	enum progress_format format;
	struct progress progress;
	struct store store;
	int err = prepare(argv[2], &format);

	(void)made;
	if (!err)
		err = store_open(argv[0], &store);
	if (err)
		return err;
	progress_init(&progress, format);
	err = save_images(&store, argv + 3, STDIN_FILENO, !strcmp(argv[1], "docker-archive"), &progress);
	store_close(&store);
	return err;
}

static int do_verify(char **argv, struct buf *made)
{
	enum progress_format format;
	json_t *findings = NULL;
	struct progress progress;
	struct store store;
	char *text;
	int err = prepare(argv[2], &format);

	if (!err)
		err = store_open(argv[0], &store);
	if (err)
		return err;
	progress_init(&progress, format);
	err = verify_store(&store, !strcmp(argv[1], "repair"), &progress, &findings);
	text = json_dumps(findings, JSON_COMPACT);
	buf_adds(made, text);
	free(text);
	json_decref(findings);
	store_close(&store);
	return err;
}

static int do_kernel(char **argv, struct buf *made)
{
	struct kernel k;
	int err = kernel_unpack(argv[0], argv[1], &k);

	if (err)
		return err;
	if (strchr(k.elf, '\n'))
		err = err_set(-EINVAL, "kernel %s: no line breaks in its path, please", argv[1]);
	kernel_format(&k, made);
	kernel_clean(&k);
	return err;
}

static const struct job {
	const char *name;
	int min_args, max_args;
	int (*run)(char **argv, struct buf *made);
} jobs[] = {
	{ "image", 4, 4, do_image },
	{ "load", 2, 2, do_load },
	{ "save", 4, INT_MAX, do_save },
	{ "verify", 3, 3, do_verify },
	{ "kernel", 2, 2, do_kernel },
};

/* Nobody who is gone waits for us: then the next run removes what is left. And nothing is inherited but 0, 1 and 2. */
static void detach(void)
{
	struct pollfd out = { .fd = STDOUT_FILENO };

	close_range(3, ~0U, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (poll(&out, 1, 0) > 0 && out.revents & POLLERR)
		_exit(EXIT_HYPHA_FAILED);
}

static int answer(int code, const struct buf *made)
{
	auto_buf text = BUF_INIT;

	buf_addf(&text, "%d\n%s", code, code ? err_text() : buf_str(made));
	return file_write_all(STDOUT_FILENO, text.data, text.len) || code ? EXIT_HYPHA_FAILED : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	auto_buf made = BUF_INIT;

	for (size_t i = 0; i < sizeof(jobs) / sizeof(jobs[0]); i++) {
		if (argc - 2 < jobs[i].min_args || argc - 2 > jobs[i].max_args || strcmp(argv[1], jobs[i].name))
			continue;
		detach();
		digest_use(&evp_engine);
		return answer(jobs[i].run(argv + 2, &made), &made);
	}
	fprintf(stderr, "hypha-image: does what hyphactl asks; see hyphactl(8)\n");
	return EXIT_HYPHA_FAILED;
}
