/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copies a small directory tree of the image, owners and modes kept. */
#ifndef INIT_COPYUP_H
#define INIT_COPYUP_H

/* A directory that will be mounted over. Return: a descriptor or -1. */
int copyup_open(const char *path);
/* Directories, links and small files below @from into @to; what fails, is large or special is left out. */
void copyup_tree(int from, const char *to);

#endif
