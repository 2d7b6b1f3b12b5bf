// SPDX-License-Identifier: GPL-2.0-or-later
/* From JSON to struct config: required members, types and ranges. */
#include "config.h"

#include "json.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GRACE_MAX 86400
#define MTU_MAX 65535

static const struct {
	const char *name;
	int number;
} signals[] = {
	{ "HUP", SIGHUP }, { "INT", SIGINT }, { "QUIT", SIGQUIT }, { "ILL", SIGILL }, { "TRAP", SIGTRAP }, { "ABRT", SIGABRT },
	{ "IOT", SIGABRT }, { "BUS", SIGBUS }, { "FPE", SIGFPE }, { "KILL", SIGKILL }, { "USR1", SIGUSR1 }, { "SEGV", SIGSEGV },
	{ "USR2", SIGUSR2 }, { "PIPE", SIGPIPE }, { "ALRM", SIGALRM }, { "TERM", SIGTERM }, { "STKFLT", 16 }, { "CHLD", SIGCHLD },
	{ "CLD", SIGCHLD }, { "CONT", SIGCONT }, { "STOP", SIGSTOP }, { "TSTP", SIGTSTP }, { "TTIN", SIGTTIN }, { "TTOU", SIGTTOU },
	{ "URG", SIGURG }, { "XCPU", SIGXCPU }, { "XFSZ", SIGXFSZ }, { "VTALRM", SIGVTALRM }, { "PROF", SIGPROF },
	{ "WINCH", SIGWINCH }, { "IO", SIGIO }, { "POLL", SIGIO }, { "PWR", SIGPWR }, { "SYS", SIGSYS },
	{ "RTMIN", 34 }, { "RTMAX", 64 },	/* as every libc numbers them for its programs */
};

/* Digits only, at most @max, else -1. */
static int small_number(const char *s, int max)
{
	int v = 0;

	if (!*s)
		return -1;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return -1;
		v = v * 10 + (*s - '0');
		if (v > max)
			return -1;
	}
	return v;
}

int config_signal(const char *text)
{
	int nr = small_number(text, 64);
	size_t len;

	if (*text >= '0' && *text <= '9')
		return nr > 0 ? nr : -1;
	if (!strncasecmp(text, "SIG", 3))
		text += 3;
	len = strcspn(text, "+-");
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		if (strncasecmp(text, signals[i].name, len) || signals[i].name[len])
			continue;
		if (!text[len])
			return signals[i].number;
		nr = small_number(text + len + 1, 30);
		if (nr < 0 || signals[i].number != (text[len] == '+' ? 34 : 64))
			return -1;
		return text[len] == '+' ? 34 + nr : 64 - nr;
	}
	return -1;
}

static int refuse(char why[WHY_MAX], const char *what)
{
	snprintf(why, WHY_MAX, "config.json: %s", what);
	return -1;
}

static char *copy_string(const struct json *object, const char *key, const char *fallback)
{
	const struct json *j = json_get(object, key, JSON_STRING);

	return strdup(j && *j->string ? j->string : fallback);
}

/* NULL for what is not an array of strings; an absent one is empty. */
static char **copy_strings(const struct json *object, const char *key)
{
	const struct json *a = json_get(object, key, JSON_ARRAY);
	char **v;
	size_t n = 0;

	for (const struct json *j = a ? a->child : NULL; j; j = j->next, n++)
		if (j->type != JSON_STRING)
			return NULL;
	v = calloc(n + 1, sizeof(*v));
	n = 0;
	for (const struct json *j = a ? a->child : NULL; v && j; j = j->next)
		v[n++] = strdup(j->string);
	return v;
}

static bool flag(const struct json *object, const char *key)
{
	const struct json *j = json_get(object, key, JSON_BOOL);

	return j && j->number;
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *p = memchr(digits, c, 16);

	return p ? (int)(p - digits) : -1;
}

static int parse_root(const struct json *root, struct config *c, char why[WHY_MAX])
{
	const struct json *j = json_get(root, "superblock", JSON_STRING);

	if (!j || strlen(j->string) != 2UL * SUPERBLOCK_LEN)
		return refuse(why, "root.superblock is not 96 bytes in hexadecimal");
	for (size_t i = 0; i < SUPERBLOCK_LEN; i++) {
		int high = hex_digit(j->string[2 * i]), low = hex_digit(j->string[2 * i + 1]);

		if (high < 0 || low < 0)
			return refuse(why, "root.superblock is not 96 bytes in hexadecimal");
		c->superblock[i] = high << 4 | low;
	}
	c->has_root = true;
	return 0;
}

static int parse_process(const struct json *p, struct config *c, char why[WHY_MAX])
{
	c->args = copy_strings(p, "args");
	c->env = copy_strings(p, "env");
	if (!c->args || !c->args[0])
		return refuse(why, "process.args names no command");
	if (!c->env)
		return refuse(why, "process.env is not an array of strings");
	c->cwd = copy_string(p, "cwd", "/");
	c->user = copy_string(p, "user", "");
	c->terminal = flag(p, "terminal");
	c->open_stdin = flag(p, "stdin");
	return 0;
}

