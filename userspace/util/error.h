/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One chained error text per thread: the place that fails sets it, callers prefix it, main prints it once. */
#ifndef HYPHA_UTIL_ERROR_H
#define HYPHA_UTIL_ERROR_H

#include <errno.h>

/* Replace the text. Return: @code (a negative errno), so that it can end a function. */
int err_set(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* As err_set(), with ": strerror(-code)" appended. A @code of 0, of what failed without an errno, is -EIO. */
int err_sys(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Put "fmt: " in front of the text. Return: @code. */
int err_in(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* What they return is said where it can be seen: the compiler, and an analyser, then knows which paths cannot be. */
#define err_set(code, ...)	({ int code_ = (code); err_set(code_, __VA_ARGS__); code_; })
#define err_sys(code, ...)	({ int code_ = (code); code_ = code_ < 0 ? code_ : -EIO; err_sys(code_, __VA_ARGS__); code_; })
#define err_in(code, ...)	({ int code_ = (code); err_in(code_, __VA_ARGS__); code_; })

/* The text, "" if none. Valid until the next call on this thread. */
const char *err_text(void);

/* Text a terminal, or JSON, may have: control characters, UTF-8's too, and what is no UTF-8 become '?'. */
void err_harmless(char *text);

#endif
