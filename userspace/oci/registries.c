// SPDX-License-Identifier: GPL-2.0-or-later
/* [registry "HOST[/PREFIX]"] of the configuration: mirrors, other locations, TLS, proxies. */
#include "oci/registries.h"

#include "util/buf.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/limits.h"
#include "util/mem.h"
#include "util/strv.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

static struct registry_rule *rules;
static size_t nr_rules;

static int one_of(const char *value, const char *const *words, const char *told)
{
	for (; *words; words++)
		if (!strcmp(*words, value))
			return 0;
	return err_set(-EINVAL, "\"%.100s\" is not %s", value, told);
}

static int check_yes_no(const char *value)
{
	return one_of(value, (const char *const[]){ "yes", "no", NULL }, "yes or no");
}

static int check_pull_from(const char *value)
{
	return one_of(value, (const char *const[]){ "all", "digest-only", "tag-only", NULL }, "all, digest-only or tag-only");
}

static int check_location(const char *value)
{
	auto_free char *domain = NULL, *path = NULL;

	return reference_location(value, &domain, &path);
}

static int check_file(const char *value)
{
	return *value == '/' ? 0 : err_set(-EINVAL, "\"%.200s\" is not an absolute path", value);
}

static int check_proxy(const char *value)
{
	static const char *const schemes[] = { "http://", "https://", "socks5://", "socks5h://" };

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (!strncmp(value, schemes[i], strlen(schemes[i])))
			return 0;
	/* not shown: it may hold a password */
	return strcmp(value, "none") ? err_set(-EINVAL, "neither none nor a URL of http, https, socks5 or socks5h") : 0;
}

static const struct key {
	const char *name;
	size_t to;
	int (*check)(const char *value);
	bool many;			/* a vector */
	bool of_host;			/* not under a heading with a prefix */
} keys[] = {
#define TO(member) offsetof(struct registry_rule, member)
	{ "location", TO(location), check_location, false, false },
	{ "mirror", TO(mirrors), check_location, true, false },
	{ "pull-from-mirror", TO(pull_from_mirror), check_pull_from, false, false },
	{ "blocked", TO(blocked), check_yes_no, false, false },
	{ "insecure-http", TO(insecure_http), check_yes_no, false, true },
	{ "ca", TO(ca), check_file, false, true },
	{ "client-cert", TO(client_cert), check_file, false, true },
	{ "client-key", TO(client_key), check_file, false, true },
	{ "proxy", TO(proxy), check_proxy, false, true },
};
#define NR_KEYS (sizeof(keys) / sizeof(keys[0]))

static int add_rule(const struct conf_line *line)
{
	struct registry_rule new = { 0 };
	int err = reference_location(line->name, &new.host, &new.prefix);

	for (size_t i = 0; !err && i < nr_rules; i++)
		if (!strcasecmp(rules[i].host, new.host) && !strcmp(rules[i].prefix, new.prefix))
			err = err_set(-EINVAL, "there is one already at %s", rules[i].where);
	if (err) {
		free(new.host);
		free(new.prefix);
		return err;
	}
	new.where = mem_printf("%s:%d", line->file, line->line);
	rules = mem_realloc(rules, (nr_rules + 1) * sizeof(*rules));
	rules[nr_rules++] = new;
	return 0;
}

static int set(struct registry_rule *rule, const struct key *key, const char *value)
{
	char **to = (char **)((char *)rule + key->to);
	int err = key->check(value);

	if (!err && key->of_host && *rule->prefix)
		err = err_set(-EINVAL, "is the host's: it belongs under [registry \"%s\"]", rule->host);
	if (!err && !key->many && *to)
		err = err_set(-EINVAL, "given twice");
	if (err)
		return err_in(err, "%s", key->name);
	if (key->many)
		strv_add((char ***)to, value);
	else
		*to = mem_strdup(value);
	return 0;
}

static int take_key(const struct conf_line *line)
{
	auto_buf names = BUF_INIT;

	for (size_t i = 0; i < NR_KEYS; i++) {
		if (!strcmp(keys[i].name, line->key))
			return set(&rules[nr_rules - 1], &keys[i], line->value);
		buf_addf(&names, "%s%s", i ? ", " : "", keys[i].name);
	}
	return err_set(-EINVAL, "unknown key \"%.100s\"; there are: %s", line->key, buf_str(&names));
}

int registries_line(const struct conf_line *line)
{
	int err = line->key ? take_key(line) : add_rule(line);

	return err ? err_in(err, "[registry \"%.200s\"]", line->name) : 0;
}

int registries_check(void)
{
	for (size_t i = 0; i < nr_rules; i++) {
		const struct registry_rule *rule = &rules[i];
		const char *wrong = NULL;

		if (rule->client_key && !rule->client_cert)
			wrong = "client-key without client-cert";
		else if (rule->pull_from_mirror && !rule->mirrors)
			wrong = "pull-from-mirror without mirror";
		else if ((rule->ca || rule->client_cert) && rule->insecure_http && !strcmp(rule->insecure_http, "yes"))
			wrong = "certificates and insecure-http = yes";
		if (wrong)
			return err_set(-EINVAL, "%s: [registry \"%s%s%s\"]: %s", rule->where, rule->host,
				       *rule->prefix ? "/" : "", rule->prefix, wrong);
	}
	return 0;
}

