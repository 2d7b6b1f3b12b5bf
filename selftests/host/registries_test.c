// SPDX-License-Identifier: GPL-2.0-or-later
/* The configuration: its syntax, [limits], [registry "…"], and where an image is asked for then, and how. */
// links: userspace/oci/registries.c userspace/oci/reference.c userspace/util/conf.c userspace/util/limits.c
// links: userspace/util/digest.c userspace/util/hex.c userspace/util/error.c userspace/util/mem.c userspace/util/buf.c
// links: userspace/util/file.c userspace/util/strv.c
// libs: -lmd
#include "test.h"

#include "oci/registries.h"
#include "util/buf.h"
#include "util/error.h"
#include "util/file.h"
#include "util/limits.h"

#include <errno.h>
#include <stdlib.h>

#define D "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static int load(const char *text)
{
	registries_clean();
	file_write_atomic("hypha.conf", text, strlen(text), 0644);
	return registries_load("hypha.conf");
}

static const struct {
	const char *conf, *ref;
	const char *where;	/* HOST PATH, of mirrors in parentheses, joined by blanks; NULL: an error */
	const char *says;
} ways[] = {
	{ "", "alpine", "docker.io library/alpine", NULL },
	{ "", "localhost:5000/a/b:c", "localhost:5000 a/b", NULL },
	{ "memory = 1G\nwhatever hyphactl = knows\n", "a.b/c", "a.b c", NULL },
	{ "[registry \"a.b\"]\n", "a.b/c", "a.b c", NULL },
	/* mirrors */
	{ "[registry \"a.b\"]\nmirror = m1\nmirror = m2:5000/x/y\n", "a.b/c/d", "(m1 c/d) (m2:5000 x/y/c/d) a.b c/d", NULL },
	{ "[registry \"docker.io\"]\nmirror = m\n", "alpine", "(m library/alpine) docker.io library/alpine", NULL },
	{ "[registry \"index.docker.io\"]\nmirror = m\n", "user/app", "(m user/app) docker.io user/app", NULL },
	{ "[registry \"registry-1.docker.io\"]\nmirror = m\n", "user/app", "(m user/app) docker.io user/app", NULL },
	{ "[registry \"a.b\"]\nmirror = docker.io/x\n", "a.b/c", "(docker.io x/c) a.b c", NULL },
	{ "[registry \"a.b\"]\nmirror = [::1]:5000\n", "a.b/c", "([::1]:5000 c) a.b c", NULL },
	{ "[registry \"a.b\"]\nmirror = m\n", "a.b:5000/c", "a.b:5000 c", NULL },		/* another registry */
	{ "[registry \"A.B\"]\nmirror = m\n", "a.b/c", "(m c) a.b c", NULL },
	{ "[registry \"a.b\"]\nmirror = m\n", "c.a.b/c", "c.a.b c", NULL },
	{ "[registry \"a.b\"]\nmirror = m\npull-from-mirror = all\n", "a.b/c@" D, "(m c) a.b c", NULL },
	{ "[registry \"a.b\"]\nmirror = m\npull-from-mirror = digest-only\n", "a.b/c@" D, "(m c) a.b c", NULL },
	{ "[registry \"a.b\"]\nmirror = m\npull-from-mirror = digest-only\n", "a.b/c:t", "a.b c", NULL },
	{ "[registry \"a.b\"]\nmirror = m\npull-from-mirror = digest-only\n", "a.b/c", "a.b c", NULL },
	{ "[registry \"a.b\"]\nmirror = m\npull-from-mirror = tag-only\n", "a.b/c:t", "(m c) a.b c", NULL },
	{ "[registry \"a.b\"]\nmirror = m\npull-from-mirror = tag-only\n", "a.b/c:t@" D, "a.b c", NULL },
	/* locations and prefixes */
	{ "[registry \"a.b\"]\nlocation = c.d:5000\n", "a.b/e/f", "c.d:5000 e/f", NULL },
	{ "[registry \"a.b\"]\nlocation = c.d/x\n", "a.b/e/f", "c.d x/e/f", NULL },
	{ "[registry \"a.b/e\"]\nlocation = c.d/x\n", "a.b/e/f", "c.d x/f", NULL },
	{ "[registry \"a.b/e\"]\nlocation = c.d/x\n", "a.b/e", "c.d x", NULL },
	{ "[registry \"a.b/e\"]\nlocation = c.d/x\n", "a.b/ef", "a.b ef", NULL },
	{ "[registry \"a.b/e\"]\nlocation = c.d/x\n", "a.b/x/e", "a.b x/e", NULL },
	{ "[registry \"a.b/e\"]\nlocation = c.d\n", "a.b/e", NULL, "hypha.conf:1: \"c.d\" names no repository" },
	{ "[registry \"a.b/e\"]\nmirror = c.d\n", "a.b/e", NULL, "hypha.conf:1: \"c.d\" names no repository" },
	{ "[registry \"a.b/e\"]\nmirror = m/z\n", "a.b/e/f", "(m z/f) a.b e/f", NULL },
	{ "[registry \"a.b\"]\nmirror = m\nlocation = c.d\n", "a.b/e", "(m e) c.d e", NULL },
	{ "[registry \"a.b\"]\nmirror = m\n[registry \"a.b/e\"]\n", "a.b/e/f", "a.b e/f", NULL },	/* the longest one alone */
	{ "[registry \"a.b/e/f\"]\nmirror = m2/x\n[registry \"a.b/e\"]\nmirror = m1/x\n", "a.b/e/f/g", "(m2 x/g) a.b e/f/g", NULL },
	{ "[registry \"a.b/e/f\"]\nmirror = m2/x\n[registry \"a.b/e\"]\nmirror = m1/x\n", "a.b/e/g", "(m1 x/g) a.b e/g", NULL },
	/* blocked */
	{ "# no\n\n[registry \"a.b\"]\nblocked = yes\nmirror = m\n", "a.b/c", NULL, "hypha.conf:3: blocked" },
	{ "[registry \"a.b\"]\nblocked = no\n", "a.b/c", "a.b c", NULL },
	{ "[registry \"a.b\"]\nblocked = yes\n[registry \"a.b/good\"]\n", "a.b/good/c", "a.b good/c", NULL },
	{ "[registry \"a.b/bad\"]\nblocked = yes\n", "a.b/bad/c", NULL, "blocked" },
	{ "[registry \"docker.io\"]\nblocked = yes\n", "alpine", NULL, "blocked" },
	{ "[registry \"docker.io\"]\nblocked = yes\n", "registry-1.docker.io/library/alpine", NULL, "blocked" },
	{ "[registry \"docker.io\"]\nblocked = yes\n", "index.docker.io/alpine", NULL, "blocked" },
	{ "[registry \"a.b\"]\nblocked = yes\n", "A.B:443/c", NULL, "blocked" },
	{ "[registry \"a.b\"]\nblocked = yes\n", "a.b:80/c", NULL, "blocked" },
	{ "[registry \"a.b\"]\nblocked = yes\n", "a.b:8443/c", "a.b:8443 c", NULL },
	{ "[registry \"a.b\"]\nmirror = m\n", "a.b:443/c", "(m c) a.b:443 c", NULL },
	{ "[registry \"a.b:443\"]\nmirror = m\n", "a.b/c", "a.b c", NULL },
};

