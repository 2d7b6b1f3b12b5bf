// SPDX-License-Identifier: GPL-2.0-or-later
/* Small files. */
#include "text.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int text_read(const char *path, char *out, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, out, size - 1);

	if (fd >= 0)
		close(fd);
	if (n < 0)
		return -1;
	if (n && out[n - 1] == '\n')
		n--;
	out[n] = '\0';
	return n;
}

int text_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));

	if (fd >= 0)
		close(fd);
	return n < 0 ? -1 : 0;
}

char *text_load(const char *path, size_t max, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	off_t size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
	char *text = size < 0 || (size_t)size > max ? NULL : malloc(size + 1);

	if (text && pread(fd, text, size, 0) != size) {
		free(text);
		text = NULL;
	}
	if (fd >= 0)
		close(fd);
	if (!text)
		return NULL;
	text[size] = '\0';
	*len = size;
	return text;
}

bool text_has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = text; (p = strstr(p, word)); p += len)
		if ((p == text || p[-1] == ' ') && (!p[len] || p[len] == ' '))
			return true;
	return false;
}
