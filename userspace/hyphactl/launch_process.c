// SPDX-License-Identifier: GPL-2.0-or-later
/* What runs in the guest, from image and options; and the labels that describe it. */
#include "hyphactl/launch.h"

#include "hyphactl/settings.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/mem.h"
#include "util/strv.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* --entrypoint replaces the image's and drops its Cmd; "" just drops both. */
static char **merge_args(const struct launch *l)
{
	const char *entrypoint = l->opt->entrypoint;
	char *const *cmd = *l->command ? l->command : entrypoint ? NULL : l->image.cmd;
	char **args = entrypoint ? strv_copy(NULL) : strv_copy(l->image.entrypoint);

	if (entrypoint && *entrypoint)
		strv_add(&args, entrypoint);
	for (; cmd && *cmd; cmd++)
		strv_add(&args, *cmd);
	return args;
}

static void set_default(char ***env, const char *key, const char *assignment)
{
	if (!strv_get_env(*env, key))
		strv_add(env, assignment);
}

/* The image's, over it the user's, and what Docker sets too where neither did. */
static char **merge_env(const struct launch *l)
{
	auto_free char *hostname = mem_printf("HOSTNAME=%s", l->hostname);
	char **env = strv_copy(l->image.env);

	for (char **s = l->env; s && *s; s++)
		strv_set_env(&env, *s);
	set_default(&env, "PATH", DEFAULT_PATH);
	set_default(&env, "HOSTNAME", hostname);
	if (l->terminal)
		set_default(&env, "TERM", "TERM=xterm");
	return env;
}

int launch_merge_process(struct launch *l)
{
	char **env = merge_env(l);

	strv_free(l->env);
	l->env = env;
	l->args = merge_args(l);
	l->user = l->opt->user ? l->opt->user : l->image.user;
	l->workdir = l->opt->workdir ? l->opt->workdir : l->image.workdir;
	if (!l->args[0])
		return err_set(-EINVAL, "image %s names no command: give one after the image", l->image.reference);
	return 0;
}

/* Text that is not UTF-8 cannot be JSON; null stands for it. */
static json_t *text(const char *s)
{
	json_t *j = s ? json_string(s) : NULL;

	return j ? j : json_null();
}

static json_t *texts(char *const *v)
{
	json_t *a = json_array();

	for (; v && *v; v++)
		json_array_append_new(a, text(*v));
	return a;
}

static json_t *user_labels(char *const *labels)
{
	json_t *all = json_object();

	for (; labels && *labels; labels++) {
		const char *equals = strchr(*labels, '=');
		auto_free char *key = mem_strndup(*labels, strcspn(*labels, "="));

		json_object_set_new(all, key, text(equals ? equals + 1 : ""));
	}
	return all;
}

static json_t *disk_files(const struct launch *l)
{
	json_t *a = json_array();

	for (size_t i = 0; i < l->nr_disks; i++)
		json_array_append_new(a, text(l->disk_files[i]));
	return a;
}

static json_t *describe(const struct launch *l)
{
	json_t *all = json_object();

	json_object_set_new(all, "image", json_pack("{s:o, s:o, s:o}", "reference", text(l->image.reference),
						    "digest", text(l->image.manifest_digest), "id", text(l->image.image_id)));
	json_object_set_new(all, "process", json_pack("{s:o, s:o, s:o, s:o, s:b, s:b}", "args", texts(l->args),
						      "env", texts(l->env), "cwd", text(l->workdir), "user", text(l->user),
						      "terminal", l->terminal, "stdin", l->input));
	json_object_set_new(all, "hostname", text(l->hostname));
	json_object_set_new(all, "stop", json_pack("{s:o, s:I}", "signal", text(l->image.stop_signal),
						   "grace", (json_int_t)l->grace));
	json_object_set_new(all, "kernel", json_pack("{s:o, s:o}", "file", text(l->kernel_path),
						     "release", text(l->kernel.release)));
	json_object_set_new(all, "initrd", text(l->opt->initrd));
	json_object_set_new(all, "cmdline", text(l->cmdline));
	json_object_set_new(all, "disks", disk_files(l));
	json_object_set_new(all, "network", network_describe(&l->network));
	json_object_set_new(all, "root", text(settings.root));
	json_object_set_new(all, "labels", user_labels(l->opt->labels));
	return all;
}

/* A command line may be longer than labels can be: then environment and arguments are left out, and said to be. */
static void shorten(json_t *all)
{
	json_t *process = json_object_get(all, "process");

	json_object_set_new(process, "env", json_array());
	json_object_set_new(process, "args", json_pack("[O]", json_array_get(json_object_get(process, "args"), 0)));
	json_object_set_new(process, "shortened", json_true());
}

static size_t encode(const json_t *all, char **out)
{
	free(*out);
	*out = json_dumps(all, JSON_COMPACT);
	return *out ? strlen(*out) : 0;
}

int launch_describe(struct launch *l)
{
	json_t *all = describe(l);
	size_t len = encode(all, &l->labels);

	if (len > GUEST_LABELS_MAX) {
		shorten(all);
		len = encode(all, &l->labels);
	}
	json_decref(all);
	if (!len)
		return err_set(-ENOMEM, "cannot describe the guest");
	if (len > GUEST_LABELS_MAX)
		return err_set(-E2BIG, "--label: labels of this guest take %zu bytes; at most %d are possible", len,
			       GUEST_LABELS_MAX);
	return 0;
}