static void spell(const struct endpoint *list, size_t nr, struct buf *out)
{
	for (size_t i = 0; i < nr; i++)
		buf_addf(out, list[i].mirror ? "%s(%s %s)" : "%s%s %s", i ? " " : "", list[i].domain, list[i].path);
}

static void check_ways(void)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct endpoint *list = NULL;
		struct reference ref;
		struct buf spelt = BUF_INIT;
		size_t nr = 0;
		int err = load(ways[i].conf);

		if (!ok(!err, "way %zu: reads the configuration", i)) {
			note("%s", err_text());
			continue;
		}
		reference_parse(ways[i].ref, &ref);
		err = registries_endpoints(&ref, &list, &nr);
		if (ways[i].where) {
			spell(list, nr, &spelt);
			ok_str(buf_str(&spelt), ways[i].where, "way %zu: %s", i, ways[i].ref);
		} else if (!ok(err && strstr(err_text(), ways[i].says), "way %zu says: %s", i, ways[i].says)) {
			note("%s", err_text());
		}
		if (!err)
			endpoints_free(list, nr);
		reference_clean(&ref);
		buf_clean(&spelt);
	}
}

/* What is wrong is told with file, line, word, and what there is. */
static const struct {
	const char *conf, *says;
} errors[] = {
	{ "[registry]\n", "hypha.conf:1: [registry \"\"]: not of the form HOST[:PORT][/PATH]: \"\"" },
	{ "[registry \"https://a.b\"]\n", "not of the form HOST[:PORT][/PATH]: \"https://a.b\"" },
	{ "[registry \"*.a.b\"]\n", "not of the form" },
	{ "\n[registry \"a.b\"]\nmirorr = m\n",
	  "hypha.conf:3: [registry \"a.b\"]: unknown key \"mirorr\"; there are: location, mirror, pull-from-mirror, blocked, insecure-http, ca, client-cert, client-key, proxy" },
	{ "[registries \"a.b\"]\n", "hypha.conf:1: no such heading: [registries \"a.b\"]; there are [registry \"HOST[/PATH]\"] and [limits]" },
	{ "[limit]\n", "no such heading: [limit]" },
	{ "[]\n", "no such heading: []" },
	{ "[limits\n", "no such heading: [limits;" },
	{ "[registry \"a.b]\n", "no such heading" },
	{ "[registry \"a.b\" x]\n", "no such heading" },
	{ "[registry a.b]\n", "no such heading" },
	{ "[limits \"x\"]\n", "[limits] takes no name" },
	{ "[registry \"a.b\"]\nmirror\n", "hypha.conf:2: \"mirror\" is not of the form key = value" },
	{ "[registry \"a.b\"]\nmirror = https://m\n", "hypha.conf:2: [registry \"a.b\"]: mirror: not of the form HOST[:PORT][/PATH]: \"https://m\"" },
	{ "[registry \"a.b\"]\nmirror =\n", "mirror: not of the form" },
	{ "[registry \"a.b\"]\nlocation = a.b/C\n", "location: not of the form" },
	{ "[registry \"a.b\"]\nlocation = c\nlocation = d\n", "hypha.conf:3: [registry \"a.b\"]: location: given twice" },
	{ "[registry \"a.b\"]\npull-from-mirror = some\n", "\"some\" is not all, digest-only or tag-only" },
	{ "[registry \"a.b\"]\npull-from-mirror = all\n", "hypha.conf:1: [registry \"a.b\"]: pull-from-mirror without mirror" },
	{ "[registry \"a.b\"]\ninsecure-http = true\n", "insecure-http: \"true\" is not yes or no" },
	{ "[registry \"a.b\"]\nblocked = 1\n", "blocked: \"1\" is not yes or no" },
	{ "[registry \"a.b\"]\nca = ca.pem\n", "ca: \"ca.pem\" is not an absolute path" },
	{ "[registry \"a.b\"]\nclient-key = /k\n", "client-key without client-cert" },
	{ "[registry \"a.b\"]\nca = /c\ninsecure-http = yes\n", "certificates and insecure-http = yes" },
	{ "[registry \"a.b\"]\nproxy = p:8080\n", "proxy: neither none nor a URL of http, https, socks5 or socks5h" },
	{ "[registry \"a.b/c\"]\nca = /c\n", "[registry \"a.b/c\"]: ca: is the host's: it belongs under [registry \"a.b\"]" },
	{ "[registry \"a.b/c\"]\ninsecure-http = yes\n", "it belongs under [registry \"a.b\"]" },
	{ "[registry \"a.b\"]\n[registry \"A.b\"]\n", "hypha.conf:2: [registry \"A.b\"]: there is one already at hypha.conf:1" },
	{ "[registry \"docker.io\"]\n[registry \"index.docker.io\"]\n", "there is one already" },
	{ "[limits]\nlayer = 1\n", "hypha.conf:2: [limits]: unknown key \"layer\"; there are: manifest, config, layers, downloaded, entries, unpacked, partials" },
	{ "[limits]\nlayers = 0\n", "layers: \"0\" is not a number above 0" },
	{ "[limits]\nlayers = -1\n", "layers: \"-1\" is not a number above 0" },
	{ "[limits]\nlayers = 1K\n", "layers: \"1K\" is not a number above 0" },
	{ "[limits]\nlayers = 5000\n", "layers: 5000 is out of range, at most 4096 is possible" },
	{ "[limits]\nunpacked = 5\n", "unpacked: \"5\" is not a size with its unit, as 512K, 4M or 32G" },
	{ "[limits]\nunpacked = 1.5G\n", "is not a size" },
	{ "[limits]\nunpacked = G\n", "is not a size" },
	{ "[limits]\nunpacked = 5GB\n", "is not a size" },
	{ "[limits]\nunpacked = 99999999999T\n", "is not a size" },
	{ "[limits]\nunpacked = 18446744073709551616B\n", "is not a size" },
	{ "[limits]\nunpacked = 1025T\n", "out of range" },
};

