/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads what a Linux x86 kernel file says about itself, without trusting any of it. */
#ifndef HYPHA_IMAGE_BZIMAGE_H
#define HYPHA_IMAGE_BZIMAGE_H

#include <stdbool.h>
#include <stddef.h>

#define RELEASE_MAX 128	/* with NUL */

struct bzimage {
	const void *payload;	/* inside the image; still compressed */
	size_t payload_len;
	char release[RELEASE_MAX];	/* "" if unknown */
};

/* Return: 0, or with err_text(): -ENOEXEC no (or too old a) bzImage, -EBADMSG its header points outside the file. */
int bzimage_parse(const void *image, size_t len, struct bzimage *b);
/* A plain ELF64 for x86-64? Return: 0, or -ENOEXEC with err_text(). */
int vmlinux_check(const void *image, size_t len);
/* The release from the banner inside a vmlinux; "" if there is none. */
void vmlinux_release(const void *image, size_t len, char release[RELEASE_MAX]);

#endif
