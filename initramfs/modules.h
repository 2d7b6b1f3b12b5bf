/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loads the kernel modules of the bundle: at start, for the devices present, and when the kernel asks. */
#ifndef INIT_MODULES_H
#define INIT_MODULES_H

#include <stdbool.h>

/* Load every `boot` group; their files are removed, as nothing needs them again. Return: 0, or -1 after saying why. */
int modules_boot(void);
/* Load the `demand` groups for the devices present, in the list's order. */
void modules_coldplug(void);
/* Load the `demand` groups for one alias. Return: whether there were any. */
bool modules_demand(const char *alias);
/* Does a `demand` group's @name, a pattern in which - and _ are the same, stand for @alias? */
bool modules_match(const char *name, const char *alias);

#endif
