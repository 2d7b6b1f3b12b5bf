// SPDX-License-Identifier: GPL-2.0-only
/* A console whose guest prints, floods, types and lies. */
#include "rings.h"

#include <linux/delay.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/jiffies.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <xen/interface/io/console.h>

#include "console/console.h"
#include "console/console_priv.h"

struct guest {
	struct hypha_con *con;
	struct xencons_interface *ring;
	evtchn_port_t port;
};

static bool guest_start(struct guest *g, u32 log_size)
{
	g->ring = (void *)get_zeroed_page(GFP_KERNEL);
	g->port = port_alloc();
	g->con = hypha_console_alloc(log_size);
	return g->ring && !IS_ERR(g->con) && !hypha_console_connect(g->con, 0, g->ring, g->port);
}

static void guest_stop(struct guest *g)
{
	hypha_console_disconnect(g->con);
	hypha_console_put(g->con);
	port_close(g->port);
	free_page((unsigned long)g->ring);
}

/* As a guest's driver does it; false if the ring stays full for two seconds. */
static bool print(struct guest *g, const void *from, size_t len)
{
	struct xencons_interface *ring = g->ring;
	const u8 *data = from;
	unsigned long end = jiffies + 2 * HZ;

	while (len) {
		u32 used = ring->out_prod - READ_ONCE(ring->out_cons);
		u32 n = min_t(u32, len, sizeof(ring->out) - used), i;

		if (!n) {
			if (time_after(jiffies, end))
				return false;
			cond_resched();
			continue;
		}
		for (i = 0; i < n; i++)
			ring->out[MASK_XENCONS_IDX(ring->out_prod + i, ring->out)] = data[i];
		virt_wmb();
		ring->out_prod += n;
		port_send(g->port);
		data += n;
		len -= n;
	}
	return true;
}

static u64 wait_bytes(struct guest *g, u64 want)
{
	u64 bytes = 0, dropped;
	int i;

	for (i = 0; i < 200; i++) {
		hypha_console_stats(g->con, &bytes, &dropped);
		if (bytes >= want)
			break;
		msleep(10);
	}
	return bytes;
}

static void output_is_logged(void)
{
	struct guest g;
	char buf[16] = "";
	u64 pos = 0;

	CHECK(guest_start(&g, 4096));
	CHECK(print(&g, "hello", 5));
	CHECK(wait_bytes(&g, 5) == 5);
	CHECK(hypha_console_read(g.con, &pos, buf, sizeof(buf)) == 5);
	CHECK(!memcmp(buf, "hello", 5));
	CHECK(hypha_console_read(g.con, &pos, buf, sizeof(buf)) == 0);
	CHECK(!hypha_console_readable(g.con, pos));
	guest_stop(&g);
}

static void a_flood_is_taken_and_counted(void)
{
	enum { TOTAL = 4 << 20 };
	char *data = kmalloc(65536, GFP_KERNEL);
	u64 bytes, dropped;
	struct guest g;
	int i;

	CHECK(guest_start(&g, 10000));
	memset(data, 'x', 65536);
	for (i = 0; i < TOTAL / 65536; i++)
		CHECK(print(&g, data, 65536));
	CHECK(wait_bytes(&g, TOTAL) == TOTAL);
	hypha_console_stats(g.con, &bytes, &dropped);
	CHECK(dropped == TOTAL - 10000);
	guest_stop(&g);
	kfree(data);
}

/* Every byte says its offset. */
static u8 byte_at(u64 offset)
{
	return offset * 31 + (offset >> 8) * 7;
}

/* Read what there is from *@pos on. Return: bytes that are not what they should be. */
static u32 verify(struct guest *g, u64 *pos)
{
	static u8 buf[1000];
	u32 i, n, bad = 0;

	while ((n = hypha_console_read(g->con, pos, buf, sizeof(buf))))
		for (i = 0; i < n; i++)
			bad += buf[i] != byte_at(*pos - n + i);
	return bad;
}

