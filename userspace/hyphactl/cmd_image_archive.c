// SPDX-License-Identifier: GPL-2.0-or-later
/* hyphactl image load, save and verify: what hypha-image does for us. */
#include "hyphactl/imagecmd.h"
#include "image/helper.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static struct {
	bool quiet, repair;
	const char *input, *output, *format;
} o = { .format = "oci-archive" };

static const struct option_def load_options[] = {
	{ 'i', "input", OPT_TEXT, &o.input, "FILE", "instead of standard input", "@file" },
	{ 'q', "quiet", OPT_FLAG, &o.quiet, NULL, "no progress", NULL },
	{ 0, NULL, OPT_FLAG, NULL, NULL, NULL, NULL },
};

static const struct option_def save_options[] = {
	{ 'o', "output", OPT_TEXT, &o.output, "FILE", "instead of standard output", "@file" },
	{ 0, "format", OPT_TEXT, &o.format, "FORMAT", "oci-archive or docker-archive", "oci-archive docker-archive" },
	{ 'q', "quiet", OPT_FLAG, &o.quiet, NULL, "no progress", NULL },
	{ 0, NULL, OPT_FLAG, NULL, NULL, NULL, NULL },
};

static const struct option_def verify_options[] = {
	{ 0, "repair", OPT_FLAG, &o.repair, NULL, "remove what is damaged, so that it can be fetched again", NULL },
	{ 'q', "quiet", OPT_FLAG, &o.quiet, NULL, "no progress", NULL },
	{ 0, NULL, OPT_FLAG, NULL, NULL, NULL, NULL },
};

static int run_load(int argc, char **argv)
{
	struct image_options opt = image_where(IMAGE_PULL_NEVER, o.quiet);
	auto_close int fd = -1;
	auto_buf names = BUF_INIT;
	int err;

	(void)argc, (void)argv;
	if (!o.input && isatty(STDIN_FILENO))
		return err_set(-EINVAL, "standard input is a terminal: give an archive by -i FILE or by < FILE");
	if (o.input) {
		fd = open(o.input, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return err_sys(-errno, "%s", o.input);
	}
	err = helper_load(&opt, fd, &names);
	if (err)
		return err_in(err, "%s", o.input ? o.input : "standard input");
	fputs(buf_str(&names), stdout);
	return EXIT_SUCCESS;
}

/* What is no regular file is written to as it is; a regular one is replaced when all is well. */
static int save_to_file(const struct image_options *opt, char **argv)
{
	auto_free char *temp = mem_printf("%s.XXXXXX", o.output);
	struct stat st;
	bool direct = !stat(o.output, &st) && !S_ISREG(st.st_mode);
	auto_close int fd = direct ? open(o.output, O_WRONLY | O_CLOEXEC) : mkostemp(temp, O_CLOEXEC);
	mode_t mask = umask(0);
	int err;

	umask(mask);
	if (fd < 0)
		return err_sys(-errno, "%s", o.output);
	err = helper_save(opt, fd, o.format, argv);
	if (direct)
		return err;
	if (!err && (fchmod(fd, 0666 & ~mask) || fsync(fd) || rename(temp, o.output)))
		err = err_sys(-errno, "%s", o.output);
	if (err)
		unlink(temp);
	return err;
}

static int run_save(int argc, char **argv)
{
	struct image_options opt = image_where(IMAGE_PULL_NEVER, o.quiet);

	(void)argc;
	if (strcmp(o.format, "oci-archive") && strcmp(o.format, "docker-archive"))
		return err_set(-EINVAL, "--format: \"%s\" is unknown; there are oci-archive and docker-archive", o.format);
	if (o.output)
		return save_to_file(&opt, argv);
	if (isatty(STDOUT_FILENO))
		return err_set(-EINVAL, "standard output is a terminal: give a file by -o FILE or by > FILE");
	return helper_save(&opt, STDOUT_FILENO, o.format, argv);
}

static const char *text_of(const json_t *finding, const char *key)
{
	const char *text = json_string_value(json_object_get(finding, key));

	return text ? text : "";
}

static int print_findings(const json_t *findings)
{
	const json_t *f;
	size_t i;

	json_array_foreach(findings, i, f) {
		const char *image = text_of(f, "image");

		printf("%s: %s %s: %s\n", *image ? image : "no image", text_of(f, "part"), text_of(f, "digest"), text_of(f, "damage"));
	}
	if (!json_array_size(findings))
		return EXIT_SUCCESS;
	fprintf(stderr, o.repair ? "What was damaged is removed: pull or load these images again, and it is fetched and packed anew.\n" :
				   "'hyphactl image verify --repair' removes it, so that it can be fetched again.\n");
	return EXIT_FAILURE;
}

static int run_verify(int argc, char **argv)
{
	struct image_options opt = image_where(IMAGE_PULL_NEVER, o.quiet);
	auto_buf answer = BUF_INIT;
	json_t *findings;
	int status = helper_verify(&opt, o.repair, &answer);

	(void)argc, (void)argv;
	if (status)
		return status;
	findings = json_loadb(buf_str(&answer), answer.len, 0, NULL);
	if (!findings)
		return err_set(-EBADMSG, "%s gave no answer", opt.helper);
	status = print_findings(findings);
	json_decref(findings);
	return status;
}

const struct command cmd_image_load = {
	.name = "image load", .args = "[OPTIONS]", .summary = "Take all images of an archive; prints what they are called here.",
	.options = load_options, .run = run_load,
};

const struct command cmd_image_save = {
	.name = "image save", .args = "[OPTIONS] IMAGE…", .summary = "Write images as an archive that other tools load.",
	.options = save_options, .min_args = 1, .max_args = -1, .run = run_save,
};

const struct command cmd_image_verify = {
	.name = "image verify", .args = "[OPTIONS]", .summary = "Hash all blobs and packed images; status 1 if any is damaged.",
	.options = verify_options, .run = run_verify,
};
