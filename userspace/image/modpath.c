// SPDX-License-Identifier: GPL-2.0-or-later
/* Where the modules of a kernel are, and whether they are still the same. */
#include "image/modpath.h"

#include "util/cleanup.h"
#include "util/mem.h"
#include "util/strv.h"

#include <libgen.h>
#include <sys/stat.h>

char **modules_roots(const char *kernel)
{
	auto_free char *copy = mem_strdup(kernel);
	char **roots = NULL;

	strv_take(&roots, mem_printf("%s/../lib/modules", dirname(copy)));
	strv_add(&roots, "/lib/modules");
	return roots;
}

char *modules_find(const char *kernel, const char *release)
{
	auto_strv roots = modules_roots(kernel);

	for (char **root = roots; *release && *root; root++) {
		char *dir = mem_printf("%s/%s", *root, release);
		struct stat st;

		if (!stat(dir, &st) && S_ISDIR(st.st_mode))
			return dir;
		free(dir);
	}
	return NULL;
}

char *modules_stamp(const char *dir)
{
	auto_free char *path = NULL;
	struct stat st = {};

	if (!dir)
		return mem_strdup("-");
	path = mem_printf("%s/modules.dep", dir);
	if (stat(path, &st))
		return mem_printf("%s ?", dir);
	return mem_printf("%s %lld %lld.%09ld", dir, (long long)st.st_size, (long long)st.st_ctim.tv_sec, st.st_ctim.tv_nsec);
}
