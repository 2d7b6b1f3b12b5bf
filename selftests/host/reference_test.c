// SPDX-License-Identifier: GPL-2.0-or-later
/* Image references: every rule of the grammar and of the normalisation has rows on both sides of it. */
// links: userspace/oci/reference.c userspace/util/digest.c userspace/util/hex.c userspace/util/error.c userspace/util/mem.c
// libs: -lmd
#include "test.h"

#include "oci/reference.h"
#include "util/error.h"

#include <stdlib.h>

#define D63 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"
#define D64 D63 "f"
#define A63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A127 A63 "a" A63
#define HUB "docker.io/library/"

static const struct {
	const char *input, *text;
} valid[] = {
	/* the registry nobody names */
	{ "alpine", HUB "alpine:latest" },
	{ "alpine:3.18", HUB "alpine:3.18" },
	{ "a", HUB "a:latest" },
	{ "0", HUB "0:latest" },
	{ "2048", HUB "2048:latest" },
	{ "latest:latest", HUB "latest:latest" },
	{ "user/app", "docker.io/user/app:latest" },
	{ "user/app:2", "docker.io/user/app:2" },
	{ "library/alpine", HUB "alpine:latest" },
	{ "a/b/c/d/e", "docker.io/a/b/c/d/e:latest" },
	{ "docker.io/alpine", HUB "alpine:latest" },
	{ "docker.io/alpine:3", HUB "alpine:3" },
	{ "docker.io/library/alpine", HUB "alpine:latest" },
	{ "docker.io/user/app", "docker.io/user/app:latest" },
	{ "docker.io/a/b/c", "docker.io/a/b/c:latest" },
	{ "index.docker.io/alpine", HUB "alpine:latest" },
	{ "index.docker.io/user/app:1", "docker.io/user/app:1" },
	{ "docker.io", HUB "docker.io:latest" },		/* no slash: no registry */
	{ "index.docker.io", HUB "index.docker.io:latest" },
	{ "docker.io/docker.io", HUB "docker.io:latest" },
	{ "docker.io:443/alpine", "docker.io:443/alpine:latest" },	/* another registry */
	{ "library", HUB "library:latest" },
	/* is the first part a registry? */
	{ "localhost", HUB "localhost:latest" },
	{ "localhost:5000", HUB "localhost:5000" },
	{ "localhost/app", "localhost/app:latest" },
	{ "localhost/a/b", "localhost/a/b:latest" },
	{ "localhost:5000/app", "localhost:5000/app:latest" },
	{ "localhost:443/app", "localhost:443/app:latest" },
	{ "localhosts/app", "docker.io/localhosts/app:latest" },
	{ "myhost/app", "docker.io/myhost/app:latest" },
	{ "myhost:80/app", "myhost:80/app:latest" },
	{ "my.host/app", "my.host/app:latest" },
	{ "my-host/app", "docker.io/my-host/app:latest" },
	{ "EXAMPLE/app", "EXAMPLE/app:latest" },
	{ "eXample/app", "eXample/app:latest" },
	{ "LOCALHOST/app", "LOCALHOST/app:latest" },
	{ "Example.COM/app", "Example.COM/app:latest" },
	{ "a.b/c", "a.b/c:latest" },
	{ "1.2/c", "1.2/c:latest" },
	{ "a-b.c-d.e/f", "a-b.c-d.e/f:latest" },
	{ "a--b.c/f", "a--b.c/f:latest" },
	{ "xn--bcher-kva.example/app", "xn--bcher-kva.example/app:latest" },
	{ "example.com/example.com/app", "example.com/example.com/app:latest" },
	{ "example.com:5000/team/app:1", "example.com:5000/team/app:1" },
	{ "example.com:0/app", "example.com:0/app:latest" },
	{ "example.com:65536/app", "example.com:65536/app:latest" },	/* the grammar knows digits only */
	{ "127.0.0.1:5000/app:v1", "127.0.0.1:5000/app:v1" },
	{ "127.9.8.7/app", "127.9.8.7/app:latest" },
	{ "128.0.0.1/app", "128.0.0.1/app:latest" },
	{ "127.0.0.1.example.com/app", "127.0.0.1.example.com/app:latest" },
	{ "localhost.example.com/app", "localhost.example.com/app:latest" },
	/* IPv6 */
	{ "[::1]/app", "[::1]/app:latest" },
	{ "[::1]:5000/app", "[::1]:5000/app:latest" },
	{ "[::1]:5000/app:x", "[::1]:5000/app:x" },
	{ "[2001:db8::1]:5000/a/b:c", "[2001:db8::1]:5000/a/b:c" },
	{ "[2001:DB8::A]/a", "[2001:DB8::A]/a:latest" },
	{ "[1:2:3:4:5:6:7:8]/a@sha256:" D64, "[1:2:3:4:5:6:7:8]/a@sha256:" D64 },
	/* components and their separators */
	{ "a.b", HUB "a.b:latest" },
	{ "a_b", HUB "a_b:latest" },
	{ "a__b", HUB "a__b:latest" },
	{ "a-b", HUB "a-b:latest" },
	{ "a----b", HUB "a----b:latest" },
	{ "x/a.b_c__d-e--f/g0.1", "docker.io/x/a.b_c__d-e--f/g0.1:latest" },
	{ "example.com:5000/a__b/c-d--e/f.g:T_a.g-1", "example.com:5000/a__b/c-d--e/f.g:T_a.g-1" },
	{ D63, HUB D63 ":latest" },
	{ D64 "0", HUB D64 "0:latest" },
	{ "library/" D64, HUB D64 ":latest" },
	{ "example.com/" D64, "example.com/" D64 ":latest" },
	{ D64 ":tag", HUB D64 ":tag" },
	/* tags */
	{ "app:_x", HUB "app:_x" },
	{ "app:0", HUB "app:0" },
	{ "app:A.b-C_d", HUB "app:A.b-C_d" },
	{ "app:a..--__", HUB "app:a..--__" },
	{ "app:a" A127, HUB "app:a" A127 },
	{ "app:" D64, HUB "app:" D64 },
	{ "example.com/app:example.com", "example.com/app:example.com" },
	/* digests; a tag beside one is read, and forgotten */
	{ "alpine@sha256:" D64, HUB "alpine@sha256:" D64 },
	{ "alpine:3@sha256:" D64, HUB "alpine@sha256:" D64 },
	{ "localhost:5000/app:v@sha256:" D64, "localhost:5000/app@sha256:" D64 },
	{ "a.b/c@sha512:" D64 D64, "a.b/c@sha512:" D64 D64 },
	{ "a.b/c:d@sha512:" D64 D64, "a.b/c@sha512:" D64 D64 },
	{ D64 "@sha256:" D64, HUB D64 "@sha256:" D64 },
	/* lengths: 255 of the repository, its registry apart */
	{ "example.com/" A127 "/" A127, "example.com/" A127 "/" A127 ":latest" },
	{ A63 "." A63 "." A63 "." A63 "/a", A63 "." A63 "." A63 "." A63 "/a:latest" },
};

