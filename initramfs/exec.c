// SPDX-License-Identifier: GPL-2.0-or-later
/* From struct config to a running program; the order of steps is runc's. */
#include "exec.h"

#include "console.h"
#include "mounts.h"
#include "net.h"
#include "user.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define FILES_SOFT 1024
#define FILES_HARD 524288

static bool is_program(const char *path)
{
	struct stat st;

	return !stat(path, &st) && !S_ISDIR(st.st_mode) && !access(path, X_OK);
}

static int check_program(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return errno == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_INVOKED;
	if (S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return EXIT_NOT_INVOKED;
	}
	return access(path, X_OK) ? EXIT_NOT_INVOKED : 0;
}

int exec_find(const char *path, const char *file, char *out, size_t size)
{
	if (strchr(file, '/')) {
		snprintf(out, size, "%s", file);
		return check_program(out);
	}
	for (const char *part = path; *file && part; ) {
		int len = (int)strcspn(part, ":");

		if (snprintf(out, size, "%.*s%s%s", len, part, len ? "/" : "./", file) < (int)size && is_program(out))
			return 0;
		part = part[len] ? part + len + 1 : NULL;
	}
	errno = ENOENT;
	return EXIT_NOT_FOUND;
}

static size_t key_len(const char *assignment)
{
	return strcspn(assignment, "=") + 1;
}

static const char *get(char *const *env, const char *key)
{
	size_t len = strlen(key);

	for (; *env; env++)
		if (!strncmp(*env, key, len) && (*env)[len] == '=')
			return *env + len + 1;
	return NULL;
}

static bool is_last(char *const *entry)
{
	size_t len = key_len(*entry);

	for (char *const *later = entry + 1; *later; later++)
		if (!strncmp(*later, *entry, len))
			return false;
	return true;
}

static void add_default(char **env, size_t *n, const char *key, const char *value)
{
	if (!get(env, key) && asprintf(&env[*n], "%s=%s", key, value) >= 0)
		env[++*n] = NULL;
}

/* An empty HOME is none: as runc. */
static bool is_kept(char *const *entry)
{
	return strchr(*entry, '=') > *entry && is_last(entry) && strcmp(*entry, "HOME=");
}

char **exec_environment(const struct config *c, const char *home)
{
	size_t n = 0;
	char **env;

	while (c->env[n])
		n++;
	env = calloc(n + 5, sizeof(*env));
	if (!env)
		return NULL;
	n = 0;
	for (char **e = c->env; *e; e++)
		if (is_kept(e))
			env[n++] = *e;
	add_default(env, &n, "PATH", DEFAULT_PATH);
	add_default(env, &n, "HOSTNAME", c->hostname);
	if (c->terminal)
		add_default(env, &n, "TERM", "xterm");
	add_default(env, &n, "HOME", home);
	return env;
}

static int enter_user(const struct user *u)
{
	/* The command must be able to reopen its own input and output, as /dev/stdout for example. */
	for (int fd = 0; fd < 3; fd++) {
		struct stat st;

		if (!fstat(fd, &st) && (isatty(fd) || S_ISFIFO(st.st_mode)))
			(void)!fchown(fd, u->uid, st.st_gid);
	}
	if (setgroups(u->nr_groups, u->groups) || setgid(u->gid) || setuid(u->uid)) {
		say("become user %u, group %u: %s", u->uid, u->gid, strerror(errno));
		return EXIT_HYPHA;
	}
	return 0;
}

/* Created as root, entered as the user. */
static const char *make_cwd(const char *cwd)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s%s", *cwd == '/' ? "" : "/", cwd);
	mounts_mkdirs(path);
	return path;
}

static int run(const struct config *c, char **env)
{
	char program[4096];
	int code = exec_find(get(env, "PATH"), c->args[0], program, sizeof(program));

	if (code == EXIT_NOT_FOUND && !strchr(c->args[0], '/')) {
		say("exec \"%s\": executable file not found in $PATH", c->args[0]);
		return code;
	}
	if (!code) {
		execve(program, c->args, env);
		code = errno == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_INVOKED;
	}
	if (errno == ENOENT && !access(program, F_OK))
		say("exec \"%s\": its interpreter is missing in the image", c->args[0]);
	else
		say("exec \"%s\": %s", c->args[0], strerror(errno));
	return code;
}

int exec_command(const struct config *c)
{
	static struct user user;
	char why[USER_WHY_MAX];
	const char *cwd;
	int code, err;
	char **env;

	if (mounts_enter(c->has_root))
		return EXIT_HYPHA;
	net_write_files(c);
	if (user_resolve(c->user, "/etc/passwd", "/etc/group", &user, why)) {
		say("%s", why);
		return EXIT_HYPHA;
	}
	setrlimit(RLIMIT_NOFILE, &(struct rlimit){ FILES_SOFT, FILES_HARD });
	cwd = make_cwd(c->cwd);
	err = enter_user(&user);
	if (err)
		return err;
	if (chdir(cwd)) {
		say("working directory %s: %s", cwd, strerror(errno));
		return EXIT_NOT_INVOKED;
	}
	env = exec_environment(c, user.home);
	if (!env) {
		say("environment: %s", strerror(errno));
		return EXIT_HYPHA;
	}
	code = run(c, env);
	free(env);
	return code;
}
