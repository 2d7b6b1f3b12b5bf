// SPDX-License-Identifier: GPL-2.0-or-later
/* The guests that callers make: their ids and names, never more than a few at once, none in the end. */
#include "callers.h"

#include <err.h>
#include <stdio.h>
#include <sys/ioctl.h>

static _Atomic uint32_t known[16], newest;
static atomic_uint turn;
static uint32_t swept;		/* ids up to this one are gone; under @sweeping */
static pthread_mutex_t sweeping = PTHREAD_MUTEX_INITIALIZER;

static void count(int device, uint32_t *living, uint32_t *all)
{
	struct hypha_info info = { .size = sizeof(info) };

	if (ioctl(device, HYPHA_INFO, &info))
		err(1, "HYPHA_INFO");
	*living = info.nr_guests;
	*all = info.nr_guests + info.nr_exited;
}

static void forget(int device, uint32_t id)
{
	struct hypha_id arg = { sizeof(arg), id };

	ioctl(device, HYPHA_DESTROY, &arg);
	ioctl(device, HYPHA_REMOVE, &arg);
}

void guests_init(int device)
{
	uint32_t living, all;

	count(device, &living, &all);
	if (all)
		errx(1, "there are guests: callers would destroy them");
}

void guest_made(uint32_t id)
{
	uint32_t last = atomic_load(&newest);

	atomic_store(&known[atomic_fetch_add(&turn, 1) % COUNT(known)], id);
	while (id > last && !atomic_compare_exchange_weak(&newest, &last, id))
		;
}

uint32_t guest_id(struct caller *c)
{
	if (!one_in(c, 5))
		return atomic_load(&known[below(c, COUNT(known))]);
	return one_in(c, 2) ? atomic_load(&newest) + below(c, 3) : odd_number(c);
}

const char *guest_name(struct caller *c)
{
	static const char *const names[] = {
		"caller-0", "caller-1", "caller-2", "caller-3", "caller-4", "caller-5", "caller-6", "caller-7", "c", "C9._-",
		"a-name-that-is-as-long-as-names-may-be-and-not-longer-012345678",
	};

	return pick(c, names);
}

bool guests_room(struct caller *c)
{
	uint32_t living, all;

	count(c->device, &living, &all);
	if (living < GUESTS_MAX)
		return true;
	if (pthread_mutex_trylock(&sweeping))
		return false;
	while (swept + 3 < atomic_load(&newest))
		forget(c->device, ++swept);
	pthread_mutex_unlock(&sweeping);
	return false;
}

void guests_remove_all(int device)
{
	uint32_t living, all = 0, id, end = atomic_load(&newest) + 100000;

	for (id = 1; id < end; id++) {
		forget(device, id);
		if (id % 64)
			continue;
		count(device, &living, &all);
		if (!all)
			return;
	}
	errx(1, "%u guests cannot be removed", all);
}
