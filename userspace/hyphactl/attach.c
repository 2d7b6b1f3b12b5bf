// SPDX-License-Identifier: GPL-2.0-or-later
/* Our standard input and output become a guest's console. */
#include "hyphactl/attach.h"

#include "hyphactl/command.h"
#include "hyphactl/feed.h"
#include "hyphactl/quantity.h"
#include "hyphactl/view.h"
#include "libhypha/device.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/file.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define READ_SIZE 16384
#define PENDING_MAX 4096	/* typed ahead before the guest takes it */
#define STOP_MARGIN 10		/* seconds a guest gets to power off after its grace time */
#define EVENT_WAIT 5000		/* ms between the console's end and the event of the exit */

enum { CONSOLE, EVENTS, SIGNALS, INPUT, NR_FDS };

struct session {
	struct attach *a;
	int console, signals;
	bool console_over, input_over, detached, tty;
	unsigned int interrupts;
	uint64_t kill_at;	/* ns; 0: not asked to stop */
	struct feed feed;
	struct buf out;		/* to be written to the console */
};

static bool may_send(const struct session *s)
{
	return s->a->watch->ready || s->a->eager;
}

static int open_signals(void)
{
	sigset_t set;
	int fd;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? err_sys(-errno, "signalfd") : fd;
}

static int take_output(struct session *s)
{
	char data[READ_SIZE];
	ssize_t n = read(s->console, data, sizeof(data));
	int err;

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : err_sys(-errno, "console of %s", s->a->name);
	if (!n) {
		s->console_over = true;
		return 0;
	}
	s->a->output += n;
	if (!s->a->first_output)
		s->a->first_output = quantity_now();
	err = file_write_all(STDOUT_FILENO, data, n);
	return err ? err_sys(err, "standard output (guest %s goes on)", s->a->name) : 0;
}

static void add_input(struct session *s, const char *data, size_t len)
{
	if (s->a->terminal)
		feed_typed(data, len, &s->out);
	else if (len)
		feed_data(&s->feed, data, len, &s->out);
}

static int take_input(struct session *s)
{
	auto_buf wanted = BUF_INIT;
	char data[FEED_CHUNK];
	ssize_t n = read(STDIN_FILENO, data, sizeof(data));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0) {
		s->input_over = true;	/* EIO: our terminal is gone */
		if (!s->a->terminal)
			feed_end(&s->feed, &s->out);
		return 0;
	}
	if (s->tty)
		s->detached = keys_filter(&s->a->keys, data, n, &wanted);
	else
		buf_add(&wanted, data, n);
	add_input(s, buf_str(&wanted), wanted.len);
	return 0;
}

static int send_pending(struct session *s)
{
	ssize_t n = write(s->console, s->out.data, s->out.len);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n < 0) {		/* EPIPE: it has exited; the console's end tells */
		buf_reset(&s->out);
		s->input_over = true;
		return 0;
	}
	buf_drop(&s->out, n);
	return 0;
}

/* First: ask to stop. Second: kill. A hangup leaves the guest alone. */
static int take_signal(struct session *s)
{
	struct signalfd_siginfo info;

	if (read(s->signals, &info, sizeof(info)) != sizeof(info))
		return 0;
	if (info.ssi_signo == SIGHUP) {
		s->detached = true;
		return 0;
	}
	if (s->interrupts++) {
		device_destroy(s->a->dev, s->a->watch->id);
		return 0;
	}
	fprintf(stderr, "hyphactl: stopping %s (once more: kill it)\n", s->a->name);
	s->kill_at = quantity_now() + (s->a->grace + STOP_MARGIN) * 1000000000ull;
	device_shutdown(s->a->dev, s->a->watch->id, SHUTDOWN_POWEROFF, 0);	/* fails only if it has exited */
	return 0;
}

static int take_events(struct session *s)
{
	int n = watch_step(s->a->watch);

	if (s->a->watch->ready && !s->a->ready)
		s->a->ready = quantity_now();
	return n < 0 ? n : 0;
}

static bool wants_input(const struct session *s)
{
	if (!s->a->input || s->input_over || s->console_over)
		return false;
	/* What is typed is read ahead, so that the detach keys always work; of a pipe only what can be sent is taken. */
	return s->tty ? s->out.len < PENDING_MAX : may_send(s) && !s->out.len;
}

