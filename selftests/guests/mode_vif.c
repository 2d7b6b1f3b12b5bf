// SPDX-License-Identifier: GPL-2.0-or-later
/* What a hostile guest does to its interface's rings and handshake. */
#include "guest.h"

#define DIR	"device/vif/0"

static struct net net;
static u8 frame[FRAME_MAX];

static bool reconnects(void)
{
	net_close(&net);
	return net_connect(&net) && net_pings(&net);
}

/* An index that cannot be: the interface may go off, and must come back when reconnected. */
static void wild_indices(void)
{
	static const u32 ahead[] = { NET_RING + 1, 1000, 0x7fffffff, 0x80000000, 0xffffffff };
	u32 i, j;

	if (!net_up(&net))
		return;
	for (i = 0; i < word("count", 20); i++) {
		for (j = 0; j < 20; j++) {
			STORE(net.tx->rsp_prod, random64());
			STORE(net.tx->rsp_event, random64());
			STORE(net.rx->rsp_prod, random64());
			if (i & 1)
				STORE(net.tx->req_prod, net.tx_prod + (j ? random_odd() : ahead[i / 2 % COUNT(ahead)]));
			else
				STORE(net.rx->req_prod, net.rx_prod + (j ? random_odd() : ahead[i / 2 % COUNT(ahead)]));
			notify(net.port);
		}
		wait_port(net.port, 20 * MS);
		if (!reconnects())
			return;
	}
	say("indices were wild");
}

/* Rings whose indices are nonsense before the backend ever sees them. */
static void wild_start(void)
{
	u32 i;

	if (!net_up(&net))
		return;
	for (i = 0; i < word("count", 20); i++) {
		net_close(&net);
		net_start(&net);
		STORE(net.tx->rsp_prod, random64());
		STORE(net.tx->req_prod, random64());
		STORE(net.rx->rsp_prod, random64());
		STORE(net.rx->req_prod, random64());
		net_write_key(&net, "event-channel", net.port);
		net_set_state(&net, ST_CONNECTED);
		if (!net_wait_backend(&net, ST_CONNECTED, 300 * MS))
			net_wait_backend(&net, ST_CLOSING, 300 * MS);
	}
	reconnects();
	say("rings began with nonsense");
}

/* Buffers that are not there, read-only, or taken away while they are used; the rings' own among them. */
static void moving_grants(void)
{
	struct net_tx_request r = { 0 };
	u32 i, j, len;

	if (!net_up(&net))
		return;
	for (i = 0; i < word("count", 200); i++) {
		len = net_fill_echo(&net, frame, i, 1000);
		memcpy(page(NET_DATA + 1), frame, len);
		for (j = 0; j < 64; j++) {
			r = (struct net_tx_request){ .gref = net.data[1], .size = len };
			if (j % 4 == 1)
				r.gref = (u32)random_odd();
			net_queue(&net, &r);
		}
		net_push(&net);
		for (j = 0; j < 100; j++) {
			revoke(net.data[1]);
			revoke(net.buffer[j % NET_BUFFERS]);
			regrant(net.data[1], page(NET_DATA + 1), random64() & 1 ? GTF_PERMIT : GTF_PERMIT | GTF_READONLY);
			regrant(net.buffer[j % NET_BUFFERS], net.rx, GTF_PERMIT | GTF_READONLY);
		}
		for (j = 0; j < NET_BUFFERS; j++)
			regrant(net.buffer[j], page(2 + j), GTF_PERMIT);
		regrant(net.data[1], page(NET_DATA + 1), GTF_PERMIT);
		if (!net_answered(&net, 10000 * MS)) {
			finding("packets on moving grants are not answered");
			return;
		}
		while (net_receive(&net, frame, MS))
			;
	}
	reconnects();
	say("grants moved");
}

/* Requests rewritten while they are being read. */
static void flip(void)
{
	struct net_tx_request r = { 0 };
	u32 i, j, first, len;

	if (!net_up(&net))
		return;
	for (i = 0; i < word("count", 300); i++) {
		len = net_fill_echo(&net, frame, i, 500);
		memcpy(page(NET_DATA + 1), frame, len);
		first = net.tx_prod;
		for (j = 0; j < 100; j++) {
			r = (struct net_tx_request){ .gref = net.data[1], .size = len };
			net_queue(&net, &r);
		}
		net_push(&net);
		for (j = 0; j < 2000 && READ(net.tx->rsp_prod) != net.tx_prod; j++) {
			struct net_tx_request *slot = &net.tx->slot[(first + j) % NET_RING].req;

			STORE(slot->size, (u16)random_odd());
			STORE(slot->offset, (u16)random64());
			STORE(slot->flags, (u16)random64() & 11);
			page(NET_DATA + 1)[random64() % 64] = random64();
		}
		if (!net_answered(&net, 300 * MS) && !reconnects())
			return;
	}
	reconnects();
	say("requests flipped");
}

