// SPDX-License-Identifier: GPL-2.0-or-later
/* Progress: what a terminal, a file and a program get to see. */
// links: userspace/util/progress.c userspace/util/error.c userspace/util/mem.c userspace/util/buf.c
// libs: -ljansson
#include "test.h"

#include "util/progress.h"

#include <fcntl.h>
#include <pty.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#define NR 20
#define ROWS 8
#define COLUMNS 50

static struct progress_item items[NR];
static int screen;
static char seen[65536];

static void fill_items(void)
{
	for (int i = 0; i < NR; i++)
		items[i] = (struct progress_item){
			.kind = "layer", .digest = "sha256:0123456789abcdef0123456789abcdef", .size = 5 << 20,
			.state = i < 5 ? PROGRESS_DONE : i < 8 ? PROGRESS_DOWNLOADING : PROGRESS_WAITING, .done = i << 18,
		};
}

/* What was drawn since the last call. */
static const char *look(void)
{
	size_t len = 0;
	ssize_t n;

	while (len < sizeof(seen) - 1 && (n = read(screen, seen + len, sizeof(seen) - 1 - len)) > 0)
		len += n;
	seen[len] = '\0';
	return seen;
}

static int count(const char *text, const char *what)
{
	int n = 0;

	for (; (text = strstr(text, what)); text++)
		n++;
	return n;
}

static size_t widest(const char *text)
{
	size_t most = 0, len;

	for (; *text; text += len + !!text[len]) {
		len = strcspn(text, "\n");
		if (len > most)
			most = len;
	}
	return most;
}

static bool open_terminal(void)
{
	struct winsize ws = { .ws_row = ROWS, .ws_col = COLUMNS };
	struct termios raw;
	int terminal;

	if (openpty(&screen, &terminal, NULL, NULL, &ws) || tcgetattr(terminal, &raw))
		return false;
	cfmakeraw(&raw);
	tcsetattr(terminal, TCSANOW, &raw);
	fcntl(screen, F_SETFL, O_NONBLOCK);
	setenv("TERM", "xterm", 1);
	return dup2(terminal, STDERR_FILENO) == STDERR_FILENO;
}

static void check_terminal(void)
{
	struct progress p;
	char up[16];

	fill_items();
	progress_init(&p, PROGRESS_AUTO);
	progress_items(&p, items, NR, false);
	ok_num(count(look(), "\n"), ROWS - 1, "no more lines than the terminal has");
	ok_num(count(seen, "downloading"), 3, "those under way are among them");
	ok(widest(seen) < COLUMNS + strlen("\033[K\033[J"), "no line is broken");
	progress_items(&p, items, NR, false);
	ok_str(look(), "", "not redrawn at once");
	p.last_ms = 0;
	progress_items(&p, items, NR, false);
	sprintf(up, "\033[%dA", ROWS - 1);
	ok(!strncmp(look(), up, strlen(up)), "redrawn in place");
	progress_line(&p, "a line");
	ok(strstr(look(), "\033[J") && strstr(seen, "\033[Ja line\n"), "a line wipes them, and stays");
	progress_status(&p, "status %d", 1);
	progress_items(&p, items, NR, true);
	ok_num(count(look(), "\n"), NR, "in the end all of them stay");
	ok(strstr(seen, "\rstatus 1\033[K\r\033[K"), "but no status line");
	progress_end(&p);
	ok_str(look(), "", "nor are they wiped");
}

static void check_lines(void)
{
	struct progress p;

	fill_items();
	progress_init(&p, PROGRESS_PLAIN);
	progress_status(&p, "status");
	progress_items(&p, items, NR, false);
	progress_items(&p, items, NR, true);
	ok_num(count(look(), "layer sha256:0123456789ab: 5.0 MiB\n"), 5, "plain: a line for each that is done, once");
	ok(!strchr(seen, '\033'), "and nothing of a terminal");
	fill_items();
	progress_init(&p, PROGRESS_JSON);
	progress_items(&p, items, NR, false);
	items[10].state = PROGRESS_HERE;
	items[5].done++;
	progress_items(&p, items, NR, false);
	ok_num(count(look(), "{\"schema\":1,\"event\":\"blob\""), NR + 1, "JSON: all, then changes of state; bytes not yet");
	ok(strstr(seen, "\"state\":\"here\",\"current\":2621440,\"total\":5242880}\n"), "with their bytes");
	progress_line(&p, "a \"line\"\n");
	ok_str(look(), "{\"schema\":1,\"event\":\"message\",\"text\":\"a \\\"line\\\"?\"}\n", "a line is one line");
	progress_line(&p, "caf\xc3\xa9 \xc2\x9b" "2J \xff \x1b[0m \xed\xa0\x80");
	ok_str(look(), "{\"schema\":1,\"event\":\"message\",\"text\":\"caf\xc3\xa9 ??2J ? ?[0m ???\"}\n", "nothing a terminal would obey");
	progress_init(&p, PROGRESS_NONE);
	progress_line(&p, "a line");
	progress_status(&p, "status");
	progress_items(&p, items, NR, true);
	progress_end(&p);
	ok_str(look(), "", "none is nothing");
}

static void check_words(void)
{
	enum progress_format format;

	ok(!progress_parse("json", &format) && format == PROGRESS_JSON, "a word is understood");
	ok_str(progress_word(format), "json", "and said");
	ok(progress_parse("xml", &format), "another is not");
}

int main(void)
{
	if (!ok(open_terminal(), "a terminal"))
		return done();
	check_terminal();
	check_lines();
	check_words();
	return done();
}
