// SPDX-License-Identifier: GPL-2.0-only
/* Disks whose guest reads, writes, asks for the impossible and breaks its ring. */
#include "rings.h"

#include "block/image.h"

#include <linux/delay.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/ktime.h>
#include <linux/pagemap.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>

#define IMAGE_BYTES	(8 << 20)
#define SECTORS		(IMAGE_BYTES / 512)

static char path[128];

/* Every 8 bytes of the image say where they are. */
static u64 word_at(u64 pos)
{
	return pos * 0x9e3779b97f4a7c15ULL;
}

static struct file *make_image(const char *dir, loff_t size)
{
	u64 *buf = kmalloc(65536, GFP_KERNEL);
	struct file *file;
	loff_t pos = 0;
	int i;

	snprintf(path, sizeof(path), "%s/rings.img", dir);
	file = filp_open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (IS_ERR(file))
		goto out;
	while (pos < size) {
		loff_t at = pos;

		for (i = 0; i < 8192; i++)
			buf[i] = word_at(pos + i * 8);
		if (kernel_write(file, buf, min_t(loff_t, 65536, size - pos), &at) <= 0)
			break;
		pos += 65536;
	}
out:
	kfree(buf);
	return file;
}

/* A request for @nr segments of sectors @first..@last each into the buffers from @buf on. Return: its sectors. */
static u32 put_rw(struct front *f, u8 op, u64 id, u64 sector, u32 nr, u8 first, u8 last, u32 buf)
{
	struct blkif_request *req = front_slot(f);
	u32 i;

	req->operation = op;
	req->u.rw.nr_segments = nr;
	req->u.rw.id = id;
	req->u.rw.sector_number = sector;
	for (i = 0; i < nr && i < 11; i++)
		req->u.rw.seg[i] = (struct blkif_request_segment){
			.gref = f->buf[buf + i].ref, .first_sect = first, .last_sect = last };
	return nr * (last - first + 1);
}

static u32 put_indirect(struct front *f, u8 op, u64 id, u64 sector, u32 nr, u8 first, u8 last)
{
	struct blkif_request_segment *segs = f->indirect.va;
	struct blkif_request *req = front_slot(f);
	u32 i;

	req->operation = BLKIF_OP_INDIRECT;
	req->u.indirect.indirect_op = op;
	req->u.indirect.nr_segments = nr;
	req->u.indirect.id = id;
	req->u.indirect.sector_number = sector;
	req->u.indirect.indirect_grefs[0] = f->indirect.ref;
	for (i = 0; i < nr && i < 512; i++)
		segs[i] = (struct blkif_request_segment){
			.gref = f->buf[i % FRONT_BUFFERS].ref, .first_sect = first, .last_sect = last };
	return nr * (last - first + 1);
}

/* Push and wait; the response must be about @id, and hold nothing else. Return: its status, or 99. */
static int finish_as(struct front *f, u64 id, u8 op)
{
	const struct blkif_response *rsp;
	struct blkif_response want;
	int status;

	front_push(f);
	rsp = front_wait(f);
	CHECK(rsp);
	if (!rsp)
		return 99;
	status = rsp->status;
	memset(&want, 0, sizeof(want));
	want.id = id;
	want.operation = op;
	want.status = status;
	CHECK(!memcmp(rsp, &want, sizeof(want)));
	return status;
}

/* Do the buffers hold the image from @pos on? */
static bool holds(struct front *f, u64 pos, u32 nr, u8 first, u8 last, u32 buf)
{
	u32 i, at;

	for (i = 0; i < nr; i++)
		for (at = first * 512; at < (last + 1) * 512; at += 8, pos += 8)
			if (*(u64 *)(f->buf[buf + i].va + at) != word_at(pos))
				return false;
	return true;
}

static void clear(struct front *f)
{
	int i;

	for (i = 0; i < FRONT_BUFFERS; i++)
		memset(f->buf[i].va, 0xee, PAGE_SIZE);
}

/* Is everything outside of the sectors still untouched? */
static bool untouched(struct front *f, u32 nr, u8 first, u8 last)
{
	u32 i;

	for (i = 0; i < nr; i++)
		if (memchr_inv(f->buf[i].va, 0xee, first * 512) ||
		    memchr_inv(f->buf[i].va + (last + 1) * 512, 0xee, 4096 - (last + 1) * 512))
			return false;
	for (; i < FRONT_BUFFERS; i++)
		if (memchr_inv(f->buf[i].va, 0xee, PAGE_SIZE))
			return false;
	return true;
}

