// SPDX-License-Identifier: GPL-2.0-or-later
/* The guest's config.json: what init reads of it, what it refuses, and that hyphactl's bundle is read as meant. */
// links: initramfs/config.c initramfs/json.c userspace/image/bundle.c userspace/image/cpio.c
// links: userspace/util/buf.c userspace/util/mem.c userspace/util/error.c userspace/util/file.c userspace/util/hex.c
// libs: -ljansson
#include "../../initramfs/config.h"
#include "../../initramfs/json.h"
#include "image/bundle.h"
#include "util/error.h"

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#define PROCESS "\"process\":{\"args\":[\"sh\"]}"

static const struct {
	const char *text;
	bool good;
	const char *belief;
} texts[] = {
	{ "{\"version\":1," PROCESS "}", true, "the least there may be" },
	{ "{\"version\":1," PROCESS ",\"new\":{\"a\":[1,null,{}]}}", true, "unknown members are ignored" },
	{ " \n\t{ \"version\" : 1 , " PROCESS " } \r\n", true, "white space anywhere" },
	{ "{\"version\":2," PROCESS "}", false, "another version" },
	{ "{" PROCESS "}", false, "no version" },
	{ "{\"version\":\"1\"," PROCESS "}", false, "version as a string" },
	{ "{\"version\":1}", false, "no process" },
	{ "{\"version\":1,\"process\":{\"args\":[]}}", false, "no command" },
	{ "{\"version\":1,\"process\":{\"args\":[1]}}", false, "a number as argument" },
	{ "{\"version\":1,\"process\":{\"args\":[\"sh\"],\"env\":[{}]}}", false, "an object in env" },
	{ "{\"version\":1," PROCESS ",\"stop\":{\"signal\":\"SIGNOT\"}}", false, "an unknown stop signal" },
	{ "{\"version\":1," PROCESS ",\"stop\":{\"grace\":-1}}", false, "a negative grace time" },
	{ "{\"version\":1," PROCESS ",\"root\":{\"superblock\":\"00\"}}", false, "a short superblock" },
	{ "{\"version\":1," PROCESS ",\"network\":[]}", true, "no interface" },
	{ "{\"version\":1," PROCESS ",\"network\":[{\"mac\":\"02:00:00:00:00:01\"}]}", true, "an interface with a MAC alone" },
	{ "{\"version\":1," PROCESS ",\"network\":[{\"mac\":\"02:00:00:00:00:01\",\"mtu\":9000,\"addresses\":[\"10.0.0.5\",\"fd00::5/128\"],\"gateways\":[\"10.0.0.1\"],\"new\":1},{\"mac\":\"02:00:00:00:00:01\"}]}", true, "two interfaces" },
	{ "{\"version\":1," PROCESS ",\"network\":[{}]}", false, "an interface without MAC" },
	{ "{\"version\":1," PROCESS ",\"network\":[1]}", false, "a number as interface" },
	{ "{\"version\":1," PROCESS ",\"network\":[{\"mac\":\"02:00:00:00:00\"}]}", false, "a short MAC" },
	{ "{\"version\":1," PROCESS ",\"network\":[{\"mac\":\"02:00:00:00:00:01:\"}]}", false, "a long MAC" },
	{ "{\"version\":1," PROCESS ",\"network\":[{\"mac\":\"02-00-00-00-00-01\"}]}", false, "a MAC with dashes" },
	{ "{\"version\":1," PROCESS ",\"network\":[{\"mac\":\"02:00:00:00:00:0G\"}]}", false, "a MAC with another letter" },
	{ "{\"version\":1," PROCESS ",\"network\":[{\"mac\":\"02:00:00:00:00:01\",\"mtu\":65536}]}", false, "an MTU beyond 16 bits" },
	{ "{\"version\":1," PROCESS ",\"network\":[{\"mac\":\"02:00:00:00:00:01\",\"mtu\":-1}]}", false, "a negative MTU" },
	{ "{\"version\":1," PROCESS ",\"network\":[{\"mac\":\"02:00:00:00:00:01\",\"addresses\":[\"10.0.0.5/33\"]}]}", false, "an IPv4 prefix of 33 bits" },
	{ "{\"version\":1," PROCESS ",\"network\":[{\"mac\":\"02:00:00:00:00:01\",\"addresses\":[\"fd00::5/129\"]}]}", false, "an IPv6 prefix of 129 bits" },
	{ "{\"version\":1," PROCESS ",\"network\":[{\"mac\":\"02:00:00:00:00:01\",\"addresses\":[\"10.0.0.5/\"]}]}", false, "a prefix without length" },
	{ "{\"version\":1," PROCESS ",\"network\":[{\"mac\":\"02:00:00:00:00:01\",\"addresses\":[\"10.0.0\"]}]}", false, "a short IPv4 address" },
	{ "{\"version\":1," PROCESS ",\"network\":[{\"mac\":\"02:00:00:00:00:01\",\"addresses\":[\"fd00:::5\"]}]}", false, "no IPv6 address" },
	{ "{\"version\":1," PROCESS ",\"network\":[{\"mac\":\"02:00:00:00:00:01\",\"addresses\":[5]}]}", false, "a number as address" },
	{ "{\"version\":1," PROCESS ",\"network\":[{\"mac\":\"02:00:00:00:00:01\",\"gateways\":[\"\"]}]}", false, "an empty gateway" },
	{ "{\"version\":1," PROCESS "} x", false, "something after the end" },
	{ "{\"version\":1," PROCESS ",}", false, "a trailing comma" },
	{ "{\"version\":01," PROCESS "}", false, "a leading zero" },
	{ "{\"version\":1.0," PROCESS "}", false, "a fraction" },
	{ "{\"version\":99999999999999999999," PROCESS "}", false, "a number beyond 64 bits" },
	{ "{\"version\":1,\"process\":{\"args\":[\"a\\u0000b\"]}}", false, "a NUL in a string" },
	{ "{\"version\":1,\"process\":{\"args\":[\"a\nb\"]}}", false, "a raw newline in a string" },
	{ "{\"version\":1,\"process\":{\"args\":[\"\\ud800\"]}}", false, "half a surrogate pair" },
	{ "{\"version\":1,\"process\":{\"args\":[\"\\x\"]}}", false, "an unknown escape" },
	{ "{\"version\":1,\"process\":{\"args\":[\"\\u12\"]}}", false, "a cut escape" },
	{ "[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]", false, "nested too deep" },
	{ "", false, "nothing" },
	{ "\"", false, "a lone quote" },
	{ "\"\\", false, "a lone backslash" },
};

