// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of jobs. */
#include "hypha-image/jobs.h"

#include "hypha-image/keeper.h"
#include "image/fetch.h"
#include "image/helper.h"
#include "image/kernel.h"
#include "image/modpath.h"
#include "image/pick.h"
#include "image/save.h"
#include "image/unpack.h"
#include "image/verify.h"
#include "oci/http.h"
#include "oci/registries.h"
#include "util/cleanup.h"
#include "util/conf.h"
#include "util/error.h"
#include "util/file.h"
#include "util/mem.h"
#include "util/strv.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

/* --- plans --- */

/* What holds for all of images: limits and registries, how it is told of, and the store. */
static int plan_store(struct work *w, const char *progress)
{
	auto_free char *images = mem_printf("%s/images", w->argv[0]);
	int err = progress_parse(progress, &w->opt.progress);

	w->opt.root = w->argv[0];
	if (!err)
		err = registries_load(conf_path());
	if (!err)
		err = store_make(w->opt.root);
	if (!err)
		places_add(&w->box.places, images, true);
	return err;
}

/* Where libraries learn how a name becomes an address; and what Debian's directory of certificates links to. */
static const char *const network_places[] = {
	"/etc/hosts", "/etc/resolv.conf", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf",
	"/usr/share/ca-certificates", "/usr/local/share/ca-certificates",
};

static void add_certificates(struct places *places)
{
	const char *file, *dir;

	http_certificates(&file, &dir);
	if (file)
		places_add(places, file, false);
	if (dir)
		places_add(places, dir, false);
}

static int plan_network(struct work *w, const char *text)
{
	auto_strv files = registries_files();
	struct reference ref;
	int err = reference_parse(text, &ref);

	if (err)
		return err;
	w->box.network = true;
	for (size_t i = 0; i < sizeof(network_places) / sizeof(network_places[0]); i++)
		places_add(&w->box.places, network_places[i], false);
	for (char **file = files; file && *file; file++)
		places_add(&w->box.places, *file, false);
	add_certificates(&w->box.places);
	http_start();
	err = keeper_start(&ref);
	reference_clean(&ref);
	return err;
}

static int plan_image(struct work *w)
{
	const char *text = w->argv[3];
	int err = plan_store(w, w->argv[2]);

	if (!err)
		err = input_parse(text, &w->input);
	if (err)
		return err;
	for (w->opt.pull = IMAGE_PULL_MISSING; w->opt.pull < IMAGE_PULL_NEVER; w->opt.pull++)
		if (!strcmp(w->argv[1], helper_pull_word(w->opt.pull)))
			break;
	if (w->input.kind == INPUT_LAYOUT)
		places_add(&w->box.places, w->input.path, false);
	if (w->input.kind == INPUT_REFERENCE && w->opt.pull != IMAGE_PULL_NEVER && !pick_is_id(text))
		return plan_network(w, text);
	err = input_open(&w->input);
	return err ? err_in(err, "%s", text) : 0;
}

static int plan_load(struct work *w)
{
	return plan_store(w, w->argv[1]);
}

static int plan_save(struct work *w)
{
	return plan_store(w, w->argv[2]);
}

static int plan_verify(struct work *w)
{
	return plan_store(w, w->argv[2]);
}

/* Which modules it will be is written in the kernel. */
static int plan_kernel(struct work *w)
{
	auto_strv modules = modules_roots(w->argv[1]);
	int err = file_mkdirs(w->argv[0], 0755);

	if (err)
		return err_in(err, "kernel %s", w->argv[1]);
	places_add(&w->box.places, w->argv[0], true);
	places_add(&w->box.places, w->argv[1], false);
	for (char **dir = modules; *dir; dir++)
		places_add(&w->box.places, *dir, false);
	return 0;
}

/* --- the work --- */

static int run_image(struct work *w)
{
	return image_fetch(&w->opt, w->argv[3], &w->input, &w->made);
}

static int run_load(struct work *w)
{
	return image_load(&w->opt, STDIN_FILENO, &w->made);
}

static int run_save(struct work *w)
{
	struct progress progress;
	struct store store;
	int err = store_open(w->opt.root, &store);

	if (err)
		return err;
	progress_init(&progress, w->opt.progress);
	err = save_images(&store, w->argv + 3, STDIN_FILENO, !strcmp(w->argv[1], "docker-archive"), &progress);
	store_close(&store);
	return err;
}

static int run_verify(struct work *w)
{
	json_t *findings = NULL;
	struct progress progress;
	struct store store;
	char *text;
	int err = store_open(w->opt.root, &store);

	if (err)
		return err;
	progress_init(&progress, w->opt.progress);
	err = verify_store(&store, !strcmp(w->argv[1], "repair"), &progress, &findings);
	text = json_dumps(findings, JSON_COMPACT);
	buf_adds(&w->made, text);
	free(text);
	json_decref(findings);
	store_close(&store);
	return err;
}

static int run_kernel(struct work *w)
{
	struct kernel k;
	int err = kernel_unpack(w->argv[0], w->argv[1], &k);

	if (err)
		return err;
	if (strchr(k.elf, '\n'))
		err = err_set(-EINVAL, "kernel %s: no line breaks in its path, please", w->argv[1]);
	kernel_format(&k, &w->made);
	kernel_clean(&k);
	return err;
}

static const struct job jobs[] = {
	{ "image", 4, 4, false, plan_image, run_image },
	{ "load", 2, 2, true, plan_load, run_load },
	{ "save", 4, INT_MAX, true, plan_save, run_save },
	{ "verify", 3, 3, false, plan_verify, run_verify },
	{ "kernel", 2, 2, false, plan_kernel, run_kernel },
};

const struct job *job_find(const char *name, int nr_args)
{
	for (size_t i = 0; i < sizeof(jobs) / sizeof(jobs[0]); i++)
		if (nr_args >= jobs[i].min_args && nr_args <= jobs[i].max_args && !strcmp(name, jobs[i].name))
			return &jobs[i];
	return NULL;
}

void work_clean(struct work *w)
{
	input_clean(&w->input);
	places_clean(&w->box.places);
	buf_clean(&w->made);
}
