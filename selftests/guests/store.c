// SPDX-License-Identifier: GPL-2.0-or-later
/* An honest xenstore client (docs/misc/xenstore.txt of Xen), and its parts for dishonest ones. */
#include "guest.h"

#define PATIENCE	(20000 * MS)

struct store_ring *store;
u64 store_events;

static u32 send_some(const u8 *data, u64 len)
{
	u32 prod = store->req_prod, space = sizeof(store->req) - (prod - READ(store->req_cons)), i;

	if (space > sizeof(store->req))
		return 0;
	if (space > len)
		space = len;
	mb();
	for (i = 0; i < space; i++)
		store->req[(prod + i) % sizeof(store->req)] = data[i];
	mb();
	STORE(store->req_prod, prod + space);
	if ((s32)(READ(store->req_cons) - prod) >= 0)	/* Linux' rule: only who had taken all there was is told */
		notify(boot->store_port);
	return space;
}

bool store_send(const void *data, u64 len)
{
	u64 done = 0, give_up = now() + PATIENCE;

	while (done < len) {
		u32 n = send_some((const u8 *)data + done, len - done);

		done += n;
		if (!n) {
			if (now() > give_up)
				return false;
			wait_port(boot->store_port, 50 * MS);
		}
	}
	return true;
}

static u32 receive_some(u8 *data, u64 len)
{
	u32 cons = store->rsp_cons, used = READ(store->rsp_prod) - cons, i;

	if (used > sizeof(store->rsp))
		return 0;
	if (used > len)
		used = len;
	mb();
	for (i = 0; i < used; i++)
		data[i] = store->rsp[(cons + i) % sizeof(store->rsp)];
	mb();
	STORE(store->rsp_cons, cons + used);
	if (used && READ(store->rsp_prod) - cons >= sizeof(store->rsp))	/* Linux' rule: only if it was full */
		notify(boot->store_port);
	return used;
}

bool store_receive(void *data, u64 len, u64 ns)
{
	u64 done = 0, give_up = now() + ns;

	while (done < len) {
		u32 n = receive_some((u8 *)data + done, len - done);

		done += n;
		if (!n) {
			if (now() > give_up)
				return false;
			wait_port(boot->store_port, 20 * MS);
		}
	}
	return true;
}

static int receive_message(struct reply *r, u64 ns)
{
	if (!store_receive(&r->h, sizeof(r->h), ns))
		return -2;
	if (r->h.len > XS_PAYLOAD_MAX) {
		finding("store: a message of type %u has %u bytes", (u64)r->h.type, (u64)r->h.len);
		return -3;
	}
	if (!store_receive(r->data, r->h.len, ns))
		return -2;
	r->data[r->h.len] = 0;
	return r->h.len;
}

static int check_reply(const struct reply *r, const struct xs_header *asked)
{
	if (r->h.req_id != asked->req_id || r->h.tx_id != asked->tx_id ||
	    (r->h.type != asked->type && r->h.type != XS_ERROR)) {
		finding("store: asked type %u req %x tx %x, got type %u req %x tx %x", (u64)asked->type,
			(u64)asked->req_id, (u64)asked->tx_id, (u64)r->h.type, (u64)r->h.req_id, (u64)r->h.tx_id);
		return -3;
	}
	if (r->h.type != XS_ERROR)
		return r->h.len;
	if (!r->h.len || r->data[r->h.len - 1])
		finding("store: an error's name is not NUL-terminated");
	return -1;
}

u32 store_post(u32 type, u32 tx, const void *payload, u32 len)
{
	static u32 last_id;
	struct xs_header h = { type, ++last_id, tx, len };

	return store_send(&h, sizeof(h)) && store_send(payload, len) ? h.req_id : 0;
}

int store_await(u32 type, u32 tx, u32 id, struct reply *r)
{
	const struct xs_header asked = { type, id, tx, 0 };
	int n;

	if (!id)
		return -2;
	for (;;) {
		n = receive_message(r, PATIENCE);
		if (n < 0)
			return n;
		if (r->h.type != XS_WATCH_EVENT)
			return check_reply(r, &asked);
		store_events++;
	}
}

int store_ask(u32 type, u32 tx, const void *payload, u32 len, struct reply *r)
{
	return store_await(type, tx, store_post(type, tx, payload, len), r);
}

int store_path(u32 type, u32 tx, const char *path, struct reply *r)
{
	return store_ask(type, tx, path, strlen(path) + 1, r);
}

int store_read(u32 tx, const char *path, struct reply *r)
{
	return store_path(XS_READ, tx, path, r);
}

u32 store_begin(struct reply *r)
{
	return store_ask(XS_TRANSACTION_START, 0, "", 1, r) > 0 ? number(r->data) : 0;
}

int store_end(u32 tx, bool commit, struct reply *r)
{
	return store_ask(XS_TRANSACTION_END, tx, commit ? "T" : "F", 2, r);
}

int store_write(u32 tx, const char *path, const char *fmt, ...)
{
	static char payload[XS_PAYLOAD_MAX];
	static struct reply r;
	u64 n = strlen(path) + 1;
	va_list args;

	memcpy(payload, path, n);
	va_start(args, fmt);
	n += vformat(payload + n, sizeof(payload) - n, fmt, args);
	va_end(args);
	return store_ask(XS_WRITE, tx, payload, n, &r);
}

bool store_is_sane(void)
{
	static struct reply r;
	int n = store_read(0, "domid", &r);

	if (n > 0 && number(r.data) > 0)
		return true;
	finding("store: \"domid\" reads %d %s", (s64)n, n == -1 ? r.data : "");
	return false;
}