static void run_texts(void)
{
	char why[WHY_MAX];
	struct config c;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		bool good = !config_parse(texts[i].text, strlen(texts[i].text), &c, why);

		ok(good == texts[i].good, "%s is %s", texts[i].belief, texts[i].good ? "read" : "refused");
		if (good)
			config_clean(&c);
	}
}

static void run_strings(void)
{
	static const char text[] = "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\", \"\\u0041\\u00e9\\u20AC\\ud83d\\ude00\", \"\303\251\"]";
	size_t at;
	struct json *j = json_parse(text, sizeof(text) - 1, &at);

	if (!ok(j && j->type == JSON_ARRAY, "an array of strings is read"))
		return;
	ok_str(j->child->string, "\"\\/\b\f\n\r\t", "short escapes");
	ok_str(j->child->next->string, "A\303\251\342\202\254\360\237\230\200", "code points become UTF-8");
	ok_str(j->child->next->next->string, "\303\251", "UTF-8 is kept");
	json_free(j);
}

static const struct {
	const char *name;
	int number;
} signals[] = {
	{ "SIGTERM", 15 }, { "TERM", 15 }, { "sigterm", 15 }, { "15", 15 }, { "SIGKILL", 9 }, { "SIGQUIT", 3 }, { "SIGWINCH", 28 },
	{ "SIGUSR1", 10 }, { "SIGRTMIN+3", 37 }, { "RTMIN", 34 }, { "SIGRTMAX-1", 63 }, { "64", 64 },
	{ "0", -1 }, { "65", -1 }, { "-9", -1 }, { "", -1 }, { "SIG", -1 }, { "SIGTERM+1", -1 }, { "SIGRTMIN-1", -1 },
	{ "SIGRTMIN+31", -1 }, { "9x", -1 }, { "SIGT", -1 }, { "99999999999", -1 },
};

