// SPDX-License-Identifier: GPL-2.0-or-later
/* Seals: a CRC-64 (ECMA-182), for it is against rot and not against who could write the attribute as well. */
#include "image/seal.h"

#include "util/cleanup.h"
#include "util/error.h"
#include "util/mem.h"

#include <errno.h>
#include <isa-l/crc64.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <sys/xattr.h>
#include <unistd.h>

#define ATTRIBUTE "user.hypha.crc64"
#define DIGITS 16
#define PIECE (256 << 10)

static int sum(int fd, char text[DIGITS + 1])
{
	auto_free unsigned char *piece = mem_alloc(PIECE);
	unsigned long long crc = 0;
	off_t at = 0;
	ssize_t n;

	while ((n = pread(fd, piece, PIECE, at)) > 0) {
		crc = crc64_ecma_refl(crc, piece, n);
		at += n;
	}
	snprintf(text, DIGITS + 1, "%016llx", crc);
	return n < 0 ? -errno : 0;
}

void seal(int fd)
{
	char text[DIGITS + 1];

	if (!sum(fd, text))
		fsetxattr(fd, ATTRIBUTE, text, DIGITS, 0);
}

int seal_check(int fd)
{
	char want[DIGITS + 1] = "", got[DIGITS + 1];
	int err;

	if (fgetxattr(fd, ATTRIBUTE, want, DIGITS) != DIGITS)
		return -ENODATA;
	err = sum(fd, got);
	if (err)
		return err_sys(err, "reading");
	return strcmp(got, want) ? err_set(-EBADMSG, "its bytes have the CRC %s, not %s", got, want) : 0;
}