static int take_line(void *arg, const struct conf_line *line)
{
	(void)arg;
	if (!strcmp(line->section, "registry"))
		return registries_line(line);
	return *line->section ? limits_line(line) : 0;	/* what is under no heading is for hyphactl */
}

int registries_load(const char *path)
{
	int err = conf_read(path, take_line, NULL);

	return err ? err : registries_check();
}

void registries_clean(void)
{
	for (size_t i = 0; i < nr_rules; i++) {
		free(rules[i].host);
		free(rules[i].prefix);
		free(rules[i].where);
		for (size_t k = 0; k < NR_KEYS; k++) {
			void *at = *(void **)((char *)&rules[i] + keys[k].to);

			if (keys[k].many)
				strv_free(at);
			else
				free(at);
		}
	}
	free(rules);
	rules = NULL;
	nr_rules = 0;
}

/* Is @host, which may have its port, the one of this rule, where the usual ports may be left out? */
static bool is_host(const char *host, const struct registry_rule *rule)
{
	const char *of = domain_host(rule->host);
	size_t len = strlen(of);

	if (strncasecmp(host, of, len))
		return false;
	return !host[len] || !strcmp(host + len, ":443") || !strcmp(host + len, ":80");
}

/* Is @path at or below @prefix? */
static bool is_below(const char *path, const char *prefix)
{
	size_t len = strlen(prefix);

	return !len || (!strncmp(path, prefix, len) && (!path[len] || path[len] == '/'));
}

static const struct registry_rule *find_rule(const struct reference *ref)
{
	const struct registry_rule *best = NULL;

	for (size_t i = 0; i < nr_rules; i++) {
		if (!is_host(domain_host(ref->domain), &rules[i]) || !is_below(ref->path, rules[i].prefix))
			continue;
		if (!best || strlen(rules[i].prefix) > strlen(best->prefix))
			best = &rules[i];
	}
	return best;
}

static int add_endpoint(struct endpoint **list, size_t *nr, const char *location, const char *rest, bool mirror)
{
	auto_free char *path = NULL;
	struct endpoint e = { .mirror = mirror };

	reference_location(location, &e.domain, &path);		/* which was checked */
	e.path = mem_printf("%s%s%s", path, *path && *rest ? "/" : "", rest);
	*list = mem_realloc(*list, (*nr + 1) * sizeof(**list));
	(*list)[(*nr)++] = e;
	return *e.path ? 0 : err_set(-EINVAL, "\"%s\" names no repository for it", location);
}

static bool mirrors_serve(const struct registry_rule *rule, const struct reference *ref)
{
	const char *kind = rule->pull_from_mirror;

	return !kind || !strcmp(kind, "all") || !strcmp(kind, ref->digest ? "digest-only" : "tag-only");
}

static int fill_endpoints(const struct registry_rule *rule, const struct reference *ref, struct endpoint **list, size_t *nr)
{
	auto_free char *self = mem_printf("%s%s%s", ref->domain, *rule->prefix ? "/" : "", rule->prefix);
	const char *rest = ref->path + strlen(rule->prefix);
	int err = 0;

	rest += *rest == '/';
	for (char **m = mirrors_serve(rule, ref) ? rule->mirrors : NULL; !err && m && *m; m++)
		err = add_endpoint(list, nr, *m, rest, true);
	return err ? err : add_endpoint(list, nr, rule->location ? rule->location : self, rest, false);
}

int registries_endpoints(const struct reference *ref, struct endpoint **list, size_t *nr)
{
	const struct registry_rule *rule = find_rule(ref);
	int err;

	*list = NULL;
	*nr = 0;
	if (!rule)
		return add_endpoint(list, nr, ref->name, "", false);
	if (rule->blocked && !strcmp(rule->blocked, "yes"))
		err = err_set(-EPERM, "blocked");
	else
		err = fill_endpoints(rule, ref, list, nr);
	if (!err)
		return 0;
	endpoints_free(*list, *nr);
	return err_in(err, "%s", rule->where);
}

void endpoints_free(struct endpoint *list, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		free(list[i].domain);
		free(list[i].path);
	}
	free(list);
}

const struct registry_rule *registries_host(const char *host)
{
	for (size_t i = 0; i < nr_rules; i++)
		if (!*rules[i].prefix && is_host(host, &rules[i]))
			return &rules[i];
	return NULL;
}

char **registries_files(void)
{
	char **files = NULL;

	for (size_t i = 0; i < nr_rules; i++) {
		const char *const named[] = { rules[i].ca, rules[i].client_cert, rules[i].client_key };

		for (size_t f = 0; f < sizeof(named) / sizeof(named[0]); f++)
			if (named[f])
				strv_add(&files, named[f]);
	}
	return files;
}

/* What the configuration says of plain http; @otherwise if nothing. */
static bool may_be_plain(const struct registry_rule *rule, bool otherwise)
{
	return rule && rule->insecure_http ? !strcmp(rule->insecure_http, "yes") : otherwise;
}

bool registries_allow_http(const char *host)
{
	return may_be_plain(registries_host(host), host_is_loopback(host));
}

const char *registries_scheme(const char *host)
{
	const struct registry_rule *rule = registries_host(host);
	const char *bracket = strrchr(host, ']'), *colon = strchr(bracket ? bracket : host, ':');
	bool tls = (rule && (rule->ca || rule->client_cert)) || (colon && !strcmp(colon, ":443"));

	return may_be_plain(rule, host_is_loopback(host) && !tls) ? "http" : "https";
}
