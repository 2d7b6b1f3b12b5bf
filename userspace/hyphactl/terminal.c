// SPDX-License-Identifier: GPL-2.0-or-later
/* The user's terminal. */
#include "hyphactl/terminal.h"

#include "util/error.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <termios.h>
#include <unistd.h>

static struct termios saved;
static int saved_fd = -1;

void terminal_restore(void)
{
	if (saved_fd >= 0)
		tcsetattr(saved_fd, TCSADRAIN, &saved);
	saved_fd = -1;
}

void terminal_raw(int fd)
{
	struct termios raw;

	if (tcgetattr(fd, &saved))
		return;
	raw = saved;
	cfmakeraw(&raw);
	saved_fd = fd;
	atexit(terminal_restore);
	tcsetattr(fd, TCSADRAIN, &raw);
}

/* One key of the list. Return: its byte or -EINVAL. */
static int parse_key(const char *text, size_t len)
{
	size_t prefix = 0;

	if (len == 1)
		return (unsigned char)*text;
	if (len == 6 && !strncasecmp(text, "ctrl-", 5))
		prefix = 5;
	else if (len == 2 && *text == '^')
		prefix = 1;
	if (!prefix || !((text[prefix] >= '@' && text[prefix] <= '_') || islower((unsigned char)text[prefix])))
		return -EINVAL;
	return toupper((unsigned char)text[prefix]) & 0x1f;
}

int keys_parse(const char *text, struct keys *keys)
{
	const char *p = text;

	*keys = (struct keys) { .len = 0 };
	if (!*text || !strcmp(text, "none"))
		return 0;
	for (;;) {
		size_t len = *p == ',' && (!p[1] || p[1] == ',') ? 1 : strcspn(p, ",");
		int key = parse_key(p, len);

		if (key < 0 || keys->len == KEYS_MAX)
			return err_set(-EINVAL, "detach keys \"%s\" cannot be understood; write ctrl-], ctrl-p,ctrl-q or none", text);
		keys->seq[keys->len++] = (char)key;
		p += len;
		if (!*p)
			return 0;
		p++;
	}
}

void keys_describe(const struct keys *keys, struct buf *out)
{
	for (size_t i = 0; i < keys->len; i++) {
		unsigned char c = keys->seq[i];

		buf_addf(out, "%s%s%c", i ? " " : "", c < ' ' ? "Ctrl-" : "", c < ' ' ? c + '@' : c);
	}
}

bool keys_filter(struct keys *k, const char *data, size_t len, struct buf *out)
{
	for (; len--; data++) {
		if (k->len && *data != k->seq[k->matched] && k->matched) {
			buf_add(out, k->seq, k->matched);
			k->matched = 0;
		}
		if (k->len && *data == k->seq[k->matched]) {
			if (++k->matched == k->len)
				return true;
			continue;
		}
		buf_addc(out, *data);
	}
	return false;
}
