/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the root disk by what is on it, whatever the hypervisor calls it. */
#ifndef INIT_DISKS_H
#define INIT_DISKS_H

#include "config.h"

#define DISK_PATH_MAX 280

/**
 * disks_find_root() - the disk that begins with the given superblock
 * @superblock: of the image
 * @uevents: from uevent_open(), opened before any driver was loaded; or -1
 * @path: gets e.g. /dev/xvda
 * Return: 0, or -1 if none has appeared after a bounded wait, which has been said.
 */
int disks_find_root(const uint8_t superblock[SUPERBLOCK_LEN], int uevents, char path[DISK_PATH_MAX]);

#endif
