// SPDX-License-Identifier: GPL-2.0-or-later
/* Which guest kernel, and what the cache has of it. */
#include "image/kernel.h"

#include "image/helper.h"
#include "image/modpath.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/file.h"
#include "util/mem.h"

#include <errno.h>
#include <glob.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RECORD_MAX (64 << 10)
#define FORMAT "1"		/* of everything cached: change it when the modules table or the cpio changes */

int kernel_default(char **path)
{
	static const char pattern[] = "/boot/vmlinuz-*-cloud-amd64";
	const char *best = NULL;
	glob_t g = {};

	glob(pattern, 0, NULL, &g);
	for (size_t i = 0; i < g.gl_pathc; i++)
		if (!best || strverscmp(g.gl_pathv[i], best) > 0)
			best = g.gl_pathv[i];
	*path = best ? mem_strdup(best) : NULL;
	globfree(&g);
	return *path ? 0 : err_set(-ENOENT, "no guest kernel %s: apt install linux-image-cloud-amd64, or name one with --kernel", pattern);
}

char *kernel_record_path(const char *cache, const struct stat *st)
{
	return mem_printf("%s/index/" FORMAT "-%llx-%llx-%lld-%lld.%09ld-%lld.%09ld", cache, (unsigned long long)st->st_dev,
			  (unsigned long long)st->st_ino, (long long)st->st_size, (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec,
			  (long long)st->st_ctim.tv_sec, st->st_ctim.tv_nsec);
}

void kernel_format(const struct kernel *k, struct buf *record)
{
	buf_addf(record, "%s\n%s\n%s\n", k->elf, k->modules ? k->modules : "-", k->release);
}

int kernel_parse(char *record, struct kernel *k, char **rest)
{
	char *elf = strsep(&record, "\n"), *modules = strsep(&record, "\n"), *release = strsep(&record, "\n");

	if (!record)
		return -EBADMSG;
	k->elf = mem_strdup(elf);
	k->modules = strcmp(modules, "-") ? mem_strdup(modules) : NULL;
	k->release = mem_strdup(release);
	*rest = record;
	return 0;
}

static bool is_cached(const char *cache, const char *path)
{
	size_t len = strlen(cache);

	return !strncmp(path, cache, len) && path[len] == '/' && !strchr(path + len + 1, '/');
}

/* A guest will see what is named here by hypha-image, which reads strangers' kernels: it is this one, or the cache's. */
static bool is_own(const char *cache, const char *path, const struct kernel *k)
{
	auto_free char *real = realpath(path, NULL);

	return (is_cached(cache, k->elf) || (real && !strcmp(k->elf, real))) && (!k->modules || is_cached(cache, k->modules));
}

static bool is_whole(const struct kernel *k)
{
	return !access(k->elf, R_OK) && (!k->modules || !access(k->modules, R_OK));
}

/* Modules made anew, or found elsewhere now, are others. */
static bool is_current(const char *path, const char *release, char *stamp)
{
	auto_free char *dir = modules_find(path, release), *now = modules_stamp(dir);

	stamp[strcspn(stamp, "\n")] = '\0';
	return !strcmp(stamp, now);
}

int kernel_lookup(const char *cache, const char *path, struct kernel *k)
{
	auto_free char *record = NULL;
	auto_buf text = BUF_INIT;
	struct stat st;
	char *stamp;

	*k = (struct kernel){};
	if (stat(path, &st))
		return -ENOENT;
	record = kernel_record_path(cache, &st);
	if (file_read(record, RECORD_MAX, &text) || kernel_parse(text.data, k, &stamp))
		return -ENOENT;
	if (is_own(cache, path, k) && is_whole(k) && is_current(path, k->release, stamp))
		return 0;
	kernel_clean(k);
	return -ENOENT;
}

int kernel_prepare(const char *helper, const char *cache, const char *path, struct kernel *k)
{
	auto_buf record = BUF_INIT;
	char *rest;
	int err;

	if (!kernel_lookup(cache, path, k))
		return 0;
	err = helper_kernel(helper, cache, path, &record);
	if (err)
		return err;		/* it says which kernel */
	if (kernel_parse(record.data, k, &rest))
		return err_set(-EBADMSG, "kernel %s: %s gave no answer", path, helper);
	if (is_own(cache, path, k))
		return 0;
	err_set(-EBADMSG, "kernel %s: %s answered with %s and %s, which are not it or in %s", path, helper, k->elf,
		k->modules ? k->modules : "-", cache);
	kernel_clean(k);
	return -EBADMSG;
}

void kernel_clean(struct kernel *k)
{
	free(k->elf);
	free(k->modules);
	free(k->release);
	*k = (struct kernel){};
}
