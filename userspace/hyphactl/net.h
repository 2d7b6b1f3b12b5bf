/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hyphactl net: objects with verbs, one object per net_*.c, all in the table of cmd_net.c. */
#ifndef HYPHACTL_NET_H
#define HYPHACTL_NET_H

#include "present/names.h"
#include "present/present.h"
#include "present/sheet.h"

/* Exit statuses, as of ip(8): wrong words (and guests that do not exist); refused by the kernel, which said why. */
enum net_status { NET_OK, NET_WRONG, NET_REFUSED };

struct net_verb {
	const char *name;
	const char *words;	/* what may follow, for help */
	/* Return: enum net_status, with err_text() unless NET_OK. */
	int (*run)(const struct style *style, struct words *w);
};

struct net_object {
	const char *name, *alias;
	const char *summary;
	const struct net_verb *verbs;	/* the first is the default; ends with an empty one */
};

extern const struct net_object net_addr_object, net_link_object, net_flow_object, net_forward_object, net_neigh_object,
	net_stat_object, net_policy_object;

/* Words for the shell's completion, one per line: objects; with @object its verbs; with @verb what may follow. */
void net_complete(const char *object, const char *verb);

/* The guest that @ref names: name, uuid, beginning of it, or kernel id. 0 or -errno with err_text(). */
int net_guest_find(const char *ref, uint32_t *id);
/* "guest G" or "G" as the next words. Return: NET_OK or NET_WRONG. */
int net_guest_take(struct words *w, uint32_t *id);
/* Nothing, or "guest G": @id 0 is all. Return: NET_OK or NET_WRONG. */
int net_guest_option(struct words *w, uint32_t *id);
/* Is there a word that may name one? If not, err_text() says so. */
bool net_guest_named(const struct words *w);
/* NET_REFUSED if @err. */
int net_answer(int err);
/* All names the kernel knows now. */
int net_names_load(struct names *names);

/* Interfaces of @guest, or all (0), in the order of the guests' ids. 0 or -errno with err_text(). Free @vifs with free(). */
int net_vifs(uint32_t guest, struct net_vif **vifs, size_t *nr);
/* The same of what net_guest_option() reads, and if that is all, what is the @host's. Return: NET_OK, NET_WRONG or NET_REFUSED. */
int net_asked(struct words *w, uint32_t *guest, struct net_vif **vifs, size_t *nr, struct net_host *host);
/* Sums over its queues. */
struct net_queue net_vif_total(const struct net_vif *vif);

json_t *net_policy_json(const struct net_policy *p);
void net_policy_text(struct buf *out, const struct net_policy *p);

#endif
