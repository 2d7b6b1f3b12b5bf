/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which guest a name or prefix means, and the records of guests on disk. */
// links: userspace/hyphactl/lookup.c userspace/hyphactl/record.c userspace/hyphactl/settings.c userspace/util/conf.c userspace/util/limits.c userspace/hyphactl/view.c userspace/hyphactl/quantity.c userspace/libhypha/device.c userspace/libhypha/guest.c userspace/libhypha/guest_attrs.c userspace/libhypha/genl.c userspace/util/buf.c userspace/util/error.c userspace/util/file.c userspace/util/hex.c userspace/util/mem.c
// libs: -ljansson -I/usr/include/libnl3 -lnl-genl-3 -lnl-3
#include "hyphactl/lookup.h"
#include "hyphactl/record.h"
#include "hyphactl/settings.h"
#include "hyphactl/view.h"

#include "test.h"
#include "util/buf.h"
#include "util/error.h"
#include "util/file.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define A "aaaa0000-0000-4000-8000-000000000000"
#define B "aaaa1000-0000-4000-8000-000000000000"
#define C "cccc0000-0000-4000-8000-000000000000"
#define D "dddd0000-0000-4000-8000-000000000000"

static json_t *make(const char *uuid, const char *name, const char *state)
{
	return json_pack("{s:s, s:s, s:s}", "uuid", uuid, "name", name, "state", state);
}

static void check_match(void)
{
	static const struct { const char *ref; int want; } cases[] = {
		{ A, 0 }, { "aaaa0", 0 }, { "AAAA1", 1 }, { "c", 2 }, { "web", 1 }, { "aaaa", 2 }, { C, 2 },
		{ "a", -ENOTUNIQ }, { "aaa", -ENOTUNIQ }, { "we", -ENOENT }, { "", -ENOENT }, { "zzzz", -ENOENT },
	};
	struct known all[] = {
		{ .view = make(A, "web", "exited") },
		{ .view = make(B, "web", "running"), .living = true },
		{ .view = make(C, "aaaa", "running"), .living = true },	/* a name like a prefix of two others */
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ok_num(known_match(cases[i].ref, all, 3), cases[i].want, "guest \"%s\"", cases[i].ref);
	known_match("aaa", all, 3);
	ok(strstr(err_text(), A) && strstr(err_text(), B) && !strstr(err_text(), C), "the matches of an ambiguous one are listed");
	known_match("nobody", all, 3);
	ok(strstr(err_text(), "nobody") != NULL, "an unknown one is named");
	for (size_t i = 0; i < 3; i++)
		known_clean(&all[i]);
}

static void check_records(void)
{
	json_t *running = make(A, "web", "running"), *exited = make(A, "web", "exited"), *back, *all;
	auto_buf log = BUF_INIT;
	char *path = record_log_path(A);
	struct stat st;

	ok(!record_load(A), "records: none at first");
	ok(!record_add(A, running), "records: add");
	back = record_load(A);
	ok_str(view_text(back, "state"), "running", "records: it is there");
	ok(*view_text(back, "boot") != '\0', "records: and says in which boot it was made");
	json_decref(back);
	ok(!record_finish(A, exited, "hello\n", 6), "records: finish");
	ok(!record_add(A, running), "records: a late add is no error");
	back = record_load(A);
	ok_str(view_text(back, "state"), "exited", "records: and changes nothing");
	json_decref(back);
	ok(!file_read(path, 100, &log) && !strcmp(buf_str(&log), "hello\n"), "records: the log is kept");
	ok(!stat(path, &st) && (st.st_mode & 0777) == 0600, "records: for root alone");
	ok(!record_finish(B, exited, "", 0), "records: finish without add");
	all = record_list();
	ok_num(json_array_size(all), 1, "records: one that lies about its uuid does not count");
	json_decref(all);
	ok(!record_remove(A) && !record_load(A) && !record_remove(A), "records: remove, twice");
	free(path);
	json_decref(running);
	json_decref(exited);
}

static void check_debris(void)
{
	json_t *all;

	file_mkdirs("guests/" C, 0700);
	file_mkdirs("guests/.new-abcdef", 0700);
	file_mkdirs("guests/nonsense", 0700);
	file_write_atomic("guests/" C "/guest.json", "{\"uuid\":", 8, 0600);
	all = record_list();
	ok_num(json_array_size(all), 0, "records: what is half there does not count");
	json_decref(all);
	ok(!access("guests/" C "/guest.json", F_OK), "records: and stays, who knows what it is");
}

/* ext4 may keep the directory's new name and none of the file's bytes. */
static void check_power_loss(void)
{
	file_mkdirs("guests/" A, 0700);
	file_mkdirs("guests/" D, 0700);
	file_write_atomic("guests/" A "/guest.json", "", 0, 0600);
	file_write_atomic("guests/" D "/log", "hello\n", 6, 0600);
	json_decref(record_list());
	ok(access("guests/" A, F_OK) && access("guests/" D, F_OK), "records: what the power took leaves nothing");
}

static void check_half_removed(void)
{
	json_t *exited = make(A, "web", "exited");

	record_finish(A, exited, "hello\n", 6);
	file_mkdirs("guests/.new-0-" A, 0700);
	file_write_atomic("guests/.new-0-" A "/log", "hello\n", 6, 0600);
	json_decref(record_list());
	ok(access("guests/.new-0-" A, F_OK), "records: what is half removed goes");
	ok(!access("guests/" A "/log", F_OK), "records: and nothing else");
	ok(!record_remove(A) && access("guests/" A, F_OK), "records: removed");
	json_decref(exited);
}

int main(void)
{
	settings.root = ".";
	check_match();
	check_records();
	check_debris();
	check_power_loss();
	check_half_removed();
	return done();
}