static const struct {
	const char *input, *why;
} invalid[] = {
	{ "", "empty" },
	{ " ", "a blank" },
	{ ":", "a colon" },
	{ "@", "an at" },
	{ "/", "a slash" },
	{ "//", "two slashes" },
	{ ".", "a point" },
	{ "..", "two points" },
	{ D64, "a bare id" },
	{ "Alpine", "upper case in the name" },
	{ "Alpine:tag", "upper case in the name before a tag" },
	{ "user/App", "upper case in a component" },
	{ "example.com/Team/app", "upper case in a component behind a registry" },
	{ "EXAMPLE/App", "upper case on both sides" },
	{ "-alpine", "component begins with a dash" },
	{ "alpine-", "component ends with a dash" },
	{ "_alpine", "component begins with an underscore" },
	{ "alpine_", "component ends with an underscore" },
	{ ".alpine", "component begins with a point" },
	{ "alpine.", "component ends with a point" },
	{ "a..b", "two dots" },
	{ "a___b", "three underscores" },
	{ "a._b", "mixed separators" },
	{ "a-.b", "a dash and a point" },
	{ "a_-b", "an underscore and a dash" },
	{ "a//b", "empty component" },
	{ "a/", "ends with a slash" },
	{ "/a", "begins with a slash" },
	{ "example.com/", "a registry alone" },
	{ "example.com//a", "an empty component behind a registry" },
	{ "docker.io/", "docker.io alone" },
	{ "a b", "a blank inside" },
	{ " a", "a blank before" },
	{ "a ", "a blank behind" },
	{ "a\tb", "a tab" },
	{ "a\n", "newline" },
	{ "a+b", "a plus" },
	{ "a~b", "a tilde" },
	{ "a*", "an asterisk" },
	{ "a\\b", "a backslash" },
	{ "\xc3\xa4pfel", "letters beyond ASCII" },
	{ "a/\xe2\x98\x83", "a snowman" },
	{ "b\xc3\xbc" "cher.example/a", "a registry beyond ASCII" },
	{ "alpine:", "empty tag" },
	{ "alpine:-a", "tag begins with a dash" },
	{ "alpine:.a", "tag begins with a dot" },
	{ "alpine:a b", "space in the tag" },
	{ "alpine:a/b", "slash in the tag" },
	{ "alpine:a+b", "plus in the tag" },
	{ "alpine:a" A127 "b", "tag of 129 characters" },
	{ "alpine:a:b", "two tags" },
	{ "alpine:@sha256:" D64, "empty tag before a digest" },
	{ ":tag", "a tag alone" },
	{ "@sha256:" D64, "a digest alone" },
	{ "sha256:" D64 "@sha256:" D64 ":tag", "a tag behind the digest" },
	{ "alpine@", "empty digest" },
	{ "alpine@sha256", "an algorithm alone" },
	{ "alpine@sha256:", "digest without digits" },
	{ "alpine@:" D64, "digest without an algorithm" },
	{ "alpine@sha256:0123", "short digest" },
	{ "alpine@sha256:" D63, "digest of 63 digits" },
	{ "alpine@sha256:" D64 "0", "long digest" },
	{ "alpine@sha512:" D64, "sha512 of sha256's length" },
	{ "alpine@sha256:" D63 "F", "upper case in the digest" },
	{ "alpine@SHA256:" D64, "upper case in the algorithm" },
	{ "alpine@sha256:" D63 "g", "a digit that is none" },
	{ "alpine@sha256:../../../../../../../../../../../../../../../../../../../etc/a", "a path as digest" },
	{ "alpine@sha256:" D64 "\n", "newline behind the digest" },
	{ "alpine@md5:0123456789abcdef0123456789abcdef", "an algorithm we do not have" },
	{ "alpine@sha384:" D64 "0123456789abcdef0123456789abcdef", "another" },
	{ "alpine@sha256:" D64 "@sha256:" D64, "two digests" },
	{ "exa_mple.com/app", "underscore in the host" },
	{ "-a.com/app", "host begins with a dash" },
	{ "a-.com/app", "label ends with a dash" },
	{ "a..com/app", "empty label" },
	{ ".com/app", "host begins with a point" },
	{ "com./app", "host ends with a point" },
	{ ":80/app", "a port alone" },
	{ "a.com:/app", "empty port" },
	{ "a.com:x/app", "port that is no number" },
	{ "a.com:-1/app", "negative port" },
	{ "a.com:80:80/app", "two ports" },
	{ "[]/app", "empty brackets" },
	{ "[]:80/app", "empty brackets with a port" },
	{ "[::1", "bracket that does not close, alone" },
	{ "[::1]", "an address alone" },
	{ "[::1/app", "bracket that does not close" },
	{ "::1/app", "address without brackets" },
	{ "[::1]x/app", "garbage after the bracket" },
	{ "[::1]:/app", "empty port after the bracket" },
	{ "[fe80::1%eth0]/app", "zone in the address" },
	{ "[::g]/app", "a digit that is none in the address" },
	{ "[::127.0.0.1]/app", "IPv4 in IPv6" },
	{ "[[::1]]/app", "two brackets" },
	{ "http://a.com/app", "a URL" },
	{ "docker://alpine", "a transport" },
	{ "user@a.com/app", "a user" },
	{ "user:pass@a.com/app", "credentials" },
	{ "a.com/../app", "dots as a component" },
	{ "a.com/./app", "a dot as a component" },
	{ "a.com/app%2f", "percent" },
	{ "a.com/app?x=y", "a query" },
	{ "a.com/app#x", "a fragment" },
	{ "a.com/a" A127 "/" A127, "repository of 256 characters" },
	{ A63 "." A63 "." A63 "." A63 "a/a", "registry of 256 characters" },
};