static void run_signals(void)
{
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		ok_num(config_signal(signals[i].name), signals[i].number, "signal \"%s\"", signals[i].name);
}

/* The data of the only file in a newc archive. */
static char *only_file(int fd, const char *name, size_t *len)
{
	struct stat st;
	char *all, *data;

	if (fd < 0 || fstat(fd, &st))
		return NULL;
	all = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (all == MAP_FAILED || strncmp(all, "070701", 6) || strcmp(all + 110, name))
		return NULL;
	sscanf(all + 54, "%8zx", len);
	data = all + ((110 + strlen(name) + 1 + 3) & ~3UL);
	return data;
}

static void put(const char *path, size_t len, const char *head)
{
	char buf[200] = "";
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	for (size_t i = 0; i < sizeof(buf); i++)
		buf[i] = i;
	memcpy(buf, head, strlen(head));
	if (write(fd, buf, len) != (ssize_t)len)
		abort();
	close(fd);
}

/* Whatever it says then, it is read or refused: the sanitizers watch the rest. */
static void damage(const char *text, size_t len)
{
	static const char bytes[] = "\"\\{}[],:u0-\377";
	char *copy = malloc(len);
	size_t good = 0, bad = 0;

	for (size_t at = 0; at < len; at++) {
		for (size_t b = 0; b < sizeof(bytes); b++) {
			char why[WHY_MAX];
			struct config c;
			int err;

			memcpy(copy, text, len);
			copy[at] = bytes[b];
			err = config_parse(copy, len, &c, why);
			*(err ? &bad : &good) += 1;
			if (!err)
				config_clean(&c);
		}
	}
	free(copy);
	ok(good && bad > good, "damaged at any byte it is read or refused: %zu and %zu times", good, bad);
}

static bool same(const struct net_address *a, int family, int plen, const char *bytes)
{
	return a->family == family && a->plen == plen && !memcmp(a->bytes, bytes, family == AF_INET ? 4 : 16);
}

static void run_bundle(void)
{
	struct bundle b = {
		.hostname = "web", .squashfs = "image", .workdir = "/srv", .user = "33:adm", .stop_signal = "SIGINT", .stop_grace = 7,
		.args = (char *[]){ "sh", "-c", "echo \"\303\251\t\\\"\n", "", NULL }, .env = (char *[]){ "A=1", "B=\001\"", NULL },
		.open_stdin = true, .nameservers = (char *[]){ "10.75.0.1", "fd00::1", NULL },
	};
	static const uint8_t mac[6] = { 2, 0, 0xab, 0, 0, 9 };
	char why[WHY_MAX] = "";
	struct config c;
	size_t len = 0;
	char *text;
	int fd;

	b.nic = &(struct bundle_nic) {
		.mac = "02:00:ab:00:00:09", .mtu = 1400, .addresses = (char *[]){ "10.75.0.5/32", "fd00::5/128", NULL },
		.gateways = (char *[]){ "10.75.0.1", "fd00::1", NULL },
	};
	put("image", 200, "hsqs");
	fd = bundle_config_cpio(&b);
	text = only_file(fd, "config.json", &len);
	if (!ok(text, "the bundle is a cpio with config.json"))
		return;
	ok(fcntl(fd, F_GET_SEALS) == (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE), "the memfd is sealed");
	if (!ok(!config_parse(text, len, &c, why), "init reads what hyphactl wrote"))
		return note("%s", why);
	ok_str(c.hostname, "web", "host name");
	ok(c.has_root && c.superblock[0] == 'h' && c.superblock[95] == 95, "superblock");
	ok(!strcmp(c.args[2], b.args[2]) && !strcmp(c.args[3], "") && !c.args[4], "arguments");
	ok(!strcmp(c.env[1], "B=\001\"") && !c.env[2], "environment");
	ok_str(c.cwd, "/srv", "working directory");
	ok_str(c.user, "33:adm", "user");
	ok(!c.terminal && c.open_stdin, "console mode");
	ok(c.stop_signal == 2 && c.grace == 7, "stop");
	ok(!strcmp(c.dns[1], "fd00::1") && !c.dns[2], "name servers");
	ok(c.nr_networks == 1 && !memcmp(c.networks[0].mac, mac, 6) && c.networks[0].mtu == 1400, "interface");
	ok(c.networks[0].nr_addresses == 2 && same(&c.networks[0].addresses[0], AF_INET, 32, "\x0a\x4b\0\5") &&
	   same(&c.networks[0].addresses[1], AF_INET6, 128, "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\5"), "its addresses");
	ok(c.networks[0].nr_gateways == 2 && same(&c.networks[0].gateways[0], AF_INET, 32, "\x0a\x4b\0\1"), "its gateways");

	for (size_t cut = 0; cut < len; cut++) {
		struct config d;

		if (!config_parse(text, cut, &d, why)) {
			ok(false, "cut at byte %zu it is refused", cut);
			return;
		}
	}
	ok(true, "cut at any byte it is refused");
	config_clean(&c);
	damage(text, len);
	close(fd);
}

