/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration file: lines of `key = value`, under headings of the form [section] or [section "name"], and comments,
 * which begin with #. Who reads it takes what is for it; all know which sections there are.
 */
#ifndef HYPHA_UTIL_CONF_H
#define HYPHA_UTIL_CONF_H

#define CONF_FILE "/etc/hypha/hypha.conf"

/* Valid during the call only. A heading is told by itself: key and value are NULL then. */
struct conf_line {
	const char *file;
	int line;
	const char *section;		/* "" before the first heading */
	const char *name;		/* "" if it has none */
	const char *key, *value;
};

/* Return: 0, or -errno with err_text(), to which file and line are added. */
typedef int conf_take(void *arg, const struct conf_line *line);

/* $HYPHA_CONF, else CONF_FILE. */
const char *conf_path(void);
/* Read a file line by line; its absence is no error. Return: 0, or -errno with err_text(): the first that is wrong. */
int conf_read(const char *path, conf_take *take, void *arg);
/* As above from text, which is changed. @path is for errors. */
int conf_parse(char *text, const char *path, conf_take *take, void *arg);

#endif