static const struct {
	const char *input, *says;
} texts[] = {
	{ "Alpine", "must be lower-case: \"library/Alpine\"" },
	{ D64, "an id, not a name" },
	{ "alpine:-", "not a tag: \"-\"" },
	{ "alpine@sha256:0", "not a digest: \"sha256:0\"" },
	{ "alpine@md5:0123456789abcdef0123456789abcdef", "algorithm not supported" },
	{ "a_.com/x", "not a registry host: \"a_.com\"" },
	{ "a..b", "invalid image reference \"a..b\"" },
	{ "a.com/a" A127 "/" A127, "longer than 255" },
};

static const struct {
	const char *input, *domain, *path;
} locations[] = {
	{ "example.com", "example.com", "" },
	{ "example.com:5000/a/b", "example.com:5000", "a/b" },
	{ "internal", "internal", "" },			/* always the host, whatever it looks like */
	{ "internal/team", "internal", "team" },
	{ "[::1]:5000/a", "[::1]:5000", "a" },
	{ "index.docker.io/a", "docker.io", "a" },
	{ "registry-1.docker.io", "docker.io", "" },
	{ "https://example.com", NULL, NULL },
	{ "example.com/", NULL, NULL },
	{ "example.com/A", NULL, NULL },
	{ "example.com/a:b", NULL, NULL },
	{ "*.example.com", NULL, NULL },
	{ "", NULL, NULL },
};

