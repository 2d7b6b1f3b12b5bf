// SPDX-License-Identifier: GPL-2.0-or-later
/* The console: an honest printer, and a dishonest one. */
#include "guest.h"

struct console_ring *console;

static void put_some(const char *data, u32 len)
{
	u32 prod = console->out_prod, i;

	mb();
	for (i = 0; i < len; i++)
		console->out[(prod + i) % sizeof(console->out)] = data[i];
	mb();
	STORE(console->out_prod, prod + len);
	notify(boot->console_port);
}

u64 console_write(const char *data, u64 len)
{
	u64 done = 0, give_up = now() + 5000 * MS;

	while (done < len && now() < give_up) {
		u32 space = sizeof(console->out) - (console->out_prod - READ(console->out_cons));

		if (!space || space > sizeof(console->out)) {
			wait_port(boot->console_port, MS);
			continue;
		}
		if (space > len - done)
			space = len - done;
		put_some(data + done, space);
		done += space;
		give_up = now() + 5000 * MS;
	}
	return done;
}

static void say_line(const char *prefix, const char *fmt, va_list args)
{
	char line[256];
	int n = format(line, sizeof(line), "%s", prefix);

	n += vformat(line + n, sizeof(line) - n - 1, fmt, args);
	line[n++] = '\n';
	console_write(line, n);
}

void say(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say_line("hostile: ", fmt, args);
	va_end(args);
}

void finding(const char *fmt, ...)
{
	va_list args;

	findings++;
	if (findings > 50)	/* enough is enough */
		return;
	va_start(args, fmt);
	say_line("FINDING: ", fmt, args);
	va_end(args);
}

/* size=BYTES of numbered lines as fast as they go. */
static void flood(void)
{
	u64 size = word("size", 12 << 20), done = 0, line = 0;
	static char chunk[2048];

	while (done < size) {
		u64 n = 0;

		while (n + 64 < sizeof(chunk))
			n += format(chunk + n, sizeof(chunk) - n, "flood %u ..............................\n", line++);
		if (console_write(chunk, n) != n) {
			finding("the console stopped draining after %u bytes", done);
			return;
		}
		done += n;
	}
	say("flooded %u bytes", done);
}

/* One byte and one event at a time: the dearest way to print. */
static void drip(void)
{
	u64 i, count = word("count", 20000);

	for (i = 0; i < count; i++)
		if (console_write(i % 64 ? "." : "\n", 1) != 1) {
			finding("the console stopped draining after %u bytes", i);
			return;
		}
	say("dripped %u bytes", count);
}

/* Indices that cannot be; then honest again: it need not work, but dom0 must live. */
static void wild_indices(void)
{
	u32 i, out_prod, in_cons;

	for (i = 0; i < word("count", 2000); i++) {
		out_prod = console->out_prod;
		in_cons = console->in_cons;
		STORE(console->out_prod, out_prod + 2049 + random64() % 0xfffff000);
		STORE(console->in_cons, in_cons - 1025 - random64() % 0xfffff000);
		STORE(console->out_cons, random64());
		STORE(console->in_prod, random64());
		notify(boot->console_port);
		if (i % 16 == 0)
			wait_port(boot->console_port, MS);
		/* Pretend that all was taken, wherever the backend thinks it is. */
		STORE(console->out_cons, console->out_prod);
		STORE(console->in_cons, READ(console->in_prod));
		notify(boot->console_port);
	}
	wait_port(boot->console_port, 100 * MS);
	say("indices were wild");
}

/* The largest lie that is no lie: a full ring, announced again and again. */
static void always_full(void)
{
	u64 end = now() + word("seconds", 3) * 1000 * MS, n = 0;

	memset(console->out, '#', sizeof(console->out));
	while (now() < end) {
		STORE(console->out_prod, READ(console->out_cons) + sizeof(console->out));
		if (n++ % 64 == 0)
			notify(boot->console_port);
	}
	wait_port(boot->console_port, 200 * MS);
	say("the ring was always full");
}

/* Never takes its input; lives for a while, so that somebody can type. */
static void no_input(void)
{
	u64 end = now() + word("seconds", 10) * 1000 * MS;

	say("not listening");
	while (now() < end)
		wait_port(boot->store_port, 100 * MS);
	say("in_prod - in_cons = %u", (u64)(READ(console->in_prod) - console->in_cons));
	if (console->in_prod - console->in_cons > sizeof(console->in))
		finding("the input ring was overrun");
}

const struct mode console_modes[] = {
	{ "console-flood", flood },
	{ "console-drip", drip },
	{ "console-index", wild_indices },
	{ "console-full", always_full },
	{ "console-deaf", no_input },
	{ }
};
