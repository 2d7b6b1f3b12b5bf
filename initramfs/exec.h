/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Becomes the image's command: user, environment, working directory, PATH lookup. */
#ifndef INIT_EXEC_H
#define INIT_EXEC_H

#include "config.h"

/**
 * exec_find() - where a command is
 * @path: as in $PATH; empty parts mean the working directory
 * @file: taken as it is if it has a slash
 * @out: gets the path to execute
 * Return: 0, or EXIT_NOT_FOUND or EXIT_NOT_INVOKED with errno.
 */
int exec_find(const char *path, const char *file, char *out, size_t size);
/* The command's environment: of equal names the last wins; PATH, HOSTNAME, TERM and HOME where missing. Never freed. */
char **exec_environment(const struct config *c, const char *home);
/* In the command's process, with its files as they are to be. Returns only on failure: EXIT_*, after saying why. */
int exec_command(const struct config *c);

#endif
