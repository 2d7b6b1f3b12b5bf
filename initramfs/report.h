/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells the host how the command fares, by whatever channel this machine has. */
#ifndef INIT_REPORT_H
#define INIT_REPORT_H

/* The command runs. */
void report_ready(void);
/* The command has ended, with 0..255. Must come before powering off. */
void report_exit(int code);

#endif