static void check_errors(void)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		int err = load(errors[i].conf);

		if (!ok(err && strstr(err_text(), errors[i].says), "says: %s", errors[i].says))
			note("%d %s", err, err_text());
	}
	load("[registry \"a.b\"]\nproxy = hunter2\n");
	ok(!strstr(err_text(), "hunter2"), "a proxy, which may hold a password, is not shown");
	ok(!registries_load("absent.conf"), "no file is no error");
}

#define HOSTS "[registry \"plain.b\"]\ninsecure-http = yes\n[registry \"plain.b:8080\"]\ninsecure-http = yes\n" \
	"[registry \"localhost:5001\"]\ninsecure-http = no\n[registry \"localhost:5002\"]\nca = /ca\n" \
	"[registry \"localhost:5003\"]\nclient-cert = /cert\n[registry \"tls.b\"]\nca = /ca\n[registry \"[2001:db8::1]:80\"]\ninsecure-http = yes\n" \
	"[registry \"docker.io\"]\nproxy = http://p:1\n[registry \"x.b/y\"]\nmirror = m/z\n"

static const struct {
	const char *host, *scheme;	/* as a reference has it */
	const char *full;		/* as a URL has it, with its port */
	bool http;			/* may be spoken to so */
	bool rule;			/* has one */
} hosts[] = {
	{ "localhost", "http", "localhost:80", true, false },
	{ "localhost:5000", "http", "localhost:5000", true, false },
	{ "localhost:443", "https", "localhost:443", true, false },
	{ "127.1.2.3", "http", "127.1.2.3:80", true, false },
	{ "[::1]:5000", "http", "[::1]:5000", true, false },
	{ "[::1]:443", "https", "[::1]:443", true, false },
	{ "128.0.0.1:80", "https", "128.0.0.1:80", false, false },
	{ "a.b", "https", "a.b:443", false, false },
	{ "plain.b", "http", "plain.b:80", true, true },
	{ "PLAIN.b", "http", "PLAIN.b:80", true, true },
	{ "plain.b:8080", "http", "plain.b:8080", true, true },
	{ "plain.b:8081", "https", "plain.b:8081", false, false },
	{ "plain.b:443", "http", "plain.b:443", true, true },
	{ "x.plain.b", "https", "x.plain.b:443", false, false },
	{ "plain.bb", "https", "plain.bb:443", false, false },
	{ "localhost:5001", "https", "localhost:5001", false, true },
	{ "localhost:5002", "https", "localhost:5002", true, true },
	{ "localhost:5003", "https", "localhost:5003", true, true },
	{ "tls.b", "https", "tls.b:443", false, true },
	{ "[2001:db8::1]:80", "http", "[2001:db8::1]:80", true, true },
	{ "[2001:db8::1]", "https", "[2001:db8::1]:443", false, false },
	{ "registry-1.docker.io", "https", "registry-1.docker.io:443", false, true },
	{ "auth.docker.io", "https", "auth.docker.io:443", false, false },
	{ "x.b", "https", "x.b:443", false, false },		/* only a prefix of it has a rule */
};

