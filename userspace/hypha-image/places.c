// SPDX-License-Identifier: GPL-2.0-or-later
/* Places by their real paths. The names given for them go on meaning the same: their links are kept, and walked as the kernel does. */
#include "hypha-image/places.h"

#include "util/cleanup.h"
#include "util/mem.h"
#include "util/strv.h"

#include <string.h>
#include <sys/stat.h>

/* Each link is passed by where it leads in the end, so there is one less to pass. */
static void add_way(struct places *p, const char *way)
{
	auto_free char *path = mem_strdup(way);
	bool last = false;
	struct stat st;

	for (char *end = path; !last; ) {
		end = strchrnul(end + 1, '/');
		last = !*end;
		*end = '\0';
		if (!lstat(path, &st) && S_ISLNK(st.st_mode)) {
			auto_free char *target = realpath(path, NULL);
			auto_free char *rest = mem_printf("%s%s%s", target ? target : "", last ? "" : "/", last ? "" : end + 1);

			strv_add(&p->links, path);
			strv_add(&p->links, target ? target : "/");
			add_way(p, rest);
			break;
		}
		*end = last ? '\0' : '/';
	}
	strv_add(&p->ways, way);
}

/* What is laid over another must be writable if either is. */
static int written_last(const void *a, const void *b)
{
	return ((const struct place *)a)->write - ((const struct place *)b)->write;
}

void places_add(struct places *p, const char *path, bool write)
{
	auto_free char *here = *path == '/' ? NULL : getcwd(NULL, 0);
	auto_free char *way = mem_printf("%s%s%s", here ? here : "", here ? "/" : "", path);
	char *real = realpath(way, NULL);
	struct stat st;

	if (!real || stat(real, &st)) {
		free(real);
		return;
	}
	p->list = mem_realloc(p->list, (p->nr + 1) * sizeof(*p->list));
	p->list[p->nr++] = (struct place){
		.path = real, .write = write,
		.foreign = st.st_uid != geteuid() && (write || S_ISDIR(st.st_mode) || !(st.st_mode & S_IROTH)),
	};
	qsort(p->list, p->nr, sizeof(*p->list), written_last);
	add_way(p, way);
}

void places_clean(struct places *p)
{
	for (size_t i = 0; i < p->nr; i++)
		free(p->list[i].path);
	free(p->list);
	strv_free(p->links);
	strv_free(p->ways);
	*p = (struct places){ 0 };
}
