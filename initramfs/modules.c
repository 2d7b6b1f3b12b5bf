// SPDX-License-Identifier: GPL-2.0-or-later
/* /lib/hypha/modules.list: lines of `boot NAME FILE…` and `demand NAME FILE…`; see docs/architecture.md. */
#include "modules.h"

#include "console.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DIR_PATH "/lib/hypha/"
#define LIST_MAX (1 << 20)
#define FILES_MAX 32	/* of one group */

struct group {
	char *when, *name;
	char *files[FILES_MAX + 1];	/* NULL-terminated */
};

typedef void (*group_fn)(struct group *g, void *arg);

static bool parse_group(char *line, struct group *g)
{
	char *save;
	int n = 0;

	g->when = strtok_r(line, " ", &save);
	g->name = strtok_r(NULL, " ", &save);
	if (!g->when || !g->name)
		return false;
	do
		g->files[n] = strtok_r(NULL, " ", &save);
	while (g->files[n] && ++n < FILES_MAX);
	g->files[n] = NULL;
	return true;
}

/* A kernel that has all it needs built in comes without a list. */
static void each_group(group_fn fn, void *arg)
{
	size_t len;
	char *list = text_load(DIR_PATH "modules.list", LIST_MAX, &len);
	char *rest = list, *line;

	while (rest && (line = strsep(&rest, "\n"))) {
		struct group g;

		if (parse_group(line, &g))
			fn(&g, arg);
	}
	free(list);
}

/* Already loaded is as good as loaded. Return: 0 or -errno. */
static int load_file(const char *file, bool forget)
{
	char path[256];
	int fd, err;

	snprintf(path, sizeof(path), DIR_PATH "%s", file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT && forget ? 0 : -errno;	/* an earlier boot group had it too */
	err = syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST ? -errno : 0;
	close(fd);
	if (forget)
		unlink(path);
	return err;
}

static int load_group(const struct group *g, bool forget)
{
	int err = 0;

	for (char *const *f = g->files; *f && !err; f++) {
		err = load_file(*f, forget);
		if (err)
			say("module %s for %s: %s", *f, g->name, strerror(-err));
	}
	return err;
}

static void load_if_boot(struct group *g, void *failed)
{
	if (!strcmp(g->when, "boot") && load_group(g, true))
		*(bool *)failed = true;
}

int modules_boot(void)
{
	bool failed = false;

	each_group(load_if_boot, &failed);
	return failed ? -1 : 0;
}

bool modules_match(const char *name, const char *alias)
{
	char n[128], a[1024];

	snprintf(n, sizeof(n), "%s", name);
	snprintf(a, sizeof(a), "%s", alias);
	for (char *p = n; *p; p++)
		*p = (char)(*p == '-' ? '_' : *p);
	for (char *p = a; *p; p++)
		*p = (char)(*p == '-' ? '_' : *p);
	return !fnmatch(n, a, 0);
}

struct demand {
	const char *alias;
	bool found;
};

static void load_if_asked(struct group *g, void *arg)
{
	struct demand *d = arg;

	if (strcmp(g->when, "demand") || !modules_match(g->name, d->alias))
		return;
	load_group(g, false);
	d->found = true;
}

bool modules_demand(const char *alias)
{
	struct demand d = { .alias = alias };

	each_group(load_if_asked, &d);
	return d.found;
}

/* Looked up anew for each group: loading a bus driver makes new devices, which come later in the list. */
static bool device_present(const char *pattern)
{
	glob_t g = {};
	bool found = false;

	glob("/sys/bus/*/devices/*/modalias", GLOB_NOSORT, NULL, &g);
	for (size_t i = 0; i < g.gl_pathc && !found; i++) {
		char alias[1024];

		found = text_read(g.gl_pathv[i], alias, sizeof(alias)) > 0 && modules_match(pattern, alias);
	}
	globfree(&g);
	return found;
}

static void load_if_present(struct group *g, void *arg)
{
	(void)arg;
	if (!strcmp(g->when, "demand") && strchr(g->name, ':') && device_present(g->name))
		load_group(g, false);
}

void modules_coldplug(void)
{
	each_group(load_if_present, NULL);
}
