/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small files of one line, as in /proc and /sys, and the words in them. */
#ifndef INIT_TEXT_H
#define INIT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* The file without its last newline, NUL-terminated, cut at @size. Return: its length, or -1. */
int text_read(const char *path, char *out, size_t size);
/* Return: 0, or -1. */
int text_write(const char *path, const char *text);
/* A whole file of at most @max bytes, malloc()ed. Return: it, NUL-terminated, or NULL. */
char *text_load(const char *path, size_t max, size_t *len);
/* Is @word one of the words of @text, which are separated by spaces? */
bool text_has_word(const char *text, const char *word);

#endif
