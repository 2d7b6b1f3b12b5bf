/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's console: which terminal it is, how it is set, and what init says on it. */
#ifndef INIT_CONSOLE_H
#define INIT_CONSOLE_H

#include <stdbool.h>

enum {
	EXIT_HYPHA = 125,	/* this side failed */
	EXIT_NOT_INVOKED = 126,
	EXIT_NOT_FOUND = 127,
};

/* Open the active console (/dev must be there) and make it 0, 1 and 2. Without one init stays silent and runs all the same. */
void console_open(void);
/* The same terminal once more, with its own O_NONBLOCK. Return: a descriptor or -1. */
int console_reopen(int flags);
/* One line on the console, after "hypha: ". */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Make it process 1's controlling terminal: then no hangup takes its last output when the command ends. */
void console_control(void);
/* A byte pipe; with @input a canonical reader whose only special characters are VEOF and VLNEXT: see docs/architecture.md. */
void console_raw(bool input);
/* Wait until everything written has left. */
void console_drain(void);
/* Keep the kernel's messages off the console, or at least those a quiet boot would not print. */
void console_quiet(void);
/* Also the line about powering down. */
void console_silence(void);

#endif
