// SPDX-License-Identifier: GPL-2.0-or-later
/* A guest that misbehaves as its command line says: mode=NAME seed=N count=N …, then reports, and powers off. */
#include "guest.h"

const struct start_info *boot;
u32 findings;

static const struct mode *const tables[] = {
	store_modes, account_modes, ring_modes, console_modes, block_modes, grant_modes, device_modes, slot_modes, net_modes, vif_modes,
	peer_modes, domain_modes, machine_modes, memory_modes, fuzz_modes,
};

/* Where the value of KEY= starts on the command line, or NULL. */
static const char *value_of(const char *key)
{
	const char *s = boot->cmd_line;
	u64 n = strlen(key);

	for (; *s; s++)
		if ((s == boot->cmd_line || s[-1] == ' ') && begins(s, key) && s[n] == '=')
			return s + n + 1;
	return NULL;
}

u64 word(const char *key, u64 otherwise)
{
	const char *s = value_of(key);

	return s ? number(s) : otherwise;
}

static void fill_mode_name(char *name, u64 size)
{
	const char *s = value_of("mode");
	u64 n = 0;

	while (s && *s && *s != ' ' && n + 1 < size)
		name[n++] = *s++;
	name[n] = 0;
}

static const struct mode *find_mode(const char *name)
{
	const struct mode *m;
	u32 i;

	for (i = 0; i < COUNT(tables); i++)
		for (m = tables[i]; m->name; m++)
			if (same(m->name, name))
				return m;
	return NULL;
}

void stop(u32 reason)
{
	for (;;)
		hc_sched(SCHEDOP_SHUTDOWN, &reason);
}

void finish(u32 code)
{
	say("done, exit code %u", (u64)code);
	if (store_write(0, "data/exit-code", "%u", (u64)code) < 0)
		say("the store does not take the exit code");
	stop(SHUTDOWN_POWEROFF);
}

static void *page_of(u64 mfn)
{
	return (void *)(VIRT_BASE + M2P[mfn] * PAGE_SIZE);
}

void guest_main(const struct start_info *si)
{
	const struct mode *mode;
	char name[32];

	boot = si;
	console = page_of(si->console_mfn);
	store = page_of(si->store_mfn);
	machine_init();
	seed_random(word("seed", 1));
	fill_mode_name(name, sizeof(name));

	mode = find_mode(advisory_mode(name));
	if (!mode) {
		say("no mode %s", name);
		finish(2);
	}
	say("mode %s seed %u", name, word("seed", 1));
	store_write(0, "data/ready", "1");
	mode->run();
	finish(findings ? 1 : 0);
}