static bool setup(struct front *f, const char *dir, bool readonly, unsigned int order)
{
	struct file *file = make_image(dir, IMAGE_BYTES);

	CHECK(!IS_ERR(file));
	if (IS_ERR(file))
		return false;
	vfs_fsync(file, 0);
	invalidate_mapping_pages(file->f_mapping, 0, -1);	/* so that reading means readahead and waiting too */
	filp_close(file, NULL);
	CHECK(!front_alloc(f, order));
	CHECK(!front_open(f, path, readonly));
	return f->vbd;
}

static void teardown(struct front *f)
{
	front_close(f);
	front_free(f);
}

static struct front front;

static void read_everywhere(const char *dir, bool readonly, unsigned int order)
{
	struct front *f = &front;
	struct hypha_vbd_stats stats;
	int i;

	if (!setup(f, dir, readonly, order))
		return;
	for (i = 0; i < 300; i++) {
		u8 first = get_random_u32() % 8, last = first + get_random_u32() % (8 - first);
		bool indirect = i % 2;
		u32 nr = 1 + get_random_u32() % (indirect ? 256 : 11);
		u64 sector = get_random_u32() % (SECTORS - nr * 8);
		int status;

		clear(f);
		if (indirect)
			put_indirect(f, BLKIF_OP_READ, i, sector, nr, first, last);
		else
			put_rw(f, BLKIF_OP_READ, i, sector, nr, first, last, 0);
		status = finish_as(f, i, BLKIF_OP_READ);
		CHECK(status == BLKIF_RSP_OKAY);
		CHECK(holds(f, sector * 512, nr, first, last, 0));
		CHECK(untouched(f, nr, first, last));
	}
	hypha_vbd_stats(f->vbd, &stats);
	CHECK(stats.rd_reqs == 300 && !stats.errors && !stats.wr_reqs);
	teardown(f);
}

static void reads_from_the_page_cache(void) { read_everywhere(rings_dir, true, 0); }
static void reads_of_a_writable_disk(void) { read_everywhere(rings_dir, false, 0); }
static void reads_from_tmpfs(void) { read_everywhere(rings_tmpfs, true, 0); }
static void reads_over_a_ring_of_16_pages(void) { read_everywhere(rings_dir, true, 4); }

static void write_everywhere(const char *dir)
{
	struct front *f = &front;
	struct hypha_vbd_stats stats;
	u64 bytes = 0;
	int i, j;

	if (!setup(f, dir, false, 0))
		return;
	for (i = 0; i < 200; i++) {
		u8 first = get_random_u32() % 8, last = first + get_random_u32() % (8 - first);
		bool indirect = i % 2;
		u32 nr = 1 + get_random_u32() % (indirect ? 256 : 11);
		u32 len = nr * (last - first + 1);
		u64 sector = get_random_u32() % (SECTORS - nr * 8);

		/* write rubbish */
		clear(f);
		for (j = 0; j < nr; j++)
			memset(f->buf[j].va, i + j, PAGE_SIZE);
		if (indirect)
			put_indirect(f, BLKIF_OP_WRITE, i, sector, nr, first, last);
		else
			put_rw(f, BLKIF_OP_WRITE, i, sector, nr, first, last, 0);
		CHECK(finish_as(f, i, BLKIF_OP_WRITE) == BLKIF_RSP_OKAY);

		/* it must come back */
		clear(f);
		if (indirect)
			put_indirect(f, BLKIF_OP_READ, i, sector, nr, first, last);
		else
			put_rw(f, BLKIF_OP_READ, i, sector, nr, first, last, 0);
		CHECK(finish_as(f, i, BLKIF_OP_READ) == BLKIF_RSP_OKAY);
		for (j = 0; j < nr; j++)
			CHECK(!memchr_inv(f->buf[j].va + first * 512, i + j, (last - first + 1) * 512));
		CHECK(untouched(f, nr, first, last));

		/* put back what belongs there; holds() below then finds any write that went astray */
		for (j = 0; j < len * 64; j++) {
			u32 per = (last - first + 1) * 64;

			((u64 *)f->buf[j / per].va)[first * 64 + j % per] = word_at(sector * 512 + j * 8);
		}
		if (indirect)
			put_indirect(f, BLKIF_OP_WRITE, i, sector, nr, first, last);
		else
			put_rw(f, BLKIF_OP_WRITE, i, sector, nr, first, last, 0);
		CHECK(finish_as(f, i, BLKIF_OP_WRITE) == BLKIF_RSP_OKAY);
		bytes += 2 * 512 * len;
		if (i % 50 == 0) {
			put_rw(f, BLKIF_OP_FLUSH_DISKCACHE, i, U64_MAX, 0, 0, 0, 0);
			CHECK(finish_as(f, i, BLKIF_OP_FLUSH_DISKCACHE) == BLKIF_RSP_OKAY);
		}
	}
	for (i = 0; i < SECTORS; i += 2048) {
		put_indirect(f, BLKIF_OP_READ, i, i, 256, 0, 7);
		CHECK(finish_as(f, i, BLKIF_OP_READ) == BLKIF_RSP_OKAY);
		CHECK(holds(f, i * 512ULL, 256, 0, 7, 0));
	}
	hypha_vbd_stats(f->vbd, &stats);
	CHECK(stats.wr_reqs == 400 && stats.wr_bytes == bytes && stats.flushes == 4 && !stats.errors);
	teardown(f);
}

