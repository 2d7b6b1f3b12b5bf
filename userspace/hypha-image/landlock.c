// SPDX-License-Identifier: GPL-2.0-or-later
/* Landlock (Documentation/userspace-api/landlock.rst): nothing is opened, made, moved or removed outside the places. */
#include "hypha-image/sandbox.h"

#include "util/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define ABI_REFER 2			/* the first by which files may be moved between directories at all */
#define ABI_TRUNCATE 3
#define ABI_IOCTL_DEV 5
#define ACCESS_TRUNCATE (1ULL << 14)	/* younger than the headers this is built with */
#define ACCESS_IOCTL_DEV (1ULL << 15)

#define READ_A_FILE LANDLOCK_ACCESS_FS_READ_FILE
#define WRITE_A_FILE (READ_A_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | ACCESS_TRUNCATE)
#define READ_BELOW (READ_A_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
/* Files and directories: no links, devices, sockets, fifos. */
#define WRITE_BELOW (READ_BELOW | WRITE_A_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | \
		     LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REFER)

/* All this kernel can refuse. */
static uint64_t handled(int abi)
{
	uint64_t all = LANDLOCK_ACCESS_FS_REFER | (LANDLOCK_ACCESS_FS_REFER - 1);

	return all | (abi >= ABI_TRUNCATE ? ACCESS_TRUNCATE : 0) | (abi >= ABI_IOCTL_DEV ? ACCESS_IOCTL_DEV : 0);
}

static int allow(int ruleset, const struct place *place, uint64_t known)
{
	auto_close int fd = open(place->path, O_PATH | O_CLOEXEC);
	struct landlock_path_beneath_attr rule = { .parent_fd = fd };
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return -errno;
	if (S_ISDIR(st.st_mode))
		rule.allowed_access = known & (place->write ? WRITE_BELOW : READ_BELOW);
	else
		rule.allowed_access = known & (place->write ? WRITE_A_FILE : READ_A_FILE);
	return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) ? -errno : 0;
}

int landlock_enter(const struct sandbox *box)
{
	int abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	struct landlock_ruleset_attr attr = { .handled_access_fs = handled(abi) };
	auto_close int ruleset = -1;

	if (abi < ABI_REFER)
		return abi < 0 ? -errno : -EOPNOTSUPP;
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr.handled_access_fs), 0);
	if (ruleset < 0)
		return -errno;
	for (size_t i = 0; i < box->places.nr; i++) {
		int err = allow(ruleset, &box->places.list[i], attr.handled_access_fs);

		if (err)
			return err;
	}
	return syscall(SYS_landlock_restrict_self, ruleset, 0) ? -errno : 0;
}
