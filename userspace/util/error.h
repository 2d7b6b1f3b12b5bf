/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One chained error text per thread: the place that fails sets it, callers prefix it, main prints it once. */
#ifndef HYPHA_UTIL_ERROR_H
#define HYPHA_UTIL_ERROR_H

/* Replace the text. Return: @code (a negative errno), so that it can end a function. */
int err_set(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* As err_set(), with ": strerror(-code)" appended. */
int err_sys(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Put "fmt: " in front of the text. Return: @code. */
int err_in(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The text, "" if none. Valid until the next call on this thread. */
const char *err_text(void);

/* Text a terminal, or JSON, may have: control characters, UTF-8's too, and what is no UTF-8 become '?'. */
void err_harmless(char *text);

#endif