static void what_is_logged_is_what_was_printed(void)
{
	static u8 data[3000];
	u64 pos = 0, replay = 0, printed = 0;
	struct guest g;
	u32 i, n, bad = 0;

	CHECK(guest_start(&g, 50000));
	while (printed < 2 << 20) {
		n = 1 + get_random_u32() % (get_random_u32() & 1 ? 40 : sizeof(data));
		for (i = 0; i < n; i++)
			data[i] = byte_at(printed + i);
		CHECK(print(&g, data, n));
		printed += n;
		bad += verify(&g, &pos);
	}
	CHECK(wait_bytes(&g, printed) == printed);
	bad += verify(&g, &pos);
	CHECK(pos == printed);
	bad += verify(&g, &replay);
	CHECK(!bad);
	guest_stop(&g);
}

static void lying_indices_do_no_harm(void)
{
	static const u32 lies[] = { 2049, 4096, 0x7fffffff, 0x80000000, 0xffffffff };
	u64 bytes, dropped;
	struct guest g;
	int i;

	CHECK(guest_start(&g, 4096));
	for (i = 0; i < ARRAY_SIZE(lies); i++) {
		g.ring->out_prod += lies[i];
		port_send(g.port);
		msleep(20);
	}
	hypha_console_stats(g.con, &bytes, &dropped);
	CHECK(bytes == 0);
	/* and its own honest output works again from there */
	CHECK(hypha_console_feed(g.con, "abc", 3) == 3);
	g.ring->in_cons = g.ring->in_prod + 1;
	CHECK(hypha_console_feed(g.con, "abc", 3) == -EIO);
	g.ring->in_cons = 3;
	CHECK(hypha_console_feed(g.con, "def", 3) == 3);
	guest_stop(&g);
}

static void input_waits_for_space(void)
{
	static char big[2000];
	struct guest g;

	CHECK(guest_start(&g, 4096));
	memset(big, 'i', sizeof(big));
	CHECK(hypha_console_feed(g.con, big, sizeof(big)) == 1024);
	CHECK(hypha_console_feed(g.con, big, 1) == 0);
	CHECK(!hypha_console_writable(g.con));
	CHECK(!memchr_inv(g.ring->in, 'i', sizeof(g.ring->in)));
	g.ring->in_prod = 77;	/* ours, not the guest's: its change has no effect */
	WRITE_ONCE(g.ring->in_cons, 10);
	port_send(g.port);
	msleep(50);
	CHECK(hypha_console_writable(g.con));
	CHECK(hypha_console_feed(g.con, "0123456789abc", 13) == 10);
	CHECK(!memcmp(g.ring->in, "0123456789", 10));
	CHECK(g.ring->in_prod == 1034);
	guest_stop(&g);
}

static void the_end_comes_after_the_last_byte(void)
{
	struct guest g;
	char buf[16];
	u64 pos = 0;

	CHECK(guest_start(&g, 4096));
	memcpy(g.ring->out, "last words", 10);
	g.ring->out_prod = 10;	/* no event */
	hypha_console_disconnect(g.con);
	CHECK(hypha_console_readable(g.con, 0));
	CHECK(hypha_console_read(g.con, &pos, buf, sizeof(buf)) == 10);
	CHECK(hypha_console_read(g.con, &pos, buf, sizeof(buf)) == 0);
	CHECK(hypha_console_readable(g.con, pos));
	CHECK(hypha_console_feed(g.con, "x", 1) == -EPIPE);
	guest_stop(&g);
}

static void an_impossible_port_is_refused(void)
{
	struct guest g;

	g.con = hypha_console_alloc(4096);
	g.ring = (void *)get_zeroed_page(GFP_KERNEL);
	CHECK(hypha_console_connect(g.con, 0, g.ring, 0x12345) < 0);
	hypha_console_disconnect(g.con);
	hypha_console_put(g.con);
	free_page((unsigned long)g.ring);
}

static void it_comes_and_goes_100_times(void)
{
	struct guest g;
	int i;

	for (i = 0; i < 100; i++) {
		CHECK(guest_start(&g, 4096));
		print(&g, "x", 1);
		guest_stop(&g);
	}
}

#define RUN(f) do { start_test("console_" #f); f(); end_test(); } while (0)

void test_console(void)
{
	RUN(output_is_logged);
	RUN(a_flood_is_taken_and_counted);
	RUN(what_is_logged_is_what_was_printed);
	RUN(lying_indices_do_no_harm);
	RUN(input_waits_for_space);
	RUN(the_end_comes_after_the_last_byte);
	RUN(an_impossible_port_is_refused);
	RUN(it_comes_and_goes_100_times);
}
