// SPDX-License-Identifier: GPL-2.0-or-later
/* Where the modules of a kernel are, and whether they are still the same. */
#include "image/modpath.h"

#include "util/cleanup.h"
#include "util/mem.h"

#include <libgen.h>
#include <sys/stat.h>

char *modules_find(const char *kernel, const char *release)
{
	auto_free char *copy = mem_strdup(kernel);
	char *beside = mem_printf("%s/../lib/modules/%s", dirname(copy), release);
	char *global;
	struct stat st;

	if (*release && !stat(beside, &st) && S_ISDIR(st.st_mode))
		return beside;
	free(beside);
	global = mem_printf("/lib/modules/%s", release);
	if (*release && !stat(global, &st) && S_ISDIR(st.st_mode))
		return global;
	free(global);
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
