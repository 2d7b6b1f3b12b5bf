/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Variables that clean up after themselves at the end of their scope. */
#ifndef HYPHA_UTIL_CLEANUP_H
#define HYPHA_UTIL_CLEANUP_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_free(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void cleanup_file(FILE **f)
{
	if (*f)
		fclose(*f);
}

static inline void cleanup_dir(DIR **d)
{
	if (*d)
		closedir(*d);
}

#define auto_free	__attribute__((cleanup(cleanup_free)))	/* pointer, NULL or malloc()ed */
#define auto_close	__attribute__((cleanup(cleanup_close)))	/* int fd, -1 if none */
#define auto_file	__attribute__((cleanup(cleanup_file)))	/* FILE * or NULL */
#define auto_dir	__attribute__((cleanup(cleanup_dir)))	/* DIR * or NULL */

/* Hand the value on: the variable no longer owns it. */
#define take_ptr(p)	({ __typeof__(p) taken_ = (p); (p) = NULL; taken_; })
#define take_fd(fd)	({ int taken_ = (fd); (fd) = -1; taken_; })

#endif
