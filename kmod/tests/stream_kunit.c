// SPDX-License-Identifier: GPL-2.0-only
/* A xenstore ring with an honest and a hostile guest at the other end. */
#include <kunit/test.h>

#include "../store/stream.c"

#include <linux/slab.h>

struct fixture {
	struct xenstore_domain_interface ring;
	struct hypha_stream s;
	struct hypha_quota quota;
	struct hypha_outbox box;
	u32 seed;
};

static int init(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	test->priv = f;
	f->seed = 11;
	hypha_quota_init(&f->quota);
	hypha_outbox_init(&f->box, &f->quota);
	hypha_stream_init(&f->s, &f->ring);
	return 0;
}

static void exit_empty(struct kunit *test)
{
	struct fixture *f = test->priv;

	hypha_outbox_clean(&f->box);
	KUNIT_EXPECT_EQ(test, f->quota.used, 0);
}

static u32 rnd(struct fixture *f, u32 below)
{
	f->seed = f->seed * 1664525 + 1013904223;
	return (f->seed >> 8) % below;
}

/* The guest writes up to @len bytes; returns how many there was room for. */
static u32 guest_write(struct fixture *f, const void *from, u32 len)
{
	u32 room = XENSTORE_RING_SIZE - (f->ring.req_prod - f->ring.req_cons), i;

	len = min(len, room);
	for (i = 0; i < len; i++)
		f->ring.req[MASK_XENSTORE_IDX(f->ring.req_prod++)] = ((const char *)from)[i];
	return len;
}

static u32 guest_read(struct fixture *f, void *to, u32 len)
{
	u32 there = f->ring.rsp_prod - f->ring.rsp_cons, i;

	len = min(len, there);
	for (i = 0; i < len; i++)
		((char *)to)[i] = f->ring.rsp[MASK_XENSTORE_IDX(f->ring.rsp_cons++)];
	return len;
}

static void it_says_what_it_can(struct kunit *test)
{
	struct fixture *f = test->priv;

	KUNIT_EXPECT_EQ(test, f->ring.server_features,
			XENSTORE_SERVER_FEATURE_RECONNECTION | XENSTORE_SERVER_FEATURE_ERROR);
	KUNIT_EXPECT_EQ(test, f->ring.connection, XENSTORE_CONNECTED);
	KUNIT_EXPECT_EQ(test, f->ring.error, XENSTORE_ERROR_NONE);
	KUNIT_EXPECT_EQ(test, hypha_stream_receive(&f->s), 0);
	KUNIT_EXPECT_FALSE(test, f->s.moved);
}

static void requests_arrive_whole_however_they_are_cut(struct kunit *test)
{
	char *message = kunit_kzalloc(test, sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX, GFP_KERNEL);
	struct fixture *f = test->priv;
	u32 sent, size, nr, i;
	int got;

	/* Begin where the indices wrap. */
	f->ring.req_prod = f->ring.req_cons = f->ring.rsp_prod = f->ring.rsp_cons = U32_MAX - 3000;
	hypha_stream_init(&f->s, &f->ring);
	for (nr = 0; nr < 300; nr++) {
		struct xsd_sockmsg head = { .type = nr, .req_id = ~nr, .tx_id = nr * 3 };

		head.len = nr < 2 ? nr * XENSTORE_PAYLOAD_MAX : rnd(f, rnd(f, 4) ? 40 : XENSTORE_PAYLOAD_MAX + 1);
		memcpy(message, &head, sizeof(head));
		for (i = 0; i < head.len; i++)
			message[sizeof(head) + i] = (char)(nr * 7 + i);
		size = sizeof(head) + head.len;
		for (sent = 0, got = 0; !got; ) {
			sent += guest_write(f, message + sent, min(size - sent, 1 + rnd(f, rnd(f, 2) ? 20 : 1500)));
			got = hypha_stream_receive(&f->s);
			KUNIT_ASSERT_GE(test, got, 0);
			KUNIT_ASSERT_FALSE(test, got && sent < size);
		}
		KUNIT_ASSERT_EQ(test, sent, size);
		KUNIT_EXPECT_EQ(test, memcmp(&f->s.head, &head, sizeof(head)), 0);
		KUNIT_EXPECT_EQ(test, memcmp(f->s.data, message + sizeof(head), head.len), 0);
	}
	KUNIT_EXPECT_EQ(test, f->ring.req_cons, f->ring.req_prod);
}

