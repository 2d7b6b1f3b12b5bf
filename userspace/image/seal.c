// SPDX-License-Identifier: GPL-2.0-or-later
/* Digests of packed images. */
#include "image/seal.h"

#include "util/cleanup.h"
#include "util/digest.h"
#include "util/error.h"
#include "util/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/types.h>
#include <sys/xattr.h>
#include <unistd.h>

#define ATTRIBUTE "user.hypha.digest"
#define PIECE (256 << 10)

static int hash(int fd, struct digest *digest)
{
	struct hasher *hasher = hasher_new(NULL);
	auto_free char *piece = mem_alloc(PIECE);
	off_t at = 0;
	ssize_t n;

	while ((n = pread(fd, piece, PIECE, at)) > 0) {
		hasher_add(hasher, piece, n);
		at += n;
	}
	hasher_end(hasher, digest);
	return n < 0 ? -errno : 0;
}

void seal(int fd)
{
	struct digest digest;

	if (!hash(fd, &digest))
		fsetxattr(fd, ATTRIBUTE, digest.text, strlen(digest.text), 0);
}

int seal_check(const char *path)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[DIGEST_TEXT] = "";
	struct digest want, got;
	int err;

	if (fd < 0)
		return err_sys(-errno, "%s", path);
	if (fgetxattr(fd, ATTRIBUTE, text, sizeof(text) - 1) < 0 || digest_parse(text, &want))
		return -ENODATA;
	err = hash(fd, &got);
	if (err)
		return err_sys(err, "%s", path);
	return digest_equal(&got, &want) ? 0 : err_set(-EBADMSG, "its bytes have %s", got.text);
}
