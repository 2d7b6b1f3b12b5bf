/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chooses the modules a guest kernel needs and packs them, with their list, for the guest's init. */
#ifndef HYPHA_IMAGE_MODULES_H
#define HYPHA_IMAGE_MODULES_H

#include "util/buf.h"

/**
 * modules_pack() - the modules part of the initrd
 * @dir: with modules.dep and modules.builtin, e.g. /lib/modules/6.1.0-56-cloud-amd64
 * @out: gets the cpio; stays empty if the kernel has all that is wanted built in
 * Return: 0, or -errno with err_text().
 */
int modules_pack(const char *dir, struct buf *out);

#endif