static void several_requests_in_one_go_come_one_by_one(struct kunit *test)
{
	static const struct xsd_sockmsg a = { .type = XS_READ, .req_id = 1, .len = 2 }, b = { .type = XS_MKDIR, .req_id = 2 };
	struct fixture *f = test->priv;

	guest_write(f, &a, sizeof(a));
	guest_write(f, "x", 2);
	guest_write(f, &b, sizeof(b));
	guest_write(f, &b, sizeof(b) - 1);
	KUNIT_EXPECT_EQ(test, hypha_stream_receive(&f->s), 1);
	KUNIT_EXPECT_EQ(test, f->s.head.req_id, 1);
	KUNIT_EXPECT_EQ(test, hypha_stream_receive(&f->s), 1);
	KUNIT_EXPECT_EQ(test, f->s.head.req_id, 2);
	KUNIT_EXPECT_EQ(test, hypha_stream_receive(&f->s), 0);
	KUNIT_EXPECT_EQ(test, hypha_stream_receive(&f->s), 0);
}

static void replies_arrive_whole_through_a_ring_that_is_full(struct kunit *test)
{
	char *out = kunit_kzalloc(test, 64 << 10, GFP_KERNEL), *in = kunit_kzalloc(test, 64 << 10, GFP_KERNEL);
	struct fixture *f = test->priv;
	u32 nr, want = 0, got = 0, full = 0, i;
	int err;

	f->ring.rsp_prod = f->ring.rsp_cons = U32_MAX - 500;
	hypha_stream_init(&f->s, &f->ring);
	for (nr = 0; nr < 15; nr++) {
		struct xsd_sockmsg head = { .type = XS_READ, .req_id = nr, .len = rnd(f, XENSTORE_PAYLOAD_MAX + 1) };

		memcpy(out + want, &head, sizeof(head));
		for (i = 0; i < head.len; i++)
			out[want + sizeof(head) + i] = rnd(f, 256);
		KUNIT_ASSERT_EQ(test, hypha_outbox_reply(&f->box, &head, head.type, out + want + sizeof(head), head.len), 0);
		want += sizeof(head) + head.len;
	}
	while (got < want) {
		err = hypha_stream_send(&f->s, &f->box);
		KUNIT_ASSERT_GE(test, err, 0);
		full += err;
		if (err)	/* full means full: the guest will notify once it has read */
			KUNIT_ASSERT_EQ(test, f->ring.rsp_prod - f->ring.rsp_cons, XENSTORE_RING_SIZE);
		got += guest_read(f, in + got, 1 + rnd(f, 1500));
	}
	KUNIT_EXPECT_EQ(test, got, want);
	KUNIT_EXPECT_EQ(test, memcmp(in, out, want), 0);
	KUNIT_EXPECT_GT(test, full, 10);
	KUNIT_EXPECT_EQ(test, hypha_stream_send(&f->s, &f->box), 0);
	KUNIT_EXPECT_NULL(test, hypha_outbox_peek(&f->box));
}

static void indices_out_of_range_end_it(struct kunit *test)
{
	static const u32 offsets[] = { 1025, 1026, 4096, 0x7fffffff, 0x80000000, 0xffffffff };
	struct xsd_sockmsg head = { .type = XS_READ };
	struct fixture *f = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		hypha_stream_reconnect(&f->s);
		f->ring.req_prod = f->s.req_cons + offsets[i];
		KUNIT_EXPECT_EQ_MSG(test, hypha_stream_receive(&f->s), -EPROTO, "%x", offsets[i]);
		KUNIT_EXPECT_TRUE(test, f->s.dead);
		KUNIT_EXPECT_EQ(test, f->ring.error, XENSTORE_ERROR_RINGIDX);
		/* Nothing is believed of it any more, not even good indices. */
		f->ring.req_prod = f->s.req_cons;
		KUNIT_EXPECT_EQ(test, hypha_stream_receive(&f->s), -EPROTO);
		KUNIT_EXPECT_EQ(test, hypha_stream_send(&f->s, &f->box), -EPROTO);

		hypha_stream_reconnect(&f->s);
		hypha_outbox_reply(&f->box, &head, XS_READ, "", 1);
		f->ring.rsp_cons = f->s.rsp_prod - offsets[i];
		KUNIT_EXPECT_EQ_MSG(test, hypha_stream_send(&f->s, &f->box), -EPROTO, "%x", offsets[i]);
		hypha_outbox_clean(&f->box);
	}
	/* A full ring is not out of range. */
	hypha_stream_reconnect(&f->s);
	memset(f->ring.req, 0, sizeof(f->ring.req));
	f->ring.req_prod = f->s.req_cons + 1024;
	KUNIT_EXPECT_EQ(test, hypha_stream_receive(&f->s), 1);
}