/* @nr pings of @len bytes, of which no answer is taken. */
static bool ping_deaf(u32 nr, u32 len)
{
	struct net_tx_request r = { .gref = net.data[1] };

	r.size = net_fill_echo(&net, frame, 1, len);
	memcpy(page(NET_DATA + 1), frame, r.size);
	while (nr) {
		u32 i, batch = nr < NET_RING / 2 ? nr : NET_RING / 2;

		for (i = 0; i < batch; i++)
			net_queue(&net, &r);
		net_push(&net);
		if (!net_answered(&net, 10000 * MS)) {
			finding("packets are not answered because answers wait");
			return false;
		}
		nr -= batch;
	}
	return true;
}

/* Who asks and asks, and posts no buffers for the answers. */
static void never_take(void)
{
	u64 end = now() + word("seconds", 5) * 1000 * MS, n;

	if (!net_up(&net))
		return;
	for (n = 0; now() < end; n += NET_RING)
		if (!ping_deaf(NET_RING, 1400))
			return;
	say("%u echoes asked for, none taken", n);
	reconnects();
}

/* Gone with a queue full of answers never taken, again and again. */
static void leave_full(void)
{
	u32 i;

	if (!net_up(&net))
		return;
	for (i = 0; i < word("count", 20); i++)
		if (!ping_deaf(500, 1400) || !reconnects())
			return;
	say("left a full queue %u times", (u64)i);
}

/* The receive ring broken while packets wait for it, and the interface closed at once, or started over without closing. */
static void break_receive(void)
{
	u32 i;

	if (!net_up(&net))
		return;
	for (i = 0; i < word("count", 20); i++) {
		if (!ping_deaf(100, 1000))
			return;
		STORE(net.rx->req_prod, net.rx_prod + NET_RING + 1 + i * i * i);
		notify(net.port);
		if (i & 1) {
			net_set_state(&net, ST_INITIALISING);
			hc_evtchn(EVTCHNOP_CLOSE, &net.port);
		} else {
			net_close(&net);
		}
		if (!net_connect(&net) || !net_pings(&net))
			return;
	}
	say("broke the receive ring %u times", (u64)i);
}

/* What dom0 must not read, as packets; what it must not write, as buffers; and as rings what it must not have. */
static void misgrants(void)
{
	static u32 ref;
	const char *name;
	u32 i, len;

	if (!net_up(&net))
		return;
	ref = grant(page(PAGE_FREE), GTF_PERMIT);
	len = net_fill_echo(&net, frame, 1, 100);
	for (i = 0; (name = misgrant(ref, i, false)); i++) {
		struct net_tx_request r = { .gref = ref, .size = len };
		u32 before = net.errors;

		net_queue(&net, &r);
		net_push(&net);
		if (!net_answered(&net, 10000 * MS) || net.errors == before)
			finding("%s is sent", name);
	}
	for (i = 0; (name = misgrant(net.buffer[0], i, true)); i++) {
		ping_deaf(NET_BUFFERS, 100);
		regrant(net.buffer[0], page(2), GTF_PERMIT);
		if (!reconnects())
			return;
	}
	for (i = 0; (name = misgrant(net.rx_ref, i, true)); i++) {
		net_close(&net);
		net_start(&net);
		net_write_key(&net, "event-channel", net.port);
		net_set_state(&net, ST_CONNECTED);
		if (!net_wait_backend(&net, ST_CLOSING, 3000 * MS))
			finding("%s is taken for a ring", name);
		regrant(net.rx_ref, net.rx, GTF_PERMIT);
		if (!reconnects())
			return;
	}
	say("%u kinds of grants that are none", (u64)i);
}

/* Events without cease. seconds=N */
static void storm(void)
{
	u64 end = now() + word("seconds", 60) * 1000 * MS, n = 0;

	if (!net_up(&net))
		return;
	while (now() < end) {
		u32 i;

		for (i = 0; i < 1000; i++)
			notify(net.port);
		n += 1000;
	}
	say("%u events", n);
	net_pings(&net);
}

/* ---- the handshake ---- */

