/* SPDX-License-Identifier: GPL-2.0-only */
/* The doors of the module: /dev/hypha and the netlink family. */
#ifndef HYPHA_CTL_CTL_H
#define HYPHA_CTL_CTL_H

struct hypha_create;
struct hypha_guest_spec;
struct hypha_reason;

int hypha_chardev_init(void);
void hypha_chardev_exit(void);

int hypha_netlink_init(void);
void hypha_netlink_exit(void);

/* Copy and check what HYPHA_CREATE was given; clean gives files and memory back (and takes a zeroed spec). */
int hypha_spec_load(struct hypha_guest_spec *spec, const struct hypha_create *arg, struct hypha_reason *reason);
void hypha_spec_clean(struct hypha_guest_spec *spec);

#endif