static void a_message_too_long_ends_it(struct kunit *test)
{
	struct xsd_sockmsg head = { .type = XS_WRITE, .len = XENSTORE_PAYLOAD_MAX + 1 };
	struct fixture *f = test->priv;

	guest_write(f, &head, sizeof(head));
	KUNIT_EXPECT_EQ(test, hypha_stream_receive(&f->s), -EPROTO);
	KUNIT_EXPECT_EQ(test, f->ring.error, XENSTORE_ERROR_PROTO);
	hypha_stream_reconnect(&f->s);
	head.len = U32_MAX;
	guest_write(f, &head, sizeof(head));
	KUNIT_EXPECT_EQ(test, hypha_stream_receive(&f->s), -EPROTO);
}

static void a_reconnect_begins_anew(struct kunit *test)
{
	struct xsd_sockmsg head = { .type = XS_READ, .req_id = 9, .len = 2 };
	struct fixture *f = test->priv;

	guest_write(f, &head, 10);	/* half a header */
	KUNIT_EXPECT_EQ(test, hypha_stream_receive(&f->s), 0);
	hypha_stream_kill(&f->s, XENSTORE_ERROR_COMM);
	KUNIT_EXPECT_FALSE(test, hypha_stream_wants_reconnect(&f->s));
	f->ring.connection = XENSTORE_RECONNECT;
	KUNIT_EXPECT_TRUE(test, hypha_stream_wants_reconnect(&f->s));
	hypha_stream_reconnect(&f->s);
	KUNIT_EXPECT_EQ(test, f->ring.connection, XENSTORE_CONNECTED);
	KUNIT_EXPECT_EQ(test, f->ring.error, XENSTORE_ERROR_NONE);
	KUNIT_EXPECT_TRUE(test, f->s.moved);	/* the guest is notified */
	guest_write(f, &head, sizeof(head));
	guest_write(f, "a", 2);
	KUNIT_EXPECT_EQ(test, hypha_stream_receive(&f->s), 1);
	KUNIT_EXPECT_EQ(test, f->s.head.req_id, 9);
}

/* A guest that scribbles over the whole page at any time: nothing but this connection may suffer. */
static void scribbling_is_survived(struct kunit *test)
{
	struct fixture *f = test->priv;
	u32 i, dead = 0, requests = 0;
	int got;

	for (i = 0; i < 200000; i++) {
		u32 *index = &f->ring.req_cons + rnd(f, 7);

		switch (rnd(f, 6)) {
		case 0:
			*index = rnd(f, 2) ? rnd(f, 1 << 24) * 257 : *index + rnd(f, 1024);
			break;
		case 1:
			f->ring.req[rnd(f, XENSTORE_RING_SIZE)] = rnd(f, 2) ? 0 : rnd(f, 256);
			break;
		case 2:
			f->ring.req_prod = f->s.req_cons + rnd(f, 1025);
			break;
		case 3:
			f->ring.rsp_cons = f->s.rsp_prod - rnd(f, 1025);
			break;
		default:
			if (hypha_stream_wants_reconnect(&f->s) || f->s.dead)
				hypha_stream_reconnect(&f->s);
		}
		got = hypha_stream_receive(&f->s);
		if (got > 0) {
			requests++;
			KUNIT_ASSERT_LE(test, f->s.head.len, XENSTORE_PAYLOAD_MAX);
			if (hypha_outbox_accepts(&f->box))
				hypha_outbox_reply(&f->box, &f->s.head, f->s.head.type, f->s.data, f->s.head.len);
		}
		dead += got < 0;
		hypha_stream_send(&f->s, &f->box);
		if (f->s.dead)
			hypha_outbox_clean(&f->box);
	}
	KUNIT_EXPECT_GT(test, dead, 1000);
	KUNIT_EXPECT_GT(test, requests, 1000);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(it_says_what_it_can),
	KUNIT_CASE(requests_arrive_whole_however_they_are_cut),
	KUNIT_CASE(several_requests_in_one_go_come_one_by_one),
	KUNIT_CASE(replies_arrive_whole_through_a_ring_that_is_full),
	KUNIT_CASE(indices_out_of_range_end_it),
	KUNIT_CASE(a_message_too_long_ends_it),
	KUNIT_CASE(a_reconnect_begins_anew),
	KUNIT_CASE(scribbling_is_survived),
	{ }
};

static struct kunit_suite suite = { .name = "hypha_store_stream", .init = init, .exit = exit_empty, .test_cases = cases };
kunit_test_suite(suite);
MODULE_LICENSE("GPL");
