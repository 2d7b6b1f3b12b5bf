// SPDX-License-Identifier: GPL-2.0-or-later
/* Digests of packed images and layers. */
#include "image/seal.h"

#include "util/digest.h"
#include "util/error.h"

#include <errno.h>
#include <string.h>
#include <sys/xattr.h>

#define ATTRIBUTE "user.hypha.digest"

void seal(int fd)
{
	struct digest digest;

	if (!digest_of_file(fd, NULL, &digest))
		fsetxattr(fd, ATTRIBUTE, digest.text, strlen(digest.text), 0);
}

int seal_check(int fd)
{
	char text[DIGEST_TEXT] = "";
	struct digest want, got;
	int err;

	if (fgetxattr(fd, ATTRIBUTE, text, sizeof(text) - 1) < 0 || digest_parse(text, &want))
		return -ENODATA;
	err = digest_of_file(fd, NULL, &got);
	if (err)
		return err_sys(err, "reading");
	return digest_equal(&got, &want) ? 0 : err_set(-EBADMSG, "its bytes have %s", got.text);
}