static void writes_to_a_file(void) { write_everywhere(rings_dir); }
static void writes_to_tmpfs(void) { write_everywhere(rings_tmpfs); }

static void a_full_ring_is_served_in_order(void)
{
	struct front *f = &front;
	int i, round;

	if (!setup(f, rings_dir, true, 0))
		return;
	for (round = 0; round < 20; round++) {
		clear(f);
		for (i = 0; i < 32; i++)
			put_rw(f, BLKIF_OP_READ, i, i * 100 + round, 8, 0, 7, i * 8);
		front_push(f);
		for (i = 0; i < 32; i++) {
			const struct blkif_response *rsp = front_wait(f);

			CHECK(rsp && rsp->id == i && rsp->status == BLKIF_RSP_OKAY);
		}
		for (i = 0; i < 32; i++)
			CHECK(holds(f, (i * 100 + round) * 512, 8, 0, 7, i * 8));
	}
	teardown(f);
}

/* Bad requests, each between good ones. */
static void bad_requests_fail_alone(void)
{
	struct front *f = &front;
	struct hypha_vbd_stats stats;
	struct blkif_request *req;
	int i, errors = 0;

	if (!setup(f, rings_dir, true, 0))
		return;
	for (i = 0; i < 9; i++) {
		u8 op = BLKIF_OP_READ;
		int want = BLKIF_RSP_ERROR, status;

		switch (i) {
		case 0:
			put_rw(f, op, i, SECTORS - 7, 1, 0, 7, 0);
			break;
		case 1:
			put_rw(f, op = BLKIF_OP_WRITE, i, 0, 1, 0, 7, 0);
			break;
		case 2:	/* a page that was never granted */
			put_rw(f, op, i, 0, 2, 0, 7, 0);
			req = RING_GET_REQUEST(&f->ring, f->ring.req_prod_pvt - 1);
			req->u.rw.seg[1].gref = 0x3fffff;
			break;
		case 3:
			put_rw(f, op, i, 0, 200, 0, 7, 0);
			break;
		case 4:
			put_rw(f, op = BLKIF_OP_DISCARD, i, 0, 1, 0, 7, 0);
			want = BLKIF_RSP_EOPNOTSUPP;
			break;
		case 5:
			put_rw(f, op = 200, i, 0, 1, 0, 7, 0);
			want = BLKIF_RSP_EOPNOTSUPP;
			break;
		case 6:
			put_indirect(f, op, i, 0, 32, 0, 7);
			req = RING_GET_REQUEST(&f->ring, f->ring.req_prod_pvt - 1);
			req->u.indirect.indirect_grefs[0] = 0xffffffff;
			break;
		case 7:
			put_indirect(f, op, i, 0, 257, 0, 0);
			break;
		case 8:
			put_rw(f, op, i, U64_MAX - 3, 1, 0, 7, 0);
			break;
		}
		status = finish_as(f, i, op);
		CHECK(status == want);
		errors++;
		clear(f);
		put_rw(f, BLKIF_OP_READ, 1000 + i, i, 11, 0, 7, 0);
		CHECK(finish_as(f, 1000 + i, BLKIF_OP_READ) == BLKIF_RSP_OKAY);
		CHECK(holds(f, i * 512, 11, 0, 7, 0));
	}
	hypha_vbd_stats(f->vbd, &stats);
	CHECK(stats.errors == errors && stats.rd_reqs == 9 && !stats.broken);
	teardown(f);
}

