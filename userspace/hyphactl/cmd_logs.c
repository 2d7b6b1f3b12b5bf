// SPDX-License-Identifier: GPL-2.0-or-later
/* hyphactl logs: what a guest has written to its console. */
#include "hyphactl/command.h"
#include "hyphactl/lookup.h"
#include "hyphactl/quantity.h"
#include "hyphactl/record.h"
#include "libhypha/device.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

static struct {
	bool follow, timestamps;
	const char *tail;
} o;

static const struct option_def options[] = {
	{ 'f', "follow", OPT_FLAG, &o.follow, NULL, "go on until the guest exits", NULL },
	{ 'n', "tail", OPT_TEXT, &o.tail, "LINES", "only the last ones, or all", NULL },
	{ 't', "timestamps", OPT_FLAG, &o.timestamps, NULL, "with -f: say when each line arrived here", NULL },
	{ 0, NULL, OPT_FLAG, NULL, NULL, NULL, NULL },
};

/* Where output goes: with a stamp at the start of each line that arrives, "-" where it did before we listened. */
struct sink {
	bool stamps, old, inside_line;
};

static int put(struct sink *s, const char *data, size_t len)
{
	auto_buf out = BUF_INIT;
	char now[QUANTITY_TEXT] = "-";
	int err;

	if (!s->old)
		quantity_format_time(quantity_now(), now);
	for (; len--; data++) {
		if (s->stamps && !s->inside_line)
			buf_addf(&out, "%s ", now);
		buf_addc(&out, *data);
		s->inside_line = *data != '\n';
	}
	err = file_write_all(STDOUT_FILENO, buf_str(&out), out.len);
	return err ? err_sys(err, "standard output") : 0;
}

/* Where the last @lines lines begin. */
static size_t tail_start(const char *data, size_t len, uint64_t lines)
{
	size_t at = len;

	if (!lines)
		return len;
	if (at && data[at - 1] == '\n')
		at--;
	while (at && !(data[at - 1] == '\n' && !--lines))
		at--;
	return at;
}

/* All that is there now. Return: 1 there may be more, 0 the end, -errno. */
static int drain(int fd, struct buf *out)
{
	for (;;) {
		ssize_t n = read(fd, buf_reserve(out, 65536), 65536);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 1 : err_sys(-errno, "console");
		out->len += n;
		if (!n)
			return 0;
	}
}

static int follow(int fd, struct sink *s)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int more = 1;

	s->old = false;
	while (more > 0) {
		auto_buf data = BUF_INIT;
		int err;

		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			return err_sys(-errno, "poll");
		more = drain(fd, &data);
		err = put(s, buf_str(&data), data.len);
		if (err)
			return err;
	}
	return more;
}

static int print_tail(struct sink *s, const struct buf *log, uint64_t lines)
{
	size_t from = tail_start(buf_str(log), log->len, lines);

	return put(s, buf_str(log) + from, log->len - from);
}

static int from_kernel(const struct known *k, uint64_t lines)
{
	struct sink s = { .stamps = o.timestamps, .old = true };
	auto_close int dev = device_open();
	auto_close int fd = dev < 0 ? dev : device_console(dev, k->id, (struct console_mode) { .read = true, .nonblock = true });
	auto_buf log = BUF_INIT;
	int more, err;

	if (fd < 0)
		return fd;
	more = drain(fd, &log);
	if (more < 0)
		return more;
	err = print_tail(&s, &log, lines);
	return err || !more || !o.follow ? err : follow(fd, &s);
}

static int from_record(const struct known *k, uint64_t lines)
{
	struct sink s = { .stamps = o.timestamps, .old = true };
	auto_free char *path = record_log_path(known_uuid(k));
	auto_buf log = BUF_INIT;
	int err = file_read(path, 64 << 20, &log);

	if (err == -ENOENT)
		return err_set(err, "guest %s has %s; its log was not saved", known_name(k),
			       k->state == GUEST_VANISHED ? "vanished" : "exited");
	return err ? err : print_tail(&s, &log, lines);
}

static int run(int argc, char **argv)
{
	uint64_t lines = UINT64_MAX;
	auto_known k = { 0 };
	int err = 0;

	(void)argc;
	if (o.timestamps && !o.follow)
		return err_set(-EINVAL, "--timestamps needs --follow: the log keeps no times, lines are stamped as they arrive");
	if (o.tail && strcmp(o.tail, "all"))
		err = quantity_count("--tail", o.tail, 0, UINT32_MAX, &lines);
	if (!err)
		err = known_find(argv[0], &k);
	if (err)
		return err;
	err = k.id ? from_kernel(&k, lines) : -ENOENT;
	return err == -ENOENT ? from_record(&k, lines) : err;	/* it may have been moved there just now */
}

const struct command cmd_logs = {
	.name = "logs", .args = "[OPTIONS] GUEST", .summary = "Print what a guest has written to its console.",
	.options = options, .min_args = 1, .max_args = 1, .run = run,
};
