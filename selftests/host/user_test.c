// SPDX-License-Identifier: GPL-2.0-or-later
/* The image's User: six forms, supplementary groups, and passwd files that mean harm. */
// links: initramfs/user.c
#include "../../initramfs/user.h"

#include "test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char passwd[] =
	"root:x:0:0:root:/root:/bin/sh\n"
	"web:x:33:34:web:/var/www:/bin/sh\n"
	"# comment\n"
	"\n"
	"short:x:7\n"
	"nohome:x:50:51\n"
	"relative:x:52:52::home/x:\n"
	"1234:x:77:77::/num:/bin/sh\n"
	"4294967296:x:0:0::/root:/bin/sh\n"
	"+5:x:0:0::/root:/bin/sh\n"
	"wraps:x:4294967296:0::/root:/bin/sh\n"
	"minus:x:-1:0::/root:/bin/sh\n"
	"hexa:x:0x0:0::/root:/bin/sh\n"
	"empty:x::0::/root:/bin/sh\n"
	"badgid:x:60:99999999999::/root:/bin/sh\n"
	"web:x:0:0:second entry:/root:/bin/sh\n"
	"last:x:2147483647:2147483647::/last:/bin/sh";

static const char group[] =
	"root:x:0:\n"
	"www:x:34:\n"
	"adm:x:4:web,other\n"
	"disk:x:6:other,web\n"
	"webby:x:9:webmaster,theweb,web2\n"
	"dup:x:34:web\n"
	"neg:x:-1:web\n"
	"big:x:4294967297:web\n"
	"staff:x:50:root\n"
	"2000:x:12:web\n"
	"nomembers:x:13";

/* @want: "uid gid home groups…", or NULL for a refusal. */
static const struct {
	const char *spec, *want, *belief;
} cases[] = {
	{ "", "0 0 /root 0 50", "none is root with root's groups" },
	{ "web", "33 34 /var/www 34 4 6 12", "user: primary and supplementary groups, first entry wins" },
	{ "33", "33 34 /var/www 34 4 6 12", "uid: as the user it is listed as" },
	{ "4000", "4000 0 / 0", "uid not listed: group root, home /" },
	{ "web:adm", "33 4 /var/www 4", "user:group takes only that group" },
	{ "33:4", "33 4 /var/www 4", "uid:gid" },
	{ "33:adm", "33 4 /var/www 4", "uid:group" },
	{ "web:4", "33 4 /var/www 4", "user:gid" },
	{ "web:9999", "33 9999 /var/www 9999", "a gid need not be listed" },
	{ "web:", "33 34 /var/www 34 4 6 12", "an empty group is none" },
	{ ":4", "0 4 /root 4", "an empty user is root" },
	{ "nohome", "50 51 / 51", "a line without home" },
	{ "relative", "52 52 / 52", "a relative home is none" },
	{ "last", "2147483647 2147483647 /last 2147483647", "largest id; last line without newline" },
	{ "1234", "1234 0 / 0", "digits are a uid, never a name" },
	{ "33:2000", "33 2000 /var/www 2000", "digits are a gid, never a name" },
	{ "nobody", NULL, "an unknown user is an error" },
	{ "web:nogroup", NULL, "an unknown group is an error" },
	{ "root:x:0", NULL, "a second colon is no user of any form" },
	{ "4294967296", NULL, "2^32 neither wraps to root nor is looked up (CVE-2024-40635)" },
	{ "2147483648", NULL, "2^31 is refused" },
	{ "99999999999999999999999999999999", NULL, "a number beyond 64 bits is refused" },
	{ "33:4294967296", NULL, "gid 2^32 is refused" },
	{ "33:2147483648", NULL, "gid 2^31 is refused" },
	{ "-1", NULL, "a negative number is refused" },
	{ "+5", NULL, "a signed number is refused, though a user has that name" },
	{ "wraps", NULL, "an entry with uid 2^32 does not exist" },
	{ "minus", NULL, "an entry with uid -1 does not exist" },
	{ "hexa", NULL, "an entry with uid 0x0 does not exist" },
	{ "empty", NULL, "an entry without uid does not exist" },
	{ "badgid", NULL, "an entry with an impossible gid does not exist" },
	{ "short", NULL, "a cut line does not exist" },
	{ "web:neg", NULL, "a group with gid -1 does not exist" },
	{ "web:big", NULL, "a group with gid 2^32+1 does not exist" },
	{ "#", NULL, "a comment is no user" },
};

