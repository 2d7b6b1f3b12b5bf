// SPDX-License-Identifier: GPL-2.0-or-later
/* passwd(5) and group(5) read line by line with bounds: they come from the image. */
#include "user.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_MAX_LEN (64 << 10)		/* longer lines are skipped */
#define FILE_MAX_LEN (64L << 20)	/* what is beyond is not read */
#define NAME_MAX_LEN 256		/* longer user and group names do not exist */

/* Digits only and 0..2^31-1. Return: the number; -1 no number at all; -2 a number that no id can have. */
static long long id_number(const char *s)
{
	long long v = 0;
	const char *p = s + (*s == '+' || *s == '-');

	if (!*p)
		return -1;
	for (; *p; p++) {
		if (*p < '0' || *p > '9')
			return -1;
		if (v <= INT_MAX)
			v = v * 10 + (*p - '0');
	}
	return *s == '+' || *s == '-' || v > INT_MAX ? -2 : v;
}

/* Cut @line at its colons. Return: the number of fields, at most @max (the last keeps the rest). */
static int split(char *line, char **fields, int max)
{
	int n = 0;

	for (char *rest = line; rest && n < max; n++)
		fields[n] = n == max - 1 ? rest : strsep(&rest, ":");
	return n;
}

/* Only regular files: opening a fifo would wait, a device could do anything. */
static FILE *open_database(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		close(fd);
		return NULL;
	}
	return fdopen(fd, "r");
}

static void skip_line(FILE *f)
{
	int c;

	while ((c = getc(f)) != EOF && c != '\n')
		;
}

/* Call @each for the fields of every sane line until it returns true or the file's bound is reached. */
static bool each_entry(const char *path, int min, int max, bool (*each)(char **fields, int n, void *arg), void *arg)
{
	static char line[LINE_MAX_LEN];
	FILE *f = open_database(path);
	bool done = false;

	while (f && !done && ftell(f) < FILE_MAX_LEN && fgets(line, sizeof(line), f)) {
		size_t len = strlen(line);
		char *fields[8];
		int n;

		if (len == sizeof(line) - 1 && line[len - 1] != '\n') {
			skip_line(f);
			continue;
		}
		line[strcspn(line, "\n")] = '\0';
		n = split(line, fields, max);
		if (n >= min)
			done = each(fields, n, arg);
	}
	if (f)
		fclose(f);
	return done;
}

/* What is looked for in passwd, and what was found. */
struct account {
	const char *name;	/* or NULL: */
	long long uid;
	char found_name[NAME_MAX_LEN];
	struct user *user;
	bool set_group;
};

/* name:password:uid:gid:gecos:home:shell */
static bool match_account(char **f, int n, void *arg)
{
	struct account *a = arg;
	long long uid = id_number(f[2]), gid = id_number(f[3]);

	if (uid < 0 || gid < 0 || strlen(f[0]) >= NAME_MAX_LEN)
		return false;
	if (a->name ? strcmp(f[0], a->name) != 0 : uid != a->uid)
		return false;
	strcpy(a->found_name, f[0]);
	a->user->uid = uid;
	if (a->set_group)
		a->user->gid = gid;
	if (n > 5 && f[5][0] == '/' && strlen(f[5]) < sizeof(a->user->home))
		strcpy(a->user->home, f[5]);
	return true;
}

struct group_name {
	const char *name;
	gid_t gid;
};

/* name:password:gid:members */
static bool match_group(char **f, int n, void *arg)
{
	struct group_name *g = arg;
	long long gid = id_number(f[2]);

	(void)n;
	if (gid < 0 || strcmp(f[0], g->name))
		return false;
	g->gid = gid;
	return true;
}

static bool lists(const char *members, const char *name)
{
	size_t len = strlen(name);

	for (const char *m = members; *m; m += strcspn(m, ","), m += *m == ',')
		if (!strncmp(m, name, len) && (m[len] == ',' || !m[len]))
			return true;
	return false;
}

static void add_group(struct user *u, gid_t gid)
{
	for (size_t i = 0; i < u->nr_groups; i++)
		if (u->groups[i] == gid)
			return;
	if (u->nr_groups < USER_GROUPS_MAX)
		u->groups[u->nr_groups++] = gid;
}

static bool collect_group(char **f, int n, void *arg)
{
	struct account *a = arg;
	long long gid = id_number(f[2]);

	if (n > 3 && gid >= 0 && lists(f[3], a->found_name))
		add_group(a->user, gid);
	return false;
}

static int refuse(char why[USER_WHY_MAX], const char *fmt, const char *what)
{
	snprintf(why, USER_WHY_MAX, fmt, what);
	return -1;
}

static int resolve_account(const char *name, const char *passwd, struct account *a, char why[USER_WHY_MAX])
{
	a->uid = id_number(name);
	if (a->uid == -2)
		return refuse(why, "user %.80s is not 0..2147483647", name);
	a->name = a->uid == -1 ? name : NULL;
	if (a->uid >= 0)
		a->user->uid = a->uid;
	if (!each_entry(passwd, 4, 7, match_account, a) && a->name)
		return refuse(why, "unable to find user %.80s: no matching entry in the image's passwd file", name);
	return 0;
}

static int resolve_group(const char *name, const char *group, struct user *u, char why[USER_WHY_MAX])
{
	struct group_name g = { .name = name };
	long long gid = id_number(name);

	if (gid == -2)
		return refuse(why, "group %.80s is not 0..2147483647", name);
	if (gid < 0 && !each_entry(group, 3, 4, match_group, &g))
		return refuse(why, "unable to find group %.80s: no matching entry in the image's group file", name);
	u->gid = gid < 0 ? g.gid : (gid_t)gid;
	return 0;
}

int user_resolve(const char *spec, const char *passwd, const char *group, struct user *u, char why[USER_WHY_MAX])
{
	char copy[2 * NAME_MAX_LEN], *colon;
	struct account a = { .user = u };

	*u = (struct user){ .home = "/" };
	if (strlen(spec) >= sizeof(copy))
		return refuse(why, "user %.80s… is too long", spec);
	strcpy(copy, spec);
	colon = strchr(copy, ':');
	if (colon)
		*colon++ = '\0';
	if (colon && !*colon)
		colon = NULL;
	a.set_group = !colon;
	if (resolve_account(*copy ? copy : "0", passwd, &a, why))
		return -1;
	if (colon && resolve_group(colon, group, u, why))
		return -1;
	add_group(u, u->gid);
	if (!colon && a.found_name[0])
		each_entry(group, 3, 4, collect_group, &a);
	return 0;
}