static void state_storm(void)
{
	u32 i;

	if (!net_up(&net))
		return;
	for (i = 0; i < word("count", 5000); i++) {
		u64 r = random64();

		store_write(0, DIR "/state", r & 15 ? "%u" : "%x%s", r & 15 ? (r >> 4) % 10 : r, "garbage");
	}
	store_write(0, DIR "/state", "6");
	if (!net_wait_backend(&net, ST_CLOSED, 10000 * MS))
		finding("the backend is not closed after all that");
	store_write(0, DIR "/state", "1");
	if (net_connect(&net) && net_pings(&net))
		say("states stormed");
}

static void often(void)
{
	u32 i, count = word("count", 200);

	if (!net_up(&net))
		return;
	for (i = 0; i < count; i++)
		if (!reconnects())
			return;
	say("connected %u times", (u64)count);
}

/* Closing, and then nothing; or Initialising without ever having closed. */
static void half_closed(void)
{
	u32 i;

	if (!net_up(&net))
		return;
	for (i = 0; i < 20; i++) {
		net_set_state(&net, ST_CLOSING);
		if (!net_wait_backend(&net, ST_CLOSING, 5000 * MS))
			finding("the backend does not close");
		memset(net.tx, 0xff, PAGE_SIZE);	/* shared until Closed */
		notify(net.port);
		net_set_state(&net, i & 1 ? ST_INITIALISING : ST_CLOSED);
		if (!(i & 1) && !net_wait_backend(&net, ST_CLOSED, 5000 * MS))
			finding("the backend is not closed");
		net_set_state(&net, ST_CLOSED);
		net_wait_backend(&net, ST_CLOSED, 5000 * MS);
		net_set_state(&net, ST_INITIALISING);
		if (!net_connect(&net) || !net_pings(&net))
			return;
	}
	say("half closed %u times", (u64)i);
}

/* One value spoilt, then the state that makes the backend read it. */
static const struct {
	const char *key, *value;
} spoilt[] = {
	{ "tx-ring-ref", "" }, { "tx-ring-ref", "0" }, { "tx-ring-ref", "-1" }, { "tx-ring-ref", "4294967295" },
	{ "tx-ring-ref", "4294967296" }, { "tx-ring-ref", "1000" }, { "tx-ring-ref", "8 8" },
	{ "rx-ring-ref", "" }, { "rx-ring-ref", "99999999999999999999999999" }, { "rx-ring-ref", "1000" }, { "rx-ring-ref", "0x8" },
	{ "event-channel", "" }, { "event-channel", "0" }, { "event-channel", "1" }, { "event-channel", "1023" },
	{ "event-channel", "4294967295" }, { "event-channel", "none" },
	{ "request-rx-copy", "0" }, { "request-rx-copy", "" }, { "request-rx-copy", "maybe" }, { "feature-rx-notify", "0" },
	{ "multi-queue-num-queues", "0" }, { "multi-queue-num-queues", "-1" }, { "multi-queue-num-queues", "9" },
	{ "multi-queue-num-queues", "1000000000" }, { "multi-queue-num-queues", "4294967297" }, { "multi-queue-num-queues", "two" },
	{ "multi-queue-num-queues", "2" },	/* whose queue-0 and queue-1 are not there */
};

static void rm(const char *path)
{
	static struct reply r;

	store_ask(XS_RM, 0, path, strlen(path) + 1, &r);
}

static void spoil(u32 nr)
{
	char path[64];

	net_start(&net);
	net_write_key(&net, "tx-ring-ref", net.tx_ref);
	net_write_key(&net, "rx-ring-ref", net.rx_ref);
	net_write_key(&net, "event-channel", net.port);
	net_write_key(&net, "request-rx-copy", 1);
	net_write_key(&net, "feature-rx-notify", 1);
	format(path, sizeof(path), DIR "/%s", spoilt[nr].key);
	store_write(0, path, "%s", spoilt[nr].value);
	net_set_state(&net, ST_CONNECTED);
	if (!net_wait_backend(&net, ST_CLOSING, 3000 * MS))
		finding("%s = \"%s\" is accepted", spoilt[nr].key, spoilt[nr].value);
	net_set_state(&net, ST_CLOSED);
	if (!net_wait_backend(&net, ST_CLOSED, 3000 * MS))
		finding("%s = \"%s\": the backend is not closed", spoilt[nr].key, spoilt[nr].value);
	rm(path);
	hc_evtchn(EVTCHNOP_CLOSE, &net.port);
	net_set_state(&net, ST_INITIALISING);
	if (!net_wait_backend(&net, ST_INIT_WAIT, 3000 * MS))
		finding("%s = \"%s\": the backend does not wait again", spoilt[nr].key, spoilt[nr].value);
}

