// SPDX-License-Identifier: GPL-2.0-or-later
/* The sandbox's layers, but for the two that know of files and the one that knows of system calls; and the order of all. */
#include "hypha-image/sandbox.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;

/* Proxies, terminal, resolver: what is read after this. */
static const char *const words[] = {
	"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY",
	"TERM", "RES_OPTIONS", "LOCALDOMAIN",
};

static bool is_needed(const char *entry)
{
	size_t len = strcspn(entry, "=");

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == len && !strncmp(words[i], entry, len))
			return true;
	return false;
}

/* The caller's environment may hold anybody's keys: their bytes go, not just their names. */
static int forget_environment(const struct sandbox *box)
{
	(void)box;
	for (char **entry = environ; entry && *entry; entry++)
		if (!is_needed(*entry))
			explicit_bzero(*entry, strlen(*entry));
	return 0;
}

/* No core with somebody's password in it, and no more descriptors than there may be now. */
static int limit(const struct sandbox *box)
{
	struct rlimit core = { 0, 0 }, files;

	(void)box;
	if (setrlimit(RLIMIT_CORE, &core) || getrlimit(RLIMIT_NOFILE, &files))
		return -errno;
	files.rlim_max = files.rlim_cur;
	return setrlimit(RLIMIT_NOFILE, &files) || prctl(PR_SET_DUMPABLE, 0) ? -errno : 0;
}

static bool has_foreign(const struct places *p)
{
	for (size_t i = 0; i < p->nr; i++)
		if (p->list[i].foreign)
			return true;
	return false;
}

/*
 * All but one of root's, where root was sent to somebody else's files: what that opens is in the view only.
 * Without CAP_SETPCAP the bounding set stays: there is nothing to bound then.
 */
static int drop_capabilities(const struct sandbox *box)
{
	bool foreign = !geteuid() && has_foreign(&box->places);
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct had[_LINUX_CAPABILITY_U32S_3], keep[_LINUX_CAPABILITY_U32S_3] = { 0 };

	for (int cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
		prctl(PR_CAPBSET_DROP, cap);
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (syscall(SYS_capget, &header, had))
		return -errno;
	if (foreign)
		keep[0].effective = keep[0].permitted = had[0].permitted & 1 << CAP_DAC_OVERRIDE;
	return syscall(SYS_capset, &header, keep) ? -errno : 0;
}

static int gain_no_privileges(const struct sandbox *box)
{
	(void)box;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ? -errno : 0;
}

/* Namespaces need capabilities and /proc/self, which the limits take; Landlock and seccomp, that no privileges can be gained. */
const struct sandbox_layer sandbox_layers[] = {
	{ "environment", forget_environment },
	{ "namespaces", view_enter },
	{ "limits", limit },
	{ "capabilities", drop_capabilities },
	{ "no_new_privs", gain_no_privileges },
	{ "Landlock", landlock_enter },
	{ "seccomp", calls_enter },
	{ NULL, NULL },
};

#ifdef SANITIZED
static const bool possible = false;	/* sanitizers read /proc, and look at us from another process */
#else
static const bool possible = true;
#endif

void sandbox_enter(const struct sandbox *box, struct buf *lacks)
{
	if (!possible)
		buf_adds(lacks, "all of it (a build for sanitizers)");
	for (const struct sandbox_layer *layer = sandbox_layers; possible && layer->name; layer++) {
		int err = layer->enter(box);

		if (err)
			buf_addf(lacks, "%s%s (%s)", lacks->len ? ", " : "", layer->name, strerror(-err));
	}
}