/* Bad and good ones at once: a copy that fails must not fail its neighbours in the same batch. */
static void a_bad_grant_spoils_one_of_a_batch(void)
{
	struct front *f = &front;
	int i;

	if (!setup(f, rings_dir, true, 0))
		return;
	clear(f);
	for (i = 0; i < 20; i++) {
		put_rw(f, BLKIF_OP_READ, i, i * 8, 1, 0, 7, i);
		if (i == 7)
			RING_GET_REQUEST(&f->ring, f->ring.req_prod_pvt - 1)->u.rw.seg[0].gref = 0x3fffff;
	}
	front_push(f);
	for (i = 0; i < 20; i++) {
		const struct blkif_response *rsp = front_wait(f);

		CHECK(rsp && rsp->id == i && rsp->status == (i == 7 ? BLKIF_RSP_ERROR : BLKIF_RSP_OKAY));
		CHECK(i == 7 || holds(f, i * 4096, 1, 0, 7, i));
	}
	teardown(f);
}

static void a_lying_index_stops_the_disk(void)
{
	static const u32 lies[] = { 33, 1000, 0x80000000, 0xffffffff };
	struct front *f = &front;
	struct hypha_vbd_stats stats;
	int i;

	for (i = 0; i < ARRAY_SIZE(lies); i++) {
		if (!setup(f, rings_dir, true, 0))
			return;
		put_rw(f, BLKIF_OP_READ, 1, 0, 1, 0, 7, 0);
		CHECK(finish_as(f, 1, BLKIF_OP_READ) == BLKIF_RSP_OKAY);
		WRITE_ONCE(f->ring.sring->req_prod, f->ring.req_prod_pvt + lies[i]);
		front_kick(f);
		msleep(50);
		hypha_vbd_stats(f->vbd, &stats);
		CHECK(stats.broken);
		CHECK(READ_ONCE(f->ring.sring->rsp_prod) == 1);
		front_kick(f);
		/* after a reconnect it is as new */
		hypha_vbd_disconnect(f->vbd);
		teardown(f);
	}
}

static void bad_connections_are_refused(void)
{
	struct front *f = &front;
	struct hypha_vbd_ring desc;

	if (!setup(f, rings_dir, true, 2))
		return;
	hypha_vbd_disconnect(f->vbd);
	hypha_vbd_disconnect(f->vbd);
	desc = f->desc;
	desc.nr_refs = 3;
	CHECK(hypha_vbd_connect(f->vbd, &desc) == -EINVAL);
	desc.nr_refs = 0;
	CHECK(hypha_vbd_connect(f->vbd, &desc) == -EINVAL);
	desc.nr_refs = 32;
	CHECK(hypha_vbd_connect(f->vbd, &desc) == -EINVAL);
	desc = f->desc;
	desc.protocol_ok = false;
	CHECK(hypha_vbd_connect(f->vbd, &desc) == -EPROTO);
	desc = f->desc;
	desc.refs[3] = 0x3fffff;
	CHECK(hypha_vbd_connect(f->vbd, &desc) == -EACCES);
	desc = f->desc;
	desc.port = 0xfffff;
	CHECK(hypha_vbd_connect(f->vbd, &desc) < 0);
	f->ring.sring->req_prod = f->ring.sring->rsp_prod + 1000;
	CHECK(hypha_vbd_connect(f->vbd, &f->desc) == -EPROTO);
	f->ring.sring->req_prod = f->ring.sring->rsp_prod;
	/* the old port went with the first disconnection */
	f->desc.port = f->port = port_alloc();
	CHECK(hypha_vbd_connect(f->vbd, &f->desc) == 0);
	CHECK(hypha_vbd_connect(f->vbd, &f->desc) == -EBUSY);
	put_rw(f, BLKIF_OP_READ, 1, 0, 1, 0, 7, 0);
	CHECK(finish_as(f, 1, BLKIF_OP_READ) == BLKIF_RSP_OKAY);
	teardown(f);
}

static void shrink(loff_t size)
{
	struct file *file = make_image(rings_dir, size);

	if (!IS_ERR(file))
		filp_close(file, NULL);
}

