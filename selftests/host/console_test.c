/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What attach does to bytes: the encoding for a guest without terminal, and the keys that detach. */
// links: userspace/hyphactl/feed.c userspace/hyphactl/terminal.c userspace/util/buf.c userspace/util/error.c userspace/util/mem.c
#include "hyphactl/feed.h"
#include "hyphactl/terminal.h"

#include "test.h"
#include "util/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

static bool is(const struct buf *b, const char *want, size_t len)
{
	return b->len == len && !memcmp(buf_str(b), want, len);
}

#define IS(b, text) is(b, text, sizeof(text) - 1)

static void check_bytes(void)
{
	static const struct { const char *in; size_t len; const char *out; size_t out_len; const char *why; } cases[] = {
#define C(in, out, why) { in, sizeof(in) - 1, out, sizeof(out) - 1, why }
		C("abc", "abc\004", "a chunk is flushed"),
		C("abc\n", "abc\n", "a newline flushes: VEOF after it would be the end"),
		C("a\nb", "a\nb\004", "what follows a newline is flushed"),
		C("\n", "\n", "a newline alone"),
		C("\004", "\026\004\004", "VEOF is escaped"),
		C("\026", "\026\026\004", "VLNEXT is escaped"),
		C("\003\032\034\177\0x", "\003\032\034\177\0x\004", "nothing else is"),
		C("", "", "nothing is nothing"),
#undef C
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct feed f = { 0 };
		auto_buf out = BUF_INIT;

		feed_data(&f, cases[i].in, cases[i].len, &out);
		ok(is(&out, cases[i].out, cases[i].out_len), "feed: %s", cases[i].why);
	}
}

/* A chunk: what lies between two flushes. */
static size_t longest_chunk(const struct buf *b)
{
	size_t longest = 0, n = 0;

	for (size_t i = 0; i < b->len; i++) {
		n++;
		if (b->data[i] == '\026') {
			n++, i++;
			continue;
		}
		if (b->data[i] == '\004' || b->data[i] == '\n') {
			longest = n > longest ? n : longest;
			n = 0;
		}
	}
	return n ? SIZE_MAX : longest;
}

static void check_chunks(void)
{
	static char big[10000];
	struct feed f = { 0 };
	auto_buf out = BUF_INIT;

	memset(big, 'x', sizeof(big));
	feed_data(&f, big, sizeof(big), &out);
	ok_num(longest_chunk(&out), FEED_CHUNK, "feed: chunks are as long as allowed, and all are flushed");
	buf_reset(&out);
	memset(big, 4, sizeof(big));
	feed_data(&f, big, sizeof(big), &out);
	ok(longest_chunk(&out) <= FEED_CHUNK, "feed: escapes count");
	buf_reset(&out);
	feed_end(&f, &out);
	ok(IS(&out, "\004"), "feed: the end is one VEOF after a flush");
}

static void check_pty(void)
{
	static const char sent[] = "one\ntwo \004\026\003 three";
	struct feed f = { 0 };
	auto_buf out = BUF_INIT;
	char got[100];
	struct termios t;
	size_t n = 0;
	ssize_t len;
	int master = posix_openpt(O_RDWR | O_NOCTTY), tty;

	if (master < 0 || grantpt(master) || unlockpt(master) || (tty = open(ptsname(master), O_RDWR | O_NOCTTY)) < 0) {
		skip("feed: through a tty", "no pty here");
		return;
	}
	tcgetattr(tty, &t);	/* as architecture.md wants it: canonical, VEOF and VLNEXT only */
	cfmakeraw(&t);
	t.c_lflag |= ICANON | IEXTEN;
	memset(t.c_cc, _POSIX_VDISABLE, sizeof(t.c_cc));
	t.c_cc[VEOF] = 4;
	t.c_cc[VLNEXT] = 026;
	tcsetattr(tty, TCSANOW, &t);
	feed_data(&f, sent, sizeof(sent) - 1, &out);
	feed_end(&f, &out);
	ok(write(master, out.data, out.len) == (ssize_t)out.len, "feed: a tty takes it");
	while ((len = read(tty, got + n, sizeof(got) - n)) > 0)
		n += len;
	ok(!len && n == sizeof(sent) - 1 && !memcmp(got, sent, n), "feed: through a tty, bytes and end arrive unchanged");
	close(tty);
	close(master);
}

static void check_keys(void)
{
	static const struct { const char *text; int err; const char *seq; } cases[] = {
		{ "ctrl-]", 0, "\035" }, { "Ctrl-p,ctrl-Q", 0, "\020\021" }, { "^]", 0, "\035" }, { "^a,d", 0, "\001d" },
		{ "x", 0, "x" }, { "none", 0, "" }, { "", 0, "" }, { ",", 0, "," },
		{ "ctrl-", -EINVAL, NULL }, { "ctrl-]]", -EINVAL, NULL }, { "ctrl-1", -EINVAL, NULL }, { "ab", -EINVAL, NULL },
		{ "a,b,c,d,e,f,g,h,i", -EINVAL, NULL }, { "a,", -EINVAL, NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct keys k;
		int err = keys_parse(cases[i].text, &k);

		ok_num(err, cases[i].err, "keys \"%s\"", cases[i].text);
		if (!err && cases[i].seq)
			ok(k.len == strlen(cases[i].seq) && !memcmp(k.seq, cases[i].seq, k.len), "keys \"%s\": bytes", cases[i].text);
	}
}

static void check_filter(void)
{
	auto_buf out = BUF_INIT;
	struct keys k;

	keys_parse("ctrl-p,ctrl-q", &k);
	ok(!keys_filter(&k, "ab\020", 3, &out) && IS(&out, "ab"), "filter: a begun sequence is held back");
	ok(!keys_filter(&k, "c", 1, &out) && IS(&out, "ab\020c"), "filter: and sent when it was none");
	ok(!keys_filter(&k, "\020\020", 2, &out) && IS(&out, "ab\020c\020"), "filter: it may begin again");
	ok(keys_filter(&k, "\021rest", 5, &out) && IS(&out, "ab\020c\020"), "filter: complete, over two reads");
	keys_parse("none", &k);
	buf_reset(&out);
	ok(!keys_filter(&k, "\035\020", 2, &out) && IS(&out, "\035\020"), "filter: none holds nothing");
	buf_reset(&out);
	keys_parse("ctrl-],ctrl-p", &k);
	keys_describe(&k, &out);
	ok_str(buf_str(&out), "Ctrl-] Ctrl-P", "keys are described");
}

int main(void)
{
	check_bytes();
	check_chunks();
	check_pty();
	check_keys();
	check_filter();
	return done();
}