static void spoilt_keys(void)
{
	u32 i;

	if (!net_up(&net))
		return;
	net_close(&net);
	for (i = 0; i < COUNT(spoilt); i++)
		spoil(i);
	if (net_connect(&net) && net_pings(&net))
		say("%u keys spoilt", (u64)COUNT(spoilt));
}

/* Keys written while connected: nothing of it may matter until the next handshake. */
static void toggled_keys(void)
{
	static const char *const keys[] = {
		"feature-sg", "feature-gso-tcpv4", "feature-gso-tcpv6", "feature-no-csum-offload", "feature-ipv6-csum-offload",
		"feature-rx-notify", "request-rx-copy", "multi-queue-num-queues", "tx-ring-ref", "rx-ring-ref", "event-channel", "mac",
		"request-multicast-control", "xdp-headroom", "mtu", "backend", "handle",
	};
	u32 i;

	if (!net_up(&net))
		return;
	for (i = 0; i < word("count", 1000); i++) {
		char path[64];

		format(path, sizeof(path), DIR "/%s", keys[random64() % COUNT(keys)]);
		store_write(0, path, "%u", random64() & 1 ? random64() & 3 : random_odd());
		if (i % 50 == 0 && !net_pings(&net))
			return;
	}
	say("keys toggled %u times", (u64)i);
}

/* Both rings one page; a ring that is read-only; the store's own port. */
static void odd_rings(void)
{
	u32 i;

	if (!net_up(&net))
		return;
	net_close(&net);
	net_start(&net);
	net_write_key(&net, "rx-ring-ref", net.tx_ref);
	net_write_key(&net, "event-channel", net.port);
	net_set_state(&net, ST_CONNECTED);
	net_wait_backend(&net, ST_CONNECTED, 1000 * MS);
	for (i = 0; i < 1000; i++) {
		STORE(net.tx->req_prod, random_odd());
		notify(net.port);
	}
	reconnects();
	net_close(&net);
	net_start(&net);
	regrant(net.tx_ref, net.tx, GTF_PERMIT | GTF_READONLY);
	net_write_key(&net, "event-channel", net.port);
	net_set_state(&net, ST_CONNECTED);
	if (!net_wait_backend(&net, ST_CLOSING, 3000 * MS))
		finding("a read-only ring is accepted");
	regrant(net.tx_ref, net.tx, GTF_PERMIT);
	reconnects();
	say("odd rings tried");
}

static void remove_device(void)
{
	if (!net_up(&net))
		return;
	rm(DIR "/state");
	rm(DIR "/tx-ring-ref");
	rm(DIR);
	rm("device/vif");
	store_write(0, DIR "/state", "4");
	store_write(0, DIR "/state", "6");
	store_is_sane();
	say("removed the interface");
}

/* The end comes in the middle: at=STATE, with a full ring if it is connected. */
static void die_at(void)
{
	u32 at = word("at", ST_CONNECTED), i, len;

	if (!net_find(&net))
		return;
	if (at < ST_CONNECTED) {
		net_start(&net);
		net_write_key(&net, "tx-ring-ref", net.tx_ref);
		net_write_key(&net, "event-channel", net.port);
		if (at > ST_INIT_WAIT)
			net_set_state(&net, ST_CONNECTED);
		stop(SHUTDOWN_CRASH);
	}
	if (!net_connect(&net))
		return;
	len = net_fill_echo(&net, frame, 1, 1400);
	memcpy(page(NET_DATA), frame, len);
	for (i = 0; i < NET_RING; i++) {
		struct net_tx_request r = { .gref = net.data[0], .size = len };

		net_queue(&net, &r);
	}
	net_push(&net);
	if (at >= ST_CLOSING)
		net_set_state(&net, at);
	stop(SHUTDOWN_CRASH);
}

const struct mode vif_modes[] = {
	{ "net-index", wild_indices },
	{ "net-start", wild_start },
	{ "net-grants", moving_grants },
	{ "net-flip", flip },
	{ "net-deaf", never_take },
	{ "net-leave", leave_full },
	{ "net-break", break_receive },
	{ "net-misgrants", misgrants },
	{ "net-storm", storm },
	{ "net-states", state_storm },
	{ "net-reconnect", often },
	{ "net-half", half_closed },
	{ "net-keys", spoilt_keys },
	{ "net-toggle", toggled_keys },
	{ "net-rings", odd_rings },
	{ "net-remove", remove_device },
	{ "net-die", die_at },
	{ }
};
