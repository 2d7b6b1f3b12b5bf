// SPDX-License-Identifier: GPL-2.0-or-later
/* hyphactl net: which guest is meant, and the interfaces there are. */
#include "hyphactl/net.h"

#include "hyphactl/lookup.h"
#include "util/error.h"
#include "util/mem.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int net_answer(int err)
{
	return err ? NET_REFUSED : NET_OK;
}

/* As -n prints them. */
static int find_by_id(const char *ref, uint32_t *id)
{
	uint64_t number;
	struct guest g;

	if (!isdigit((unsigned char)*ref) || word_number("guest", ref, 1, UINT32_MAX, &number) || guest_get_id(number, &g))
		return -ENOENT;
	*id = g.id;
	guest_clean(&g);
	return 0;
}

int net_guest_find(const char *ref, uint32_t *id)
{
	auto_known k = { 0 };
	int err = known_find_living(ref, &k);

	if (!err)
		*id = k.id;
	else if (err == -ENOENT && !find_by_id(ref, id))
		err = 0;
	return err == -ENOENT ? err_set(err, "no such guest: \"%s\" (hyphactl list shows all)", ref) : err;
}

bool net_guest_named(const struct words *w)
{
	if (!words_peek(w))
		err_set(-EINVAL, "a guest is missing");
	return words_peek(w);
}

int net_guest_take(struct words *w, uint32_t *id)
{
	const char *ref = words_next(w);

	if (ref && !strcmp(ref, "guest"))
		ref = words_next(w);
	if (!ref) {
		err_set(-EINVAL, "a guest is missing");
		return NET_WRONG;
	}
	return net_guest_find(ref, id) ? NET_WRONG : NET_OK;
}

int net_guest_option(struct words *w, uint32_t *id)
{
	int status = NET_OK;

	*id = 0;
	if (words_peek(w))
		status = net_guest_take(w, id);
	if (status == NET_OK && words_end(w))
		status = NET_WRONG;
	return status;
}

int net_asked(struct words *w, uint32_t *guest, struct net_vif **vifs, size_t *nr, struct net_host *host)
{
	int status = net_guest_option(w, guest);

	if (status)
		return status;
	return net_vifs(*guest, vifs, nr) || (!*guest && net_host_get(host)) ? NET_REFUSED : NET_OK;
}

int net_names_load(struct names *names)
{
	struct guest *guests;
	size_t nr;
	int err = guest_dump(&guests, &nr);

	if (err)
		return err;
	for (size_t i = 0; i < nr; i++)
		names_set(names, guests[i].id, guests[i].name);
	guests_free(guests, nr);
	return 0;
}

struct vif_list {
	struct net_vif *all;
	size_t nr;
};

static int add_vif(const struct net_vif *vif, void *arg)
{
	struct vif_list *l = arg;

	l->all = mem_realloc(l->all, (l->nr + 1) * sizeof(*l->all));
	l->all[l->nr++] = *vif;
	return 0;
}

static int by_guest(const void *a, const void *b)
{
	const struct net_vif *x = a, *y = b;

	return (x->guest > y->guest) - (x->guest < y->guest);
}

int net_vifs(uint32_t guest, struct net_vif **vifs, size_t *nr)
{
	struct vif_list l = { NULL, 0 };
	struct net_vif vif;
	int err;

	if (guest) {
		err = net_vif_get(guest, &vif);
		if (!err)
			add_vif(&vif, &l);
	} else {
		err = net_vif_dump(add_vif, &l);
	}
	if (err) {
		free(l.all);
		return err;
	}
	if (l.nr)
		qsort(l.all, l.nr, sizeof(*l.all), by_guest);
	*vifs = l.all;
	*nr = l.nr;
	return 0;
}

struct net_queue net_vif_total(const struct net_vif *vif)
{
	struct net_queue sum = { 0 };

	for (size_t i = 0; i < vif->nr_queues; i++) {
		const struct net_queue *q = &vif->queues[i];

		sum.tx_packets += q->tx_packets;
		sum.tx_bytes += q->tx_bytes;
		sum.rx_packets += q->rx_packets;
		sum.rx_bytes += q->rx_bytes;
		sum.drops += q->drops;
		sum.backlog += q->backlog;
	}
	return sum;
}
