// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Image references.  Grammar and normalisation rules: github.com/distribution/reference (reference.go, normalize.go);
 *
 *	reference := [domain "/"] path [":" tag] ["@" digest]
 */
#include "oci/reference.h"

#include "util/cleanup.h"
#include "util/digest.h"
#include "util/error.h"
#include "util/mem.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#define PATH_MAX_LEN 255	/* RepositoryNameTotalLengthMax, which does not count the registry */
#define DOMAIN_MAX_LEN 255	/* what DNS can hold */
#define TAG_MAX_LEN 128
#define HUB "docker.io"
#define HUB_HOST "registry-1.docker.io"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/* One component of a path: alphanumerics, joined by one '.', one or two '_', or any number of '-'. */
static size_t skip_component(const char *s)
{
	size_t len = strspn(s, LOWER DIGITS), sep;

	if (!len)
		return 0;
	for (;;) {
		const char *at = s + len;

		if (*at == '.')
			sep = 1;
		else if (*at == '_')
			sep = at[1] == '_' ? 2 : 1;
		else
			sep = strspn(at, "-");
		if (!sep || !strspn(at + sep, LOWER DIGITS))
			return len;
		len += sep + strspn(at + sep, LOWER DIGITS);
	}
}

static bool is_path(const char *s)
{
	for (;;) {
		size_t len = skip_component(s);

		if (!len)
			return false;
		if (!s[len])
			return true;
		if (s[len] != '/')
			return false;
		s += len + 1;
	}
}

/* Dot-separated labels of alphanumerics and inner dashes. Return: length, 0 if there is none. */
static size_t skip_hostname(const char *s)
{
	const char *p = s;

	for (;;) {
		size_t len = strspn(p, LOWER UPPER DIGITS "-");

		if (!len || p[0] == '-' || p[len - 1] == '-')
			return 0;
		p += len;
		if (*p != '.')
			return p - s;
		p++;
	}
}

static size_t skip_host(const char *s)
{
	size_t len;

	if (*s != '[')
		return skip_hostname(s);
	len = strspn(s + 1, DIGITS "abcdefABCDEF:");
	return len && s[1 + len] == ']' ? len + 2 : 0;
}

static bool is_domain(const char *s)
{
	size_t len = skip_host(s);

	if (!len || strlen(s) > DOMAIN_MAX_LEN)
		return false;
	s += len;
	return !*s || (*s == ':' && s[1] && strspn(s + 1, DIGITS) == strlen(s + 1));
}

static bool is_tag(const char *s)
{
	size_t len = strlen(s);

	return len && len <= TAG_MAX_LEN && *s != '.' && *s != '-' && strspn(s, LOWER UPPER DIGITS "_.-") == len;
}

/* The first element is a domain iff it cannot be mistaken for a path component. */
static bool first_is_domain(const char *s, size_t len)
{
	if (len == 9 && !memcmp(s, "localhost", 9))
		return true;
	for (size_t i = 0; i < len; i++)
		if (strchr(".:" UPPER, s[i]))
			return true;
	return false;
}

static void split_domain(const char *name, struct reference *ref)
{
	const char *slash = strchr(name, '/');

	if (slash && first_is_domain(name, slash - name)) {
		ref->domain = mem_strndup(name, slash - name);
		name = slash + 1;
	} else {
		ref->domain = mem_strdup(HUB);
	}
	if (!strcmp(ref->domain, "index.docker.io"))
		strcpy(ref->domain, HUB);
	if (!strcmp(ref->domain, HUB) && !strchr(name, '/'))
		ref->path = mem_printf("library/%s", name);
	else
		ref->path = mem_strdup(name);
}