static const struct {
	const char *host;
	bool loopback;
} hosts[] = {
	{ "localhost", true }, { "localhost:5000", true }, { "LOCALHOST", true }, { "127.0.0.1", true }, { "127.255.255.254:1", true },
	{ "[::1]", true }, { "[::1]:80", true }, { "[0:0:0:0:0:0:0:1]", true },
	{ "128.0.0.1", false }, { "126.255.255.255", false }, { "0.0.0.0", false }, { "[::2]", false }, { "[::]", false },
	{ "localhost.example.com", false }, { "127.0.0.1.example.com", false }, { "example.com:127", false }, { "127.1", false },
	{ "2130706433", false }, { "0177.0.0.1", false }, { "", false }, { "[::1", false }, { "[::ffff:127.0.0.1]", false },
};

static void check_valid(size_t i)
{
	struct reference ref, again;

	if (!ok(!reference_parse(valid[i].input, &ref), "accepts %.60s", valid[i].input)) {
		note("%s", err_text());
		return;
	}
	ok_str(ref.text, valid[i].text, "normal form of %.60s", valid[i].input);
	ok(!reference_parse(ref.text, &again) && !strcmp(again.text, ref.text), "which is its own");
	reference_clean(&again);
	reference_clean(&ref);
}

static void check_texts(void)
{
	struct reference ref;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		reference_parse(texts[i].input, &ref);
		if (!ok(strstr(err_text(), texts[i].says), "says: %s", texts[i].says))
			note("%s", err_text());
	}
}

static void check_locations(void)
{
	for (size_t i = 0; i < sizeof(locations) / sizeof(locations[0]); i++) {
		char *domain = NULL, *path = NULL;

		reference_location(locations[i].input, &domain, &path);
		ok_str(domain, locations[i].domain, "host of %s", locations[i].input);
		ok_str(path, locations[i].path, "path of %s", locations[i].input);
		free(domain);
		free(path);
	}
}

int main(void)
{
	struct reference ref;

	for (size_t i = 0; i < sizeof(valid) / sizeof(valid[0]); i++)
		check_valid(i);
	for (size_t i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++) {
		int err = reference_parse(invalid[i].input, &ref);

		ok(err < 0 && err_text()[0], "refuses %s", invalid[i].why);
		if (!err)
			reference_clean(&ref);
	}
	check_texts();
	check_locations();
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
		ok_num(host_is_loopback(hosts[i].host), hosts[i].loopback, "this machine itself: %s", hosts[i].host);
	ok_str(domain_host("docker.io"), "registry-1.docker.io", "docker.io's host");
	ok_str(domain_host("localhost:5000"), "localhost:5000", "any other's");
	return done();
}
