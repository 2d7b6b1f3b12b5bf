// SPDX-License-Identifier: GPL-2.0-or-later
/* The guest's command: PATH lookup with Docker's exit codes, the environment, and which module a device asks for. */
// links: initramfs/exec.c initramfs/modules.c initramfs/text.c
#include "../../initramfs/console.h"
#include "../../initramfs/exec.h"
#include "../../initramfs/modules.h"
#include "../../initramfs/mounts.h"
#include "../../initramfs/net.h"
#include "../../initramfs/user.h"

#include "test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Not reached here: exec_command() needs a guest. */
void say(const char *fmt, ...) { (void)fmt; }
int mounts_enter(bool has_root) { return has_root; }
int mounts_mkdirs(const char *path) { return !path; }
void net_write_files(const struct config *c) { (void)c; }
int user_resolve(const char *s, const char *p, const char *g, struct user *u, char *w) { return !s + !p + !g + !u + !w; }

static const struct {
	const char *path, *file, *want;
	int code;
} lookups[] = {
	{ "a:b", "prog", "b/prog", 0 },
	{ "b:c", "prog", "b/prog", 0 },
	{ "c:b", "prog", "c/prog", 0 },
	{ "a:b", "./b/prog", "./b/prog", 0 },
	{ "", "prog", NULL, 127 },
	{ "a:b", "missing", NULL, 127 },
	{ "a", "plain", NULL, 127 },		/* not executable: as if not there */
	{ "a:b", "plain", "b/plain", 0 },
	{ "a:b", "dir", NULL, 127 },
	{ "a:b", "", NULL, 127 },
	{ ":a", "here", "./here", 0 },		/* an empty part is the working directory */
	{ "a:", "here", "./here", 0 },
	{ "a", "here", NULL, 127 },
	{ "a", "./a/plain", NULL, 126 },
	{ "a", "./a/dir", NULL, 126 },
	{ "a", "./a/plain/x", NULL, 126 },	/* not a directory */
	{ "a", "./a/missing", NULL, 127 },
};

static void make(const char *path, mode_t mode)
{
	close(open(path, O_WRONLY | O_CREAT, 0600));
	chmod(path, mode);
}

static void run_lookups(void)
{
	mkdir("a", 0755), mkdir("b", 0755), mkdir("c", 0755), mkdir("a/dir", 0755);
	make("a/plain", 0644), make("b/plain", 0755), make("b/prog", 0755), make("c/prog", 0755), make("here", 0755);
	for (size_t i = 0; i < sizeof(lookups) / sizeof(lookups[0]); i++) {
		char out[4096];
		int code = exec_find(lookups[i].path, lookups[i].file, out, sizeof(out));

		ok(code == lookups[i].code && (code || !strcmp(out, lookups[i].want)), "PATH=%s %s: %d %s", lookups[i].path,
		   lookups[i].file, lookups[i].code, lookups[i].want ? lookups[i].want : "");
	}
}

static void bounds(void)
{
	char out[16], *path = malloc(100002);

	memset(path, 'x', 100000);
	strcpy(path + 100000, ":");
	ok_num(exec_find(path, "prog", out, sizeof(out)), 127, "a PATH of 100 kB");
	memset(path, ':', 100000);
	ok_num(exec_find(path, "prog", out, sizeof(out)), 127, "100000 empty parts");
	free(path);
}

/* It lives as long as the process: the command's. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) { return "leak:exec_environment\n"; }

static const struct {
	char *const env[6];
	bool terminal;
	const char *want, *belief;
} envs[] = {
	{ { NULL }, false, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOSTNAME=box HOME=/h", "defaults" },
	{ { "PATH=/x", "HOME=/y", NULL }, false, "PATH=/x HOME=/y HOSTNAME=box", "the image's own win" },
	{ { "PATH=", "HOME=", "A=", NULL }, false, "PATH= A= HOSTNAME=box HOME=/h", "an empty HOME is none, an empty PATH is meant" },
	{ { "A=1", "PATH=/", "A=2", "AB=3", NULL }, false, "PATH=/ A=2 AB=3 HOSTNAME=box HOME=/h", "the last of equal names wins" },
	{ { "novalue", "=x", "PATH=/", NULL }, false, "PATH=/ HOSTNAME=box HOME=/h", "what is no assignment is left out" },
	{ { "PATH=/", "HOSTNAME=q", NULL }, true, "PATH=/ HOSTNAME=q TERM=xterm HOME=/h", "TERM on a terminal" },
	{ { "PATH=/", "TERM=dumb", NULL }, true, "PATH=/ TERM=dumb HOSTNAME=box HOME=/h", "TERM as given" },
};

static void run_envs(void)
{
	for (size_t i = 0; i < sizeof(envs) / sizeof(envs[0]); i++) {
		struct config c = { .hostname = "box", .env = (char **)envs[i].env, .terminal = envs[i].terminal };
		char text[4096] = "", **env = exec_environment(&c, "/h");

		for (char **e = env; *e; e++)
			strcat(strcat(text, e == env ? "" : " "), *e);
		ok_str(text, envs[i].want, "%s", envs[i].belief);
	}
}

static const struct {
	const char *name, *alias;
	bool match;
} aliases[] = {
	{ "xen:vbd", "xen:vbd", true },
	{ "xen:vbd", "xen:vif", false },
	{ "fs-ext4", "fs-ext4", true },
	{ "fs-ext4", "fs_ext4", true },
	{ "fs-ext4", "fs-ext4x", false },
	{ "virtio:d00000002v*", "virtio:d00000002v00001AF4", true },
	{ "virtio:d00000002v*", "virtio:d00000001v00001AF4", false },
	{ "pci:v00001AF4d*", "pci:v00001AF4d00001001sv00001AF4sd00000002bc01sc00i00", true },
	{ "acpi*:LNRO0005:*", "acpi:LNRO0005:", true },
	{ "fs-ext4", "*", false },
};

static void run_aliases(void)
{
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		ok(modules_match(aliases[i].name, aliases[i].alias) == aliases[i].match, "%s %s %s", aliases[i].name,
		   aliases[i].match ? "stands for" : "is not", aliases[i].alias);
}

int main(void)
{
	run_lookups();
	bounds();
	run_envs();
	run_aliases();
	return done();
}
