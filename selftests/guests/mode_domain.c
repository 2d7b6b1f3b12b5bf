// SPDX-License-Identifier: GPL-2.0-or-later
/* How a hostile domain lives and ends: well, badly, noisily, or not at all. */
#include "guest.h"

static void exit_well(void)
{
	finish(word("code", 0));
}

static void exit_odd(void)
{
	static const char *const codes[] = { "", "-1", "256", "4294967296", "7x", "99999999999999999999999999" };
	u32 i;

	for (i = 0; i < COUNT(codes); i++)
		store_write(0, "data/exit-code", "%s", codes[i]);
	stop(SHUTDOWN_POWEROFF);
}

/* Exit codes as fast as they go: each makes dom0 look whether we are dead. */
static void exit_often(void)
{
	u64 i;

	for (i = 0; i < word("count", 5000); i++) {
		store_write(0, "data/exit-code", "%u", i % 300);
		store_write(0, "data/ready", "%u", i);
	}
}

static void shut_down(void)
{
	stop(word("reason", SHUTDOWN_CRASH));
}

/* No trap handlers: Xen ends the domain. */
static void page_fault(void)
{
	*(volatile u64 *)0x123456789000 = 1;
}

static void bad_stack(void)
{
	asm volatile("xor %esp, %esp; push %rax; ud2");
}

/* Events on every port there is, without cease. */
static void event_storm(void)
{
	u64 end = now() + word("seconds", 5) * 1000 * MS, n = 0;
	u32 port;

	for (; now() < end; n++)
		for (port = 0; port < 16; port++)
			notify(port);
	say("%u rounds of events", n);
	store_is_sane();
}

/* Hang up on dom0: close, or reset, every port. Nothing can be told any more. */
static void close_ports(void)
{
	struct evtchn_reset reset = { DOMID_SELF };
	u32 port;

	say("closing all ports");
	if (word("reset", 0))
		hc_evtchn(EVTCHNOP_RESET, &reset);
	else
		for (port = 1; port < 64; port++)
			hc_evtchn(EVTCHNOP_CLOSE, &port);
	store_send("0123456789abcdef", 16);
	for (port = 1; port < 64; port++)
		alloc_port();
	stop(SHUTDOWN_POWEROFF);
}

/* Give the pages of its rings back to Xen while dom0 uses them. */
static void give_back(void)
{
	u64 frames[] = { boot->store_mfn, boot->console_mfn };
	struct memory_reservation op = { frames, COUNT(frames), 0, 0, DOMID_SELF };

	say("giving back the ring pages");
	for (u32 i = 0; i < COUNT(frames); i++)	/* our own mapping counts too */
		hypercall4(HC_UPDATE_VA_MAPPING, VIRT_BASE + M2P[frames[i]] * PAGE_SIZE, 0, UVMF_INVLPG, 0);
	hc_memory(XENMEM_DECREASE_RESERVATION, &op);
	notify(boot->store_port);
	notify(boot->console_port);
	wait_port(boot->store_port, 500 * MS);
	stop(SHUTDOWN_POWEROFF);
}

/* Never ends by itself; burns its vCPU or sleeps. */
static void stay(void)
{
	say("staying");
	for (;;)
		if (!word("burn", 0))
			wait_port(boot->store_port, 1000 * MS);
}

const struct mode domain_modes[] = {
	{ "exit", exit_well },
	{ "exit-odd", exit_odd },
	{ "exit-often", exit_often },
	{ "shutdown", shut_down },
	{ "fault", page_fault },
	{ "stack", bad_stack },
	{ "events", event_storm },
	{ "close", close_ports },
	{ "give-back", give_back },
	{ "stay", stay },
	{ }
};