/* Cut "@digest" and ":tag" off @name. */
static int split_object(char *name, struct reference *ref)
{
	char *at = strchr(name, '@'), *slash, *colon;
	struct digest digest;

	if (at) {
		*at = '\0';
		switch (digest_parse(at + 1, &digest)) {
		case -ENOTSUP:
			return err_set(-EINVAL, "digest algorithm not supported: \"%s\"", at + 1);
		case -EINVAL:
			return err_set(-EINVAL, "not a digest: \"%s\"", at + 1);
		}
		ref->digest = mem_strdup(at + 1);
	}
	slash = strrchr(name, '/');
	colon = strchr(slash ? slash : name, ':');
	if (!colon)
		return 0;
	*colon = '\0';
	if (!is_tag(colon + 1))
		return err_set(-EINVAL, "not a tag: \"%s\"", colon + 1);
	if (!ref->digest)
		ref->tag = mem_strdup(colon + 1);
	return 0;
}

static int check_name(const struct reference *ref)
{
	if (!is_domain(ref->domain))
		return err_set(-EINVAL, "not a registry host: \"%s\"", ref->domain);
	for (const char *p = ref->path; *p; p++)
		if (isupper((unsigned char)*p))
			return err_set(-EINVAL, "repository name must be lower-case: \"%s\"", ref->path);
	if (!is_path(ref->path))
		return err_set(-EINVAL, "not a repository name: \"%s\"", ref->path);
	if (strlen(ref->path) > PATH_MAX_LEN)
		return err_set(-EINVAL, "repository name longer than %d characters", PATH_MAX_LEN);
	return 0;
}

static bool is_bare_id(const char *s)
{
	return strlen(s) == 64 && strspn(s, DIGITS "abcdef") == 64;
}

static int parse(const char *text, struct reference *ref)
{
	auto_free char *name = mem_strdup(text);
	int err;

	if (is_bare_id(text))
		return err_set(-EINVAL, "this is an id, not a name");
	err = split_object(name, ref);
	if (err)
		return err;
	split_domain(name, ref);
	err = check_name(ref);
	if (err)
		return err;
	if (!ref->digest && !ref->tag)
		ref->tag = mem_strdup("latest");
	ref->name = mem_printf("%s/%s", ref->domain, ref->path);
	ref->text = mem_printf("%s%s%s", ref->name, ref->digest ? "@" : ":", reference_object(ref));
	return 0;
}

int reference_parse(const char *text, struct reference *ref)
{
	int err;

	memset(ref, 0, sizeof(*ref));
	err = parse(text, ref);
	if (err) {
		reference_clean(ref);
		return err_in(err, "invalid image reference \"%.300s\"", text);
	}
	return 0;
}

void reference_clean(struct reference *ref)
{
	free(ref->domain);
	free(ref->path);
	free(ref->tag);
	free(ref->digest);
	free(ref->name);
	free(ref->text);
	memset(ref, 0, sizeof(*ref));
}

int reference_location(const char *text, char **domain, char **path)
{
	size_t len = strcspn(text, "/");
	auto_free char *host = mem_strndup(text, len);

	if (!is_domain(host) || (text[len] && !is_path(text + len + 1)))
		return err_set(-EINVAL, "not of the form HOST[:PORT][/PATH]: \"%.200s\"", text);
	*domain = mem_strdup(!strcmp(host, "index.docker.io") || !strcmp(host, HUB_HOST) ? HUB : host);
	*path = mem_strdup(text[len] ? text + len + 1 : "");
	return 0;
}

const char *domain_host(const char *domain)
{
	return strcmp(domain, HUB) ? domain : HUB_HOST;
}

bool host_is_loopback(const char *host)
{
	size_t len = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
	char name[64];
	struct in_addr v4;
	struct in6_addr v6;

	if (len >= sizeof(name) || len > strlen(host))
		return false;
	memcpy(name, host, len);
	name[len] = '\0';
	if (!strcasecmp(name, "localhost"))
		return true;
	if (*name == '[') {
		name[len - 1] = '\0';
		return inet_pton(AF_INET6, name + 1, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
	}
	return inet_pton(AF_INET, name, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127;
}

const char *reference_object(const struct reference *ref)
{
	return ref->digest ? ref->digest : ref->tag;
}
