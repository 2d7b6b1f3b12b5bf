// SPDX-License-Identifier: GPL-2.0-or-later
/* Image references: every rule of the grammar and of the normalisation has a row. */
// links: userspace/oci/reference.c userspace/util/digest.c userspace/util/hex.c userspace/util/error.c userspace/util/mem.c
// libs: -lmd
#include "test.h"

#include "oci/reference.h"
#include "util/error.h"

#include <stdlib.h>

#define D64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define A127 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
	const char *input, *text, *host;
	const char *scheme;
} valid[] = {
	{ "alpine", "docker.io/library/alpine:latest", "registry-1.docker.io", "https" },
	{ "alpine:3.18", "docker.io/library/alpine:3.18", "registry-1.docker.io", "https" },
	{ "user/app", "docker.io/user/app:latest", "registry-1.docker.io", "https" },
	{ "docker.io/alpine", "docker.io/library/alpine:latest", "registry-1.docker.io", "https" },
	{ "index.docker.io/alpine", "docker.io/library/alpine:latest", "registry-1.docker.io", "https" },
	{ "index.docker.io/user/app:1", "docker.io/user/app:1", "registry-1.docker.io", "https" },
	{ "docker.io/library/alpine", "docker.io/library/alpine:latest", "registry-1.docker.io", "https" },
	{ "localhost/app", "localhost/app:latest", "localhost", "http" },
	{ "localhost:5000/app", "localhost:5000/app:latest", "localhost:5000", "http" },
	{ "localhost:443/app", "localhost:443/app:latest", "localhost:443", "https" },
	{ "localhost:5000", "docker.io/library/localhost:5000", "registry-1.docker.io", "https" },
	{ "127.0.0.1:5000/app:v1", "127.0.0.1:5000/app:v1", "127.0.0.1:5000", "http" },
	{ "127.9.8.7/app", "127.9.8.7/app:latest", "127.9.8.7", "http" },
	{ "128.0.0.1/app", "128.0.0.1/app:latest", "128.0.0.1", "https" },
	{ "127.0.0.1.example.com/app", "127.0.0.1.example.com/app:latest", "127.0.0.1.example.com", "https" },
	{ "localhost.example.com/app", "localhost.example.com/app:latest", "localhost.example.com", "https" },
	{ "[::1]:5000/app", "[::1]:5000/app:latest", "[::1]:5000", "http" },
	{ "[::1]/app", "[::1]/app:latest", "[::1]", "http" },
	{ "[2001:db8::1]:5000/a/b:c", "[2001:db8::1]:5000/a/b:c", "[2001:db8::1]:5000", "https" },
	{ "quay.io/org/team/app", "quay.io/org/team/app:latest", "quay.io", "https" },
	{ "EXAMPLE/app", "EXAMPLE/app:latest", "EXAMPLE", "https" },
	{ "example.com:5000/a__b/c-d--e/f.g:T_a.g-1", "example.com:5000/a__b/c-d--e/f.g:T_a.g-1", "example.com:5000", "https" },
	{ "alpine@sha256:" D64, "docker.io/library/alpine@sha256:" D64, "registry-1.docker.io", "https" },
	{ "alpine:3@sha256:" D64, "docker.io/library/alpine@sha256:" D64, "registry-1.docker.io", "https" },
	{ "a.b/c@sha512:" D64 D64, "a.b/c@sha512:" D64 D64, "a.b", "https" },
	{ "app:_x", "docker.io/library/app:_x", "registry-1.docker.io", "https" },
	{ "app:a" A127, "docker.io/library/app:a" A127, "registry-1.docker.io", "https" },
	{ "a/b/c/d/e", "docker.io/a/b/c/d/e:latest", "registry-1.docker.io", "https" },
	{ D64 "0", "docker.io/library/" D64 "0:latest", "registry-1.docker.io", "https" },
};

static const struct {
	const char *input, *why;
} invalid[] = {
	{ "", "empty" },
	{ D64, "a bare id" },
	{ "Alpine", "upper case in the name" },
	{ "user/App", "upper case in a component" },
	{ "-alpine", "component begins with a dash" },
	{ "alpine-", "component ends with a dash" },
	{ "a..b", "two dots" },
	{ "a___b", "three underscores" },
	{ "a._b", "mixed separators" },
	{ "a//b", "empty component" },
	{ "a/", "ends with a slash" },
	{ "/a", "begins with a slash" },
	{ "alpine:", "empty tag" },
	{ "alpine:-a", "tag begins with a dash" },
	{ "alpine:.a", "tag begins with a dot" },
	{ "alpine:a b", "space in the tag" },
	{ "alpine:a" A127 "b", "tag of 129 characters" },
	{ "alpine:a:b", "two tags" },
	{ "alpine@", "empty digest" },
	{ "alpine@sha256:", "digest without digits" },
	{ "alpine@sha256:0123", "short digest" },
	{ "alpine@sha256:" D64 "0", "long digest" },
	{ "alpine@sha256:0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef", "upper case in the digest" },
	{ "alpine@sha256:../../../../../../../../../../../../../../../../../../../etc/a", "a path as digest" },
	{ "alpine@md5:0123456789abcdef0123456789abcdef", "an algorithm we do not have" },
	{ "alpine@sha256:" D64 "@sha256:" D64, "two digests" },
	{ "exa_mple.com/app", "underscore in the host" },
	{ "-a.com/app", "host begins with a dash" },
	{ "a-.com/app", "label ends with a dash" },
	{ "a..com/app", "empty label" },
	{ "a.com:/app", "empty port" },
	{ "a.com:x/app", "port that is no number" },
	{ "[::1/app", "bracket that does not close" },
	{ "[::1]x/app", "garbage after the bracket" },
	{ "[fe80::1%eth0]/app", "zone in the address" },
	{ "http://a.com/app", "a URL" },
	{ "user:pass@a.com/app", "credentials" },
	{ "a.com/../app", "dots as a component" },
	{ "a.com/app\n", "newline" },
	{ "a.com/app%2f", "percent" },
	{ "a.com/" A127 "/" A127, "name of 262 characters" },
};

static void check_valid(size_t i)
{
	struct reference ref;

	if (!ok(!reference_parse(valid[i].input, &ref), "accepts %.60s", valid[i].input)) {
		note("%s", err_text());
		return;
	}
	ok_str(ref.text, valid[i].text, "canonical form of %.60s", valid[i].input);
	ok_str(reference_host(&ref), valid[i].host, "host of %.60s", valid[i].input);
	ok_str(reference_scheme(&ref), valid[i].scheme, "scheme of %.60s", valid[i].input);
	reference_clean(&ref);
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
	return done();
}