static void put(const char *path, const char *text, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd < 0 || write(fd, text, len) != (ssize_t)len)
		abort();
	close(fd);
}

static const char *show(const struct user *u)
{
	static char text[4096];
	int n = sprintf(text, "%u %u %s", u->uid, u->gid, u->home);

	for (size_t i = 0; i < u->nr_groups && i < 100; i++)
		n += sprintf(text + n, " %u", u->groups[i]);
	return text;
}

static void run_cases(void)
{
	char why[USER_WHY_MAX];
	static struct user u;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int err = user_resolve(cases[i].spec, "passwd", "group", &u, why);

		ok_str(err ? NULL : show(&u), cases[i].want, "%s: %s", cases[i].spec, cases[i].belief);
		if (err && !cases[i].want)
			ok(strlen(why) > 10 && strlen(why) < USER_WHY_MAX, "%s: says why", cases[i].spec);
	}
}

static void missing_files(void)
{
	char why[USER_WHY_MAX];
	static struct user u;

	ok(!user_resolve("", "none", "none", &u, why) && !u.uid && !u.gid, "without files root is root");
	ok(!user_resolve("5:6", "none", "none", &u, why) && u.uid == 5 && u.gid == 6, "without files numbers do");
	ok(user_resolve("web", "none", "none", &u, why) < 0, "without files a name is unknown");
}

static void hostile_files(void)
{
	char why[USER_WHY_MAX];
	static struct user u;
	size_t big = 200000;
	char *text = malloc(big + 100), *p;

	memset(text, 'a', big);
	strcpy(text + big, "\nweb:x:33:34::/w:\n");
	put("long", text, strlen(text));
	ok(!user_resolve("web", "long", "group", &u, why) && u.uid == 33, "a line of 200 kB is skipped, the next one read");

	memcpy(text + big - 30, ":web:x:0:0::/:", 14);
	put("hidden", text, strlen(text));
	ok(!user_resolve("web", "hidden", "group", &u, why) && u.uid == 33, "the tail of a long line is no entry");

	p = text + sprintf(text, "web:x:33:34::/");
	memset(p, 'h', 2000);
	strcpy(p + 2000, ":\n");
	put("home", text, strlen(text));
	ok(!user_resolve("web", "home", "group", &u, why) && !strcmp(u.home, "/"), "a home of 2000 bytes is none");

	put("nul", "web\0:x:0:0::/:\nweb:x:33:34::/w:\n", 32);
	ok(!user_resolve("web", "nul", "group", &u, why) && u.uid == 33, "a line with a NUL byte is cut there");

	p = text;
	for (int i = 0; i < 3000; i++)
		p += sprintf(p, "g%d:x:%d:web\n", i, i + 1000);
	put("many", text, p - text);
	ok(!user_resolve("web", "passwd", "many", &u, why) && u.nr_groups == USER_GROUPS_MAX, "of 3000 groups the first 1024 are kept");

	mkfifo("fifo", 0644);
	ok(user_resolve("web", "fifo", "group", &u, why) < 0, "a fifo as passwd does not block");
	ok(user_resolve("web", "/dev/zero", "group", &u, why) < 0, "a device as passwd is not read");
	ok(user_resolve("web", ".", "group", &u, why) < 0, "a directory as passwd is not read");

	memset(text, 'u', 2000);
	text[2000] = '\0';
	ok(user_resolve(text, "passwd", "group", &u, why) < 0, "a user of 2000 bytes is refused");
	free(text);
}

int main(void)
{
	put("passwd", passwd, sizeof(passwd) - 1);
	put("group", group, sizeof(group) - 1);
	run_cases();
	missing_files();
	hostile_files();
	return done();
}