static void fill_poll(const struct session *s, struct pollfd *fds)
{
	bool sending = s->out.len && may_send(s);

	fds[CONSOLE] = (struct pollfd) { s->console_over ? -1 : s->console, POLLIN | (sending ? POLLOUT : 0), 0 };
	fds[EVENTS] = (struct pollfd) { s->a->watch->exited ? -1 : event_fd(s->a->watch->src), POLLIN, 0 };
	fds[SIGNALS] = (struct pollfd) { s->signals, POLLIN, 0 };
	fds[INPUT] = (struct pollfd) { wants_input(s) ? STDIN_FILENO : -1, POLLIN, 0 };
}

/* ms until something must be done unasked, -1 never. */
static int timeout(const struct session *s)
{
	uint64_t now = quantity_now();

	if (s->console_over)
		return EVENT_WAIT;
	if (!s->kill_at)
		return -1;
	return s->kill_at <= now ? 0 : (int)((s->kill_at - now) / 1000000) + 1;
}

static int take_timeout(struct session *s)
{
	if (s->console_over)
		return watch_set(s->a->watch, s->a->watch->id, s->a->watch->uuid);
	if (!s->kill_at)
		return 0;
	s->kill_at = 0;
	fprintf(stderr, "hyphactl: %s did not stop in time, killing it\n", s->a->name);
	device_destroy(s->a->dev, s->a->watch->id);
	return 0;
}

static int step(struct session *s)
{
	static int (*const handlers[NR_FDS])(struct session *) = {
		[EVENTS] = take_events, [SIGNALS] = take_signal, [INPUT] = take_input,
	};
	struct pollfd fds[NR_FDS];
	int n, err = 0;

	fill_poll(s, fds);
	n = poll(fds, NR_FDS, timeout(s));
	if (n < 0)
		return errno == EINTR ? 0 : err_sys(-errno, "poll");
	if (!n)
		return take_timeout(s);
	if (fds[CONSOLE].revents & ~POLLOUT)
		err = take_output(s);
	if (!err && fds[CONSOLE].revents & POLLOUT)
		err = send_pending(s);
	for (int i = EVENTS; !err && i < NR_FDS; i++)
		if (fds[i].revents)
			err = handlers[i](s);
	return err;
}

static int loop(struct session *s)
{
	int err = 0;

	while (!err && !s->detached && !(s->console_over && s->a->watch->exited))
		err = step(s);
	if (err)
		return err;
	return s->detached ? 0 : 1;
}

/* The guest never waits for us: what it prints beyond its log before we read it is gone. */
static void tell_losses(const struct attach *a)
{
	if (a->replay && a->watch->log_bytes > a->output)
		fprintf(stderr, "hyphactl: %llu of %llu bytes of output came too fast and are lost (see log_size in hyphactl(8))\n",
			(unsigned long long)(a->watch->log_bytes - a->output), (unsigned long long)a->watch->log_bytes);
}

int attach_run(struct attach *a)
{
	struct console_mode mode = { .read = true, .write = a->input, .nonblock = true, .from_end = !a->replay };
	auto_close int console = device_console(a->dev, a->watch->id, mode);
	auto_close int signals = console < 0 ? -1 : open_signals();
	struct session s = { .a = a, .console = console, .signals = signals, .tty = isatty(STDIN_FILENO) };
	int n;

	if (console < 0)
		return console;
	if (signals < 0)
		return signals;
	if (a->terminal && a->input)
		terminal_raw(STDIN_FILENO);
	n = loop(&s);
	terminal_restore();
	buf_clean(&s.out);
	if (n == 1)
		tell_losses(a);
	return n;
}

int attach_status(const struct watch *w, const char *name)
{
	static const char *const said[] = {
		[EXIT_POWEROFF] = "powered off without an exit status",
		[EXIT_REBOOT] = "asked for a reboot and was ended",
		[EXIT_CRASH] = "crashed",
		[EXIT_KILLED] = "was killed",
		[EXIT_VANISHED] = "vanished: something else destroyed its domain",
	};

	if (w->code < 0)
		fprintf(stderr, "hyphactl: guest %s %s\n", name, w->reason <= EXIT_VANISHED ? said[w->reason] : "ended");
	return exit_status(w->reason, w->code);
}
