/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Process 1's work while the command runs and when it has ended. */
#ifndef INIT_REAP_H
#define INIT_REAP_H

#include "config.h"

/* From here on signals wait until reap_run() takes them. */
void reap_block_signals(void);
/* Start the command and wait for its end, reaping everything. Return: its exit code, 128+n if signal n ended it. */
int reap_run(const struct config *c, int uevents);
/* End all other processes, report @code and switch the machine off (or restart it, if that was asked for). */
void reap_power_off(int code) __attribute__((noreturn));

#endif