static void a_file_that_shrinks_gives_errors(void)
{
	struct front *f = &front;
	int readonly;

	for (readonly = 0; readonly < 2; readonly++) {
		if (!setup(f, rings_dir, readonly, 0))
			return;
		shrink(65536);
		put_rw(f, BLKIF_OP_READ, 1, 120, 1, 0, 7, 0);
		CHECK(finish_as(f, 1, BLKIF_OP_READ) == BLKIF_RSP_OKAY);
		put_rw(f, BLKIF_OP_READ, 2, 128, 1, 0, 7, 0);
		CHECK(finish_as(f, 2, BLKIF_OP_READ) == BLKIF_RSP_ERROR);
		put_indirect(f, BLKIF_OP_READ, 3, 0, 256, 0, 7);
		CHECK(finish_as(f, 3, BLKIF_OP_READ) == BLKIF_RSP_ERROR);
		put_rw(f, BLKIF_OP_WRITE, 4, 1000, 1, 0, 7, 0);
		CHECK(finish_as(f, 4, BLKIF_OP_WRITE) == BLKIF_RSP_ERROR);
		teardown(f);
	}
}

static void odd_files_are_refused(void)
{
	struct front *f = &front;
	struct file *file = make_image(rings_dir, 511);
	struct hypha_vbd *vbd = hypha_vbd_alloc(0, file, true);

	CHECK(PTR_ERR(vbd) == -ENODATA);
	filp_close(file, NULL);
	file = make_image(rings_dir, 1000);
	vbd = hypha_vbd_alloc(0, file, true);
	CHECK(!IS_ERR(vbd));
	if (!IS_ERR(vbd)) {
		struct hypha_vbd_params params;

		hypha_vbd_params(vbd, &params);
		CHECK(params.sectors == 1 && params.info == VDISK_READONLY && !params.flush_cache);
		hypha_vbd_free(vbd);
	}
	filp_close(file, NULL);
	CHECK(front_open(f, "/", true) == -EINVAL);
	CHECK(front_open(f, "/dev/null", true) == -EINVAL);
	CHECK(front_open(f, "/proc/version", true) < 0);
	file = filp_open(path, O_RDONLY, 0);
	CHECK(PTR_ERR(hypha_vbd_alloc(0, file, false)) == -EACCES);
	filp_close(file, NULL);
}

static void check_cached(const char *dir, bool readonly, bool want)
{
	struct file *file = make_image(dir, 4096);
	struct hypha_image image;

	CHECK(!hypha_image_init(&image, file, readonly));
	CHECK(image.cached == want);
	hypha_image_clean(&image);
	filp_close(file, NULL);
}

static void the_page_cache_serves_what_it_can(void)
{
	check_cached(rings_dir, true, true);
	check_cached(rings_dir, false, false);
	check_cached(rings_tmpfs, true, false);
}

static void speed(void)
{
	struct front *f = &front;
	ktime_t start;
	int i, way;

	for (way = 0; way < 4; way++) {
		bool readonly = way < 2, indirect = way & 1;
		u32 per = indirect ? 256 : 88, inflight = 0;

		if (!setup(f, rings_dir, readonly, 0))
			return;
		start = ktime_get();
		for (i = 0; i + per <= SECTORS; i += per) {
			if (indirect)
				put_indirect(f, BLKIF_OP_READ, i, i, 32, 0, 7);
			else
				put_rw(f, BLKIF_OP_READ, i, i, 11, 0, 7, 0);
			front_push(f);
			if (++inflight == 8) {
				CHECK(front_wait(f));
				inflight--;
			}
		}
		while (inflight--)
			CHECK(front_wait(f));
		pr_info("# 8 MiB read, %s, %u segments: %lld us\n", readonly ? "page cache" : "buffered", per / 8,
			ktime_us_delta(ktime_get(), start));
		teardown(f);
	}
}

#define RUN(f) do { start_test("block_" #f); f(); end_test(); } while (0)

void test_block(void)
{
	RUN(reads_from_the_page_cache);
	RUN(reads_of_a_writable_disk);
	RUN(reads_from_tmpfs);
	RUN(reads_over_a_ring_of_16_pages);
	RUN(writes_to_a_file);
	RUN(writes_to_tmpfs);
	RUN(a_full_ring_is_served_in_order);
	RUN(bad_requests_fail_alone);
	RUN(a_bad_grant_spoils_one_of_a_batch);
	RUN(a_lying_index_stops_the_disk);
	RUN(bad_connections_are_refused);
	RUN(a_file_that_shrinks_gives_errors);
	RUN(odd_files_are_refused);
	RUN(the_page_cache_serves_what_it_can);
	RUN(speed);
}
