// SPDX-License-Identifier: GPL-2.0-or-later
/* An honest network frontend (Xen's io/netif.h) that knows ARP and ping, and its parts for dishonest ones. */
#include "guest.h"

enum { PAGE_TX, PAGE_RX, PAGE_BUFFERS };

static struct reply answer;

static int read_key(const char *dir, const char *key)
{
	char path[128];

	format(path, sizeof(path), "%s/%s", dir, key);
	return store_read(0, path, &answer);
}

bool net_write_key(struct net *n, const char *key, u64 value)
{
	char path[128];

	format(path, sizeof(path), "%s/%s", n->dir, key);
	return store_write(0, path, "%u", value) >= 0;
}

static u8 nibble(char c)
{
	return c >= 'a' ? c - 'a' + 10 : c >= 'A' ? c - 'A' + 10 : c - '0';
}

/* The address it was given comes in words of the command line, the gateway's is the prefix's first. */
static void learn_addresses(struct net *n)
{
	u32 ip = word("ip", 10UL << 24 | 75 << 16 | 66), i;
	u64 high = word("ip6hi", 0), low = word("ip6lo", 0);

	for (i = 0; i < 6; i++)
		n->mac[i] = nibble(answer.data[3 * i]) << 4 | nibble(answer.data[3 * i + 1]);
	for (i = 0; i < 4; i++)
		n->ip[i] = ip >> (24 - 8 * i);
	for (i = 0; i < 8; i++) {
		n->ip6[i] = high >> (56 - 8 * i);
		n->ip6[8 + i] = low >> (56 - 8 * i);
	}
	memcpy(n->gateway, (u8[]){ 10, 75, 0, 1 }, 4);
}

bool net_find(struct net *n)
{
	*n = (struct net){ .dir = "device/vif/0" };
	if (read_key(n->dir, "backend") < 0 || strlen(answer.data) >= sizeof(n->backend))
		return false;
	memcpy(n->backend, answer.data, strlen(answer.data) + 1);
	if (read_key(n->dir, "mac") < 17)
		return false;
	learn_addresses(n);
	return true;
}

bool net_set_state(struct net *n, u32 state)
{
	return net_write_key(n, "state", state);
}

bool net_wait_backend(struct net *n, u32 state, u64 ns)
{
	u64 give_up = now() + ns;

	do {
		if (read_key(n->backend, "state") > 0 && number(answer.data) == state)
			return true;
		wait_port(boot->store_port, 5 * MS);
	} while (now() < give_up);
	return false;
}

static void grant_pages(struct net *n)
{
	static struct net granted;	/* once: references are never given back */
	u32 i;

	if (!granted.tx_ref) {
		granted.tx_ref = grant(page(PAGE_TX), GTF_PERMIT);
		granted.rx_ref = grant(page(PAGE_RX), GTF_PERMIT);
		for (i = 0; i < NET_BUFFERS; i++)
			granted.buffer[i] = grant(page(PAGE_BUFFERS + i), GTF_PERMIT);
		for (i = 0; i < NET_PAGES; i++)
			granted.data[i] = grant(page(NET_DATA + i), GTF_PERMIT);
	}
	n->tx_ref = granted.tx_ref;
	n->rx_ref = granted.rx_ref;
	memcpy(n->buffer, granted.buffer, sizeof(n->buffer));
	memcpy(n->data, granted.data, sizeof(n->data));
}

static void post_buffer(struct net *n, u32 nr)
{
	u32 at = n->rx_prod++ % NET_RING;

	n->rx->slot[at].req.id = nr;
	n->rx->slot[at].req.pad = 0;
	n->rx->slot[at].req.gref = n->buffer[nr];
}

void net_start(struct net *n)
{
	u32 i;

	grant_pages(n);
	n->tx = (void *)page(PAGE_TX);
	n->rx = (void *)page(PAGE_RX);
	memset(n->tx, 0, PAGE_SIZE);
	memset(n->rx, 0, PAGE_SIZE);
	n->tx->req_event = n->tx->rsp_event = n->rx->req_event = n->rx->rsp_event = 1;
	n->tx_prod = n->tx_cons = n->rx_prod = n->rx_cons = n->errors = 0;
	for (i = 0; i < NET_BUFFERS; i++)
		post_buffer(n, i);
	STORE(n->rx->req_prod, n->rx_prod);
	n->port = alloc_port();
}

