/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names, environment variables and the configuration file. */
// links: userspace/hyphactl/names.c userspace/hyphactl/settings.c userspace/util/conf.c userspace/util/limits.c userspace/util/strv.c userspace/util/buf.c userspace/util/file.c userspace/util/hex.c userspace/util/error.c userspace/util/mem.c
#include "hyphactl/names.h"
#include "hyphactl/settings.h"

#include "test.h"
#include "util/error.h"
#include "util/strv.h"

#include <errno.h>
#include <stdlib.h>

static void check_names(void)
{
	static const struct { const char *name; int err; } cases[] = {
		{ "web", 0 }, { "Web-1_a.b", 0 }, { "0", 0 },
		{ "123456789012345678901234567890123456789012345678901234567890123", 0 },
		{ "1234567890123456789012345678901234567890123456789012345678901234", -EINVAL },
		{ "", -EINVAL }, { "-a", -EINVAL }, { ".a", -EINVAL }, { "a b", -EINVAL }, { "a/b", -EINVAL }, { "ä", -EINVAL },
		{ "a\n", -EINVAL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ok_num(name_check(cases[i].name), cases[i].err, "name \"%.20s\"", i == 11 ? "a\\n" : cases[i].name);
}

static void check_generated(void)
{
	static const struct { const char *reference, *name; } cases[] = {
		{ "alpine", "alpine-abcdef" }, { "localhost:5000/team/web:2", "web-abcdef" },
		{ "a/b@sha256:00", "b-abcdef" }, { "UPPER case", "UPPERxcase-abcdef" }, { "a/", "xabcdef" }, { "_a", "xa-abcdef" },
		{ "x/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-abcdef" },
	};
	static const uint8_t uuid[16] = { 0xab, 0xcd, 0xef, 0x01 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *name = name_generate(cases[i].reference, uuid);

		ok_str(name, cases[i].name, "a name for %.30s", cases[i].reference);
		ok(!name_check(name), "which is a name");
		free(name);
	}
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	fputs(text, f);
	fclose(f);
}

static void check_env(void)
{
	auto_strv env = NULL;

	setenv("HERE", "from here", 1);
	unsetenv("NOTHERE");
	ok(!env_add(&env, "A=1") && !env_add(&env, "B=x=y") && !env_add(&env, "C="), "variables are taken");
	ok(!env_add(&env, "A=2") && strv_len(env) == 3, "the last one wins");
	ok_str(strv_get_env(env, "A"), "2", "in its place");
	ok_str(strv_get_env(env, "B"), "x=y", "a value may hold =");
	ok_str(strv_get_env(env, "C"), "", "a value may be empty");
	ok(!env_add(&env, "HERE") && !env_add(&env, "NOTHERE") && strv_len(env) == 4, "without value, only what is here counts");
	ok_str(strv_get_env(env, "HERE"), "from here", "and has its value");
	ok(env_add(&env, "") == -EINVAL && env_add(&env, "=x") == -EINVAL, "no name is refused");
}

static void check_env_file(void)
{
	auto_strv env = NULL;

	write_file("env", "# comment\n\nA=1\n  B=two words \nC=\r\nHERE\nNOTHERE\n#D=4\nE=last");
	ok(!env_add_file(&env, "env"), "a file of variables");
	ok_num(strv_len(env), 5, "comments, empty lines and what is not here do not count");
	ok_str(strv_get_env(env, "B"), "two words ", "blanks of the value stay");
	ok_str(strv_get_env(env, "C"), "", "a carriage return does not");
	ok_str(strv_get_env(env, "E"), "last", "the last line needs no newline");
	write_file("env", "A=1\nB AD=2\n");
	ok(env_add_file(&env, "env") == -EINVAL && strstr(err_text(), "env:2"), "a bad line is named");
	ok(env_add_file(&env, "none") == -ENOENT && strstr(err_text(), "none"), "a missing file is named");
}

static void check_settings(void)
{
	struct settings s = { 0 };

	ok(!settings_line(&s, "memory = 1G") && !strcmp(s.memory, "1G"), "a setting");
	ok(!settings_line(&s, "\tcmdline=a b = c  ") && !strcmp(s.cmdline, "a b = c"), "its value may hold blanks and =");
	ok(!settings_line(&s, "# memory = 2G") && !settings_line(&s, "") && !settings_line(&s, "   ") && !strcmp(s.memory, "1G"),
	   "comments and empty lines");
	ok(settings_line(&s, "memori = 1G") == -EINVAL && strstr(err_text(), "memori"), "an unknown key is named");
	ok(settings_line(&s, "memory") == -EINVAL, "a line without = is refused");
	free((char *)s.memory);
	free((char *)s.cmdline);
}

int main(void)
{
	check_names();
	check_generated();
	check_env();
	check_env_file();
	check_settings();
	return done();
}
