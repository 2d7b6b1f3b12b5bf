// SPDX-License-Identifier: GPL-2.0-or-later
/* A caller's memory: arguments and what they point to, with holes behind; all of it where 32-bit programs can have it. */
#include "callers.h"

#include <err.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096

static uint8_t *map(size_t len, int protection, int flags, int fd)
{
	void *at = mmap(NULL, len, protection, flags | MAP_32BIT, fd, 0);

	if (at == MAP_FAILED)
		err(1, "mmap of %zu bytes", len);
	return at;
}

/* Mapped, with a page behind that is not. */
static uint8_t *map_before_hole(size_t len)
{
	uint8_t *at = map(len + PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	if (mprotect(at, len, PROT_READ | PROT_WRITE))
		err(1, "mprotect");
	return at;
}

static void map_fixed(struct memory *m)
{
	int fd = memfd_create("fixed", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, PAGE))
		err(1, "memfd");
	m->fixed = map(PAGE, PROT_READ, MAP_SHARED, fd);
	m->fixable = map(PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
	close(fd);
}

void memory_init(struct caller *c)
{
	c->memory.area = map_before_hole(AREA_SIZE);
	c->memory.parts = map_before_hole(PARTS_SIZE);
	map_fixed(&c->memory);
	c->image = map(IMAGE_MAX, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	shared_page();
}

uint8_t *shared_page(void)
{
	static uint8_t *page;

	if (!page)	/* first by main() */
		page = map(PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	return page;
}

uint64_t wild_address(struct caller *c)
{
	const struct memory *m = &c->memory;
	const uint64_t addresses[] = {
		0, 1, 4, PAGE - 1, PAGE, -1ULL, -4ULL, -(uint64_t)PAGE, 0x7ffffffff000, 0x7fffffffefff, 0x800000000000,
		0xffff800000000000, 0xffff888000000000, 0xffffffff80000000, 0xffffffff81000000, 0xffffffffc0000000, 0xffffffff,
		0x100000000, (uintptr_t)m->area + AREA_SIZE, (uintptr_t)m->parts + PARTS_SIZE - 1 - below(c, 64),
		(uintptr_t)m->fixed, (uintptr_t)m->fixed + PAGE - 1, (uintptr_t)m->area | 1ULL << 32, any(c),
	};

	return pick(c, addresses);
}

void *put_part(struct caller *c, const void *bytes, uint32_t len)
{
	struct memory *m = &c->memory;

	if (len > PARTS_SIZE - m->used)
		return NULL;
	m->used += len;		/* from the hole on downwards: the first one ends where memory does */
	return memmove(m->parts + PARTS_SIZE - m->used, bytes, len);
}

bool untouched(const uint8_t *bytes, size_t len)
{
	return !len || (*bytes == PATTERN && !memcmp(bytes, bytes + 1, len - 1));
}

/* How many bytes there are between @at and the area's begin or end, up to MARGIN. */
static size_t before(const struct memory *m, const uint8_t *at)
{
	return at - m->area < MARGIN ? at - m->area : MARGIN;
}

static size_t behind(const struct memory *m, const uint8_t *at)
{
	return m->area + AREA_SIZE - at < MARGIN ? m->area + AREA_SIZE - at : MARGIN;
}

void surround(struct caller *c, uint8_t *at, size_t len)
{
	memset(at - before(&c->memory, at), PATTERN, before(&c->memory, at));
	memset(at + len, PATTERN, behind(&c->memory, at + len));
}

bool surrounded(struct caller *c, const uint8_t *at, size_t len)
{
	return untouched(at - before(&c->memory, at), before(&c->memory, at)) &&
	       untouched(at + len, behind(&c->memory, at + len));
}