static void run_bundle_refusals(void)
{
	struct bundle b = { .args = (char *[]){ "sh", NULL } };

	ok(bundle_config_cpio(&b) >= 0, "without a root disk it is written");
	b.squashfs = "image";
	put("image", 95, "hsqs");
	ok_num(bundle_config_cpio(&b), -EINVAL, "an image of 95 bytes");
	put("image", 200, "hsqX");
	ok_num(bundle_config_cpio(&b), -EINVAL, "an image that is no squashfs");
	b.squashfs = "none";
	ok_num(bundle_config_cpio(&b), -ENOENT, "an image that is not there");
	b.squashfs = NULL;
	b.args = (char *[]){ "a\377", NULL };
	ok_num(bundle_config_cpio(&b), -EILSEQ, "an argument that is not UTF-8");
	b.args = (char *[]){ NULL };
	ok_num(bundle_config_cpio(&b), -EINVAL, "no command");
	ok_num(bundle_init_cpio("none"), -ENOENT, "an init that is not there");
	ok_num(bundle_init_cpio("image"), -ENOEXEC, "an init that is no program");
	ok(bundle_init_cpio("/proc/self/exe") >= 0 || strstr(err_text(), "larger"), "an init that is one");
}

/* init.cpio beside init is taken as it is, unless init is the newer one. */
static void run_init(void)
{
	struct utimbuf older = { 1000, 1000 };
	struct stat st;
	size_t len;
	int fd;

	put("init", 100, "\177ELF");
	fd = bundle_init_cpio("init");
	ok(only_file(fd, "init", &len) && len == 100 && fcntl(fd, F_GET_SEALS) > 0, "init alone is made an initrd part");
	close(fd);
	put("init.cpio", 200, "0707");
	fd = bundle_init_cpio("init");
	ok(fd >= 0 && !fstat(fd, &st) && st.st_size == 200, "a ready one is used");
	close(fd);
	utime("init.cpio", &older);
	fd = bundle_init_cpio("init");
	ok(only_file(fd, "init", &len) && len == 100, "but not one older than init");
	close(fd);
	put("init.cpio", 0, "");
	fd = bundle_init_cpio("init");
	ok(only_file(fd, "init", &len) && len == 100, "nor one that cannot hold it");
	close(fd);
	unlink("init.cpio");
}

int main(void)
{
	run_texts();
	run_strings();
	run_signals();
	run_bundle();
	run_bundle_refusals();
	run_init();
	return done();
}
