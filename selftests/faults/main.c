// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * faults VERB KERNEL MODULE: calls VERB again and again; the n-th time the n-th of what can fail in it does: an allocation,
 * a copy from or to user space, a hypercall (/proc/self/fail-nth). Ends when a call has no more of them. "list": the verbs.
 */
#include "faults.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define POINTS_MAX	50000
#define SLACK		(64 << 10)	/* bytes of Xen's own pools that breathe */
#define XEN_LOSES	512		/* bytes at most, with each domain of two vCPUs: README.md, "Limits" */

static const struct verb *const tables[] = { ioctl_verbs, netlink_verbs, module_verbs };
static int fail_nth;

int complain(const char *what, int err)
{
	printf("# %s: %s\n", what, strerror(-err));
	return err;
}

static unsigned int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static int look(const struct world *w, struct state *s)
{
	struct hypha_info info = { .size = sizeof(info) };

	*s = (struct state){ .nr_fds = count_fds() };
	if (w->dev < 0)
		return 0;
	if (ioctl(w->dev, HYPHA_INFO, &info))
		return complain("HYPHA_INFO", -errno);
	s->nr_guests = info.nr_guests;
	s->nr_exited = info.nr_exited;
	s->free_bytes = info.free_bytes;
	return 0;
}

static bool same(const struct state *a, const struct state *b)
{
	return a->nr_guests == b->nr_guests && a->nr_exited == b->nr_exited && a->nr_fds == b->nr_fds &&
	       b->free_bytes + SLACK >= a->free_bytes;
}

/* Xen takes a moment to have a domain's last pages back. @state: as it was before the step, then as it is. */
static int check_state(const struct world *w, struct state *state)
{
	const struct state before = *state;

	for (int i = 0; i < 200; i++) {
		if (look(w, state))
			return -EIO;
		if (same(&before, state))
			return 0;
		usleep(10000);
	}
	printf("# before: %u guests, %u exited, %u fds, %llu KiB free in Xen; now: %u, %u, %u, %llu\n",
	       before.nr_guests, before.nr_exited, before.nr_fds, before.free_bytes >> 10,
	       state->nr_guests, state->nr_exited, state->nr_fds, state->free_bytes >> 10);
	return -EUCLEAN;
}

/* What each step may lose unseen adds up. */
static int check_sum(const struct state *first, const struct state *last, unsigned int points)
{
	long long lost = first->free_bytes - last->free_bytes;

	printf("# %lld KiB less of Xen's memory after %u points\n", lost / 1024, points);
	return lost <= SLACK + (long long)points * XEN_LOSES ? 0 : complain("Xen's memory", -EUCLEAN);
}

/* Writing may itself meet a fault that was left; it is gone then. */
static int arm(unsigned int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", n);

	for (int i = 0; i < 2; i++)
		if (pwrite(fail_nth, text, len, 0) == len)
			return 0;
	return complain("/proc/self/fail-nth", -errno);
}

/* Whether the fault that was armed never came; reading may itself meet it. */
static bool armed(void)
{
	char text[16] = "";

	return pread(fail_nth, text, sizeof(text) - 1, 0) < 0 || atoi(text);
}

/* Return: 1 when the call had no n-th point. */
static int step(const struct verb *v, struct world *w, struct state *state, unsigned int n, unsigned int *refused)
{
	int err = v->before ? v->before(w) : 0, ret;
	bool left;

	if (err || arm(n))
		return -EIO;
	ret = v->call(w);
	left = armed();
	if (arm(0))
		return -EIO;
	*refused += ret < 0;
	err = v->after ? v->after(w) : 0;
	err = err ?: check_state(w, state);
	if (err)
		printf("# %s, point %u (it returned %d): %s\n", v->name, n, ret, strerror(-err));
	if (left && ret < 0 && !err)
		err = complain("it fails without a fault", ret);
	return err ?: left;
}

static int run(const struct verb *v, struct world *w, unsigned int from, unsigned int stride)
{
	unsigned int n, refused = 0, points = 0;
	struct state first, state;
	int ret = 0;

	if (look(w, &first))
		return -EIO;
	state = first;
	for (n = from; n < POINTS_MAX && !ret; n += stride, points++)
		ret = step(v, w, &state, n, &refused);
	if (ret > 0)
		ret = 0;
	printf("# %s: %u points, %u of them refused it\n", v->name, points - 1, refused);
	if (!ret)
		ret = check_sum(&first, &state, points);
	if (!ret && points < 2)
		ret = complain("nothing was made to fail: is fault injection on?", -EINVAL);
	return ret;
}

static const struct verb *find(const char *name)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (const struct verb *v = tables[i]; v->name; v++)
			if (!name)
				puts(v->name);
			else if (!strcmp(name, v->name))
				return v;
	return NULL;
}

int main(int argc, char **argv)
{
	const struct verb *v = find(argc > 1 && strcmp(argv[1], "list") ? argv[1] : NULL);
	struct world w;
	int ret;

	if (argc > 1 && !strcmp(argv[1], "list"))
		return 0;
	if (!v || argc < 4) {
		fprintf(stderr, "usage: faults VERB KERNEL MODULE [FROM STRIDE] | list\n");
		return 2;
	}
	fail_nth = open("/proc/self/fail-nth", O_RDWR);
	if (fail_nth < 0)
		return complain("/proc/self/fail-nth", -errno), 1;
	if (world_open(&w, argv[2], argv[3]))
		return 1;
	/* Guests before the first point: Xen's pools grow once. */
	ret = guest_create(&w, 0) ?: guest_forget(&w) ?: guest_create(&w, 0) ?: guest_forget(&w);
	ret = ret ?: run(v, &w, argc > 4 ? atoi(argv[4]) : 1, argc > 5 ? atoi(argv[5]) : 1);
	guest_forget(&w);	/* if it broke off */
	return ret != 0;
}