static void tell(struct net *n)
{
	net_write_key(n, "tx-ring-ref", n->tx_ref);
	net_write_key(n, "rx-ring-ref", n->rx_ref);
	net_write_key(n, "event-channel", n->port);
	net_write_key(n, "request-rx-copy", 1);
	net_write_key(n, "feature-rx-notify", 1);
	net_write_key(n, "feature-sg", 1);
}

static bool learn_gateway(struct net *n);

bool net_connect(struct net *n)
{
	if (!net_wait_backend(n, ST_INIT_WAIT, 5000 * MS)) {
		finding("vif: the backend does not wait for us, its state is %s", answer.data);
		return false;
	}
	net_start(n);
	tell(n);
	net_set_state(n, ST_CONNECTED);
	if (!net_wait_backend(n, ST_CONNECTED, 5000 * MS)) {
		finding("vif: the backend does not connect, its state is %s", answer.data);
		return false;
	}
	return learn_gateway(n);
}

void net_close(struct net *n)
{
	net_set_state(n, ST_CLOSING);
	if (!net_wait_backend(n, ST_CLOSING, 5000 * MS))
		finding("vif: the backend does not close, its state is %s", answer.data);
	net_set_state(n, ST_CLOSED);
	if (!net_wait_backend(n, ST_CLOSED, 5000 * MS))
		finding("vif: the backend is not closed, its state is %s", answer.data);
	hc_evtchn(EVTCHNOP_CLOSE, &n->port);
	net_set_state(n, ST_INITIALISING);
	if (!net_wait_backend(n, ST_INIT_WAIT, 5000 * MS))	/* who connects sooner is not heard */
		finding("vif: the backend does not wait again, its state is %s", answer.data);
}

void net_queue(struct net *n, const void *slot)
{
	memcpy(&n->tx->slot[n->tx_prod++ % NET_RING], slot, sizeof(struct net_tx_request));
}

void net_push(struct net *n)
{
	mb();
	STORE(n->tx->req_prod, n->tx_prod);
	notify(n->port);
}

bool net_answered(struct net *n, u64 ns)
{
	u64 give_up = now() + ns;

	while (n->tx_cons != n->tx_prod) {
		if (READ(n->tx->rsp_prod) == n->tx_cons) {
			if (now() > give_up)
				return false;
			STORE(n->tx->rsp_event, n->tx_cons + 1);
			wait_port(n->port, 5 * MS);
			continue;
		}
		mb();
		if (n->tx->slot[n->tx_cons++ % NET_RING].rsp.status < 0)
			n->errors++;
	}
	return true;
}

void net_send(struct net *n, const void *frame, u32 len)
{
	struct net_tx_request r = { .gref = n->data[0], .size = len };

	memcpy(page(NET_DATA), frame, len);
	net_queue(n, &r);
	net_push(n);
	if (!net_answered(n, 10000 * MS))
		finding("vif: a frame of %u bytes is not answered", (u64)len);
}

u32 net_receive(struct net *n, u8 *frame, u64 ns)
{
	u64 give_up = now() + ns;
	u32 len = 0, at, id;
	bool more = true;

	while (more) {
		if (READ(n->rx->rsp_prod) == n->rx_cons) {
			if (now() > give_up)
				return 0;
			STORE(n->rx->rsp_event, n->rx_cons + 1);
			wait_port(n->port, 5 * MS);
			continue;
		}
		mb();
		id = n->rx_cons % NET_BUFFERS;	/* answered in the order of posting */
		at = n->rx_cons++ % NET_RING;
		more = n->rx->slot[at].rsp.flags & NET_RX_MORE;
		if (n->rx->slot[at].rsp.status > 0 && n->rx->slot[at].rsp.status + n->rx->slot[at].rsp.offset <= PAGE_SIZE &&
		    len + n->rx->slot[at].rsp.status <= FRAME_MAX) {
			memcpy(frame + len, page(PAGE_BUFFERS + id) + n->rx->slot[at].rsp.offset, n->rx->slot[at].rsp.status);
			len += n->rx->slot[at].rsp.status;
		} else if (n->rx->slot[at].rsp.status > PAGE_SIZE) {
			finding("vif: %u bytes received into a page", (u64)n->rx->slot[at].rsp.status);
		}
		post_buffer(n, id);
		mb();
		STORE(n->rx->req_prod, n->rx_prod);
		notify(n->port);
	}
	return len;
}