static int parse_stop(const struct json *stop, struct config *c, char why[WHY_MAX])
{
	const struct json *name = json_get(stop, "signal", JSON_STRING), *grace = json_get(stop, "grace", JSON_NUMBER);

	c->stop_signal = name ? config_signal(name->string) : SIGTERM;
	c->grace = 10;
	if (c->stop_signal < 0)
		return refuse(why, "stop.signal is no signal's name or number");
	if (grace && (grace->number < 0 || grace->number > GRACE_MAX))
		return refuse(why, "stop.grace is not 0..86400 seconds");
	if (grace)
		c->grace = grace->number;
	return 0;
}

static int parse_mac(const char *text, uint8_t mac[6])
{
	for (int i = 0; i < 6; i++, text += 3) {
		int high = hex_digit(text[0]), low = high < 0 ? -1 : hex_digit(text[1]);

		if (low < 0 || text[2] != (i < 5 ? ':' : '\0'))
			return -1;
		mac[i] = high << 4 | low;
	}
	return 0;
}

/* "10.75.0.5/32" or, without a length, the host alone. */
static int parse_address(const char *text, struct net_address *a)
{
	char copy[64];
	char *slash;
	int plen;

	if (snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy))
		return -1;
	slash = strchr(copy, '/');
	if (slash)
		*slash++ = '\0';
	a->family = strchr(copy, ':') ? AF_INET6 : AF_INET;
	plen = a->family == AF_INET6 ? 128 : 32;
	if (slash)
		plen = small_number(slash, plen);
	if (plen < 0 || inet_pton(a->family, copy, a->bytes) != 1)
		return -1;
	a->plen = plen;
	return 0;
}

/* Return: 0, or -1 for what is not an array of addresses; an absent one is empty. */
static int parse_addresses(const struct json *object, const char *key, struct net_address **out, size_t *nr)
{
	const struct json *a = json_get(object, key, JSON_ARRAY);

	for (const struct json *j = a ? a->child : NULL; j; j = j->next) {
		struct net_address *more = realloc(*out, (*nr + 1) * sizeof(**out));

		if (!more)
			return -1;
		*out = more;
		if (j->type != JSON_STRING || parse_address(j->string, &more[*nr]))
			return -1;
		*nr += 1;
	}
	return 0;
}

static int parse_interface(const struct json *j, struct net_interface *i, char why[WHY_MAX])
{
	const struct json *mac = json_get(j, "mac", JSON_STRING), *mtu = json_get(j, "mtu", JSON_NUMBER);

	if (!mac || parse_mac(mac->string, i->mac))
		return refuse(why, "network.mac is not six pairs of hexadecimal digits");
	if (mtu && (mtu->number < 0 || mtu->number > MTU_MAX))
		return refuse(why, "network.mtu is not 0..65535");
	if (mtu)
		i->mtu = mtu->number;
	if (parse_addresses(j, "addresses", &i->addresses, &i->nr_addresses))
		return refuse(why, "network.addresses is not an array of IP addresses");
	if (parse_addresses(j, "gateways", &i->gateways, &i->nr_gateways))
		return refuse(why, "network.gateways is not an array of IP addresses");
	return 0;
}

static int parse_network(const struct json *all, struct config *c, char why[WHY_MAX])
{
	size_t nr = 0;

	for (const struct json *j = all ? all->child : NULL; j; j = j->next)
		nr++;
	c->networks = calloc(nr + 1, sizeof(*c->networks));
	if (!c->networks)
		return refuse(why, "no memory");
	for (const struct json *j = all ? all->child : NULL; j; j = j->next)
		if (parse_interface(j, &c->networks[c->nr_networks++], why))
			return -1;
	return 0;
}

static int parse_tree(const struct json *j, struct config *c, char why[WHY_MAX])
{
	const struct json *version = json_get(j, "version", JSON_NUMBER), *root = json_get(j, "root", JSON_OBJECT);

	if (!version || version->number != 1)
		return refuse(why, "version is not 1: hyphactl and the guest's init do not match");
	c->hostname = copy_string(j, "hostname", "hypha");
	c->dns = copy_strings(j, "dns");
	if (!c->dns)
		return refuse(why, "dns is not an array of strings");
	if (root && parse_root(root, c, why))
		return -1;
	if (parse_process(json_get(j, "process", JSON_OBJECT), c, why))
		return -1;
	if (parse_network(json_get(j, "network", JSON_ARRAY), c, why))
		return -1;
	return parse_stop(json_get(j, "stop", JSON_OBJECT), c, why);
}

int config_parse(const char *text, size_t len, struct config *c, char why[WHY_MAX])
{
	size_t at;
	struct json *j = json_parse(text, len, &at);
	int err;

	*c = (struct config){};
	if (!j) {
		snprintf(why, WHY_MAX, "config.json: not valid JSON at byte %zu of %zu", at, len);
		return -1;
	}
	err = parse_tree(j, c, why);
	json_free(j);
	if (err)
		config_clean(c);
	return err;
}

static void free_strings(char **v)
{
	for (char **s = v; s && *s; s++)
		free(*s);
	free(v);
}

void config_clean(struct config *c)
{
	free_strings(c->args);
	free_strings(c->env);
	free_strings(c->dns);
	for (size_t i = 0; i < c->nr_networks; i++) {
		free(c->networks[i].addresses);
		free(c->networks[i].gateways);
	}
	free(c->networks);
	free(c->hostname);
	free(c->cwd);
	free(c->user);
	*c = (struct config){};
}
