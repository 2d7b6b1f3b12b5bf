// SPDX-License-Identifier: GPL-2.0-or-later
/* One buffer: filled only when empty, so the slower side sets the pace. */
#include "pump.h"

#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

struct pollfd pump_poll(const struct pump *p)
{
	bool writing = p->at < p->len;

	return (struct pollfd){ .fd = writing ? p->to : p->from, .events = writing ? POLLOUT : POLLIN };
}

static void close_pump(struct pump *p)
{
	close(p->from);
	close(p->to);
	p->from = p->to = -1;
	p->at = p->len = 0;
}

static bool again(ssize_t n)
{
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

void pump_step(struct pump *p)
{
	ssize_t n;

	if (p->from < 0)
		return;
	if (p->at == p->len) {
		n = read(p->from, p->data, sizeof(p->data));
		if (again(n))
			return;
		if (n <= 0) {
			close_pump(p);
			return;
		}
		p->at = 0;
		p->len = n;
	}
	n = write(p->to, p->data + p->at, p->len - p->at);
	if (n > 0)
		p->at += n;
	else if (!again(n))
		close_pump(p);
}

void pump_finish(struct pump *p)
{
	while (p->from >= 0) {
		struct pollfd f = pump_poll(p);

		poll(&f, 1, -1);
		pump_step(p);
	}
}
