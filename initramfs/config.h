/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this guest is to be: /config.json, see "Guest boot" in docs/architecture.md. */
#ifndef INIT_CONFIG_H
#define INIT_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SUPERBLOCK_LEN 96	/* bytes that identify the root disk */
#define CONFIG_MAX (4UL << 20)
#define WHY_MAX 256

/* An address or, with its prefix, a destination. */
struct net_address {
	int family;		/* AF_INET or AF_INET6 */
	uint8_t bytes[16];	/* 4 of them for AF_INET */
	unsigned char plen;
};

struct net_interface {
	uint8_t mac[6];
	unsigned int mtu;	/* 0: as the driver has it */
	struct net_address *addresses, *gateways;
	size_t nr_addresses, nr_gateways;
};

struct config {
	char *hostname;
	bool has_root;
	uint8_t superblock[SUPERBLOCK_LEN];
	char **args, **env;	/* NULL-terminated; args has at least one */
	char *cwd, *user;
	bool terminal, open_stdin;
	int stop_signal;
	unsigned int grace;	/* seconds */
	char **dns;		/* NULL-terminated */
	struct net_interface *networks;
	size_t nr_networks;
};

/* Return: 0, or -1 with a sentence in @why. Unknown members are ignored, so that a newer hyphactl may say more. */
int config_parse(const char *text, size_t len, struct config *c, char why[WHY_MAX]);
void config_clean(struct config *c);
/* "SIGTERM", "TERM", "15", "SIGRTMIN+3". Return: the number, or -1. */
int config_signal(const char *text);

#endif
