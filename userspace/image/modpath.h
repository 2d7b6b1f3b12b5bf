/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the modules of a kernel are, and whether they are still the same. */
#ifndef HYPHA_IMAGE_MODPATH_H
#define HYPHA_IMAGE_MODPATH_H

/* The directories in which there may be modules for the releases of @kernel, the first first. Free with strv_free(). */
char **modules_roots(const char *kernel);
/* Where the modules of @release are: beside the kernel (as in a package's tree), else in /lib/modules. NULL: nowhere. Owned. */
char *modules_find(const char *kernel, const char *release);
/* A text that changes whenever depmod ran in @dir; "-" for NULL. Owned. */
char *modules_stamp(const char *dir);

#endif