static void check_hosts(void)
{
	load(HOSTS);
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		ok_str(registries_scheme(hosts[i].host), hosts[i].scheme, "scheme of %s", hosts[i].host);
		ok_num(registries_allow_http(hosts[i].full), hosts[i].http, "plain http to %s", hosts[i].full);
		ok_num(registries_host(hosts[i].full) != NULL, hosts[i].rule, "a rule for %s", hosts[i].full);
	}
	ok_str(registries_host("registry-1.docker.io:443")->proxy, "http://p:1", "docker.io's rule is its host's");
}

static void check_limits(void)
{
	ok_num(limits.manifest, 4 << 20, "4 MiB of manifest, if nothing else is said");
	ok(!load("[limits]\nmanifest = 512K\n config=1m\nlayers = 7\ndownloaded = 5G\nentries = 8\nunpacked = 3G\npartials = 6T\n[registry \"a.b\"]\n[limits]\nlayers = 9\n"),
	   "reads limits");
	ok_num(limits.manifest, 512 << 10, "of manifests");
	ok_num(limits.config, 1 << 20, "of configurations");
	ok_num(limits.layers, 9, "of layers, the last one counts");
	ok_num(limits.downloaded, 5LL << 30, "of bytes transferred");
	ok_num(limits.entries, 8, "of entries");
	ok_num(limits.unpacked, 3LL << 30, "of bytes unpacked");
	ok_num(limits.partials, 6LL << 40, "of bytes kept");
}

static void check_every_cut(void)
{
	char cut[sizeof(HOSTS)];
	int nr = 0;

	for (size_t len = 0; len < sizeof(cut); len++) {
		memcpy(cut, HOSTS, len);
		cut[len ? len - 1 : 0] = '\0';
		nr += !load(cut);
	}
	ok(nr > 10, "survives every truncation");
}

static void check_path(void)
{
	unsetenv("HYPHA_CONF");
	ok_str(conf_path(), "/etc/hypha/hypha.conf", "the file");
	setenv("HYPHA_CONF", "x", 1);
	ok_str(conf_path(), "x", "or another");
}

int main(void)
{
	check_limits();
	check_ways();
	check_errors();
	check_hosts();
	check_every_cut();
	check_path();
	registries_clean();
	return done();
}