/* ---- ARP and ping ---- */

static void fill_ethernet(struct net *n, u8 *frame, u16 type)
{
	memcpy(frame, n->gateway_mac, 6);
	memcpy(frame + 6, n->mac, 6);
	frame[12] = type >> 8;
	frame[13] = type;
}

static bool learn_gateway(struct net *n)
{
	static const u8 ask[] = { 0, 1, 8, 0, 6, 4, 0, 1 };
	static u8 frame[FRAME_MAX];
	u32 tries;

	for (tries = 0; tries < 10; tries++) {
		memset(frame, 0, 60);
		memset(n->gateway_mac, 0xff, 6);
		fill_ethernet(n, frame, 0x806);
		memcpy(frame + 14, ask, sizeof(ask));
		memcpy(frame + 22, n->mac, 6);
		memcpy(frame + 28, n->ip, 4);
		memcpy(frame + 38, n->gateway, 4);
		net_send(n, frame, 60);
		while (net_receive(n, frame, 500 * MS))
			if (frame[12] == 8 && frame[13] == 6 && frame[21] == 2 && !memcmp(frame + 28, n->gateway, 4)) {
				memcpy(n->gateway_mac, frame + 22, 6);
				return true;
			}
	}
	finding("vif: the gateway does not answer ARP");
	return false;
}

static u16 sum(const u8 *data, u32 len)
{
	u32 s = 0, i;

	for (i = 0; i + 1 < len; i += 2)
		s += data[i] << 8 | data[i + 1];
	if (len & 1)
		s += data[len - 1] << 8;
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return ~s;
}

void fill_sum(u8 *at, const u8 *data, u32 len)
{
	u16 s;

	at[0] = at[1] = 0;
	s = sum(data, len);
	at[0] = s >> 8;
	at[1] = s;
}

void net_fill_ip(struct net *n, u8 *frame, u8 proto, const u8 *dst, u32 payload)
{
	u8 *ip = frame + 14;

	memset(ip, 0, 20);
	fill_ethernet(n, frame, 0x800);
	ip[0] = 0x45;
	ip[2] = (20 + payload) >> 8;
	ip[3] = 20 + payload;
	ip[8] = 64;
	ip[9] = proto;
	memcpy(ip + 12, n->ip, 4);
	memcpy(ip + 16, dst, 4);
	fill_sum(ip + 10, ip, 20);
}

u32 net_fill_echo(struct net *n, u8 *frame, u16 seq, u32 len)
{
	u8 *icmp = frame + 34;
	u32 i;

	net_fill_ip(n, frame, 1, n->gateway, 8 + len);
	memset(icmp, 0, 8);
	icmp[0] = 8;
	icmp[4] = 0x75;
	icmp[6] = seq >> 8;
	icmp[7] = seq;
	for (i = 0; i < len; i++)
		icmp[8 + i] = seq + i;
	fill_sum(icmp + 2, icmp, 8 + len);
	return 42 + len;
}

bool net_wait_echo(struct net *n, u16 seq, u64 ns)
{
	static u8 frame[FRAME_MAX];
	u64 give_up = now() + ns;

	do {
		u32 len = net_receive(n, frame, 100 * MS), i;

		if (len < 42 || frame[12] != 8 || frame[13] || frame[23] != 1 || frame[34] || frame[40] != seq >> 8 || frame[41] != (u8)seq)
			continue;
		len = (frame[16] << 8 | frame[17]) - 28;
		for (i = 0; i < len; i++)
			if (frame[42 + i] != (u8)(seq + i)) {
				finding("vif: echo %u is damaged at byte %u", (u64)seq, (u64)i);
				return false;
			}
		return true;
	} while (now() < give_up);
	return false;
}

bool net_pings(struct net *n)
{
	static u8 frame[FRAME_MAX];
	static u16 seq;
	u32 tries;

	for (tries = 0; tries < 5; tries++) {
		net_send(n, frame, net_fill_echo(n, frame, ++seq, 100));
		if (net_wait_echo(n, seq, 2000 * MS))
			return true;
	}
	finding("vif: the gateway does not answer pings");
	return false;
}

bool net_up(struct net *n)
{
	if (!net_find(n)) {
		finding("no interface");
		return false;
	}
	return net_connect(n) && net_pings(n);
}
