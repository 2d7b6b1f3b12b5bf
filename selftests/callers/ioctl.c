// SPDX-License-Identifier: GPL-2.0-or-later
/* The ioctls: arguments mostly right with a few fields at extremes, of any size, anywhere; and what must be true of the answer. */
#include "callers.h"

#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define PAGE 4096
#define PLACED_MAX 8192

/* One call. */
struct shot {
	const struct verb *verb;	/* NULL: no ioctl of ours */
	unsigned int cmd;
	int fd;
	bool sure;		/* @fd is /dev/hypha */
	uint32_t size;		/* as the argument says */
	uint32_t len;		/* bytes of it in the caller's image */
	uint64_t address;
	uint8_t *at;		/* there it lies; NULL: nowhere, or where others write */
	uint32_t readable;	/* bytes there before the hole */
};

/* --- right arguments --- */

static void fill_id(struct caller *c, void *bytes)
{
	*(struct hypha_id *)bytes = (struct hypha_id){ sizeof(struct hypha_id), guest_id(c) };
}

static void fill_console(struct caller *c, void *bytes)
{
	static const uint32_t directions[] = { HYPHA_CONSOLE_READ, HYPHA_CONSOLE_WRITE, HYPHA_CONSOLE_READ | HYPHA_CONSOLE_WRITE };
	struct hypha_console_open *open = bytes;

	*open = (struct hypha_console_open){ sizeof(*open), guest_id(c), pick(c, directions), -1 };
	if (!one_in(c, 6))
		open->flags |= HYPHA_CONSOLE_NONBLOCK;
	if (one_in(c, 3))
		open->flags |= HYPHA_CONSOLE_FROM_END;
}

static void fill_shutdown(struct caller *c, void *bytes)
{
	struct hypha_shutdown *shutdown = bytes;

	*shutdown = (struct hypha_shutdown){ sizeof(*shutdown), guest_id(c), below(c, 3), 0 };
	if (shutdown->action == HYPHA_SHUTDOWN_SYSRQ)
		shutdown->sysrq = 's';
}

static void fill_memory(struct caller *c, void *bytes)
{
	struct hypha_memory *memory = bytes;

	*memory = (struct hypha_memory){ sizeof(*memory), guest_id(c), (4ULL << below(c, 4)) << 20 };
}

static void fill_vcpus(struct caller *c, void *bytes)
{
	struct hypha_vcpus *vcpus = bytes;

	*vcpus = (struct hypha_vcpus){ sizeof(*vcpus), guest_id(c), 1 + below(c, 3), 0 };
}

static void fill_info(struct caller *c, void *bytes)
{
	struct hypha_info *info = bytes;

	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	(void)c;
}

static void fill_new(struct caller *c, void *bytes)
{
	fill_create(c, bytes);
}

static const struct {
	unsigned int cmd;
	void (*fill)(struct caller *c, void *bytes);
	unsigned int weight;
} kinds[] = {
	{ HYPHA_CREATE, fill_new, 8 },
	{ HYPHA_DESTROY, fill_id, 1 },
	{ HYPHA_REMOVE, fill_id, 2 },
	{ HYPHA_PAUSE, fill_id, 10 },
	{ HYPHA_UNPAUSE, fill_id, 14 },
	{ HYPHA_CONSOLE, fill_console, 20 },
	{ HYPHA_SHUTDOWN, fill_shutdown, 12 },
	{ HYPHA_SET_MEMORY, fill_memory, 12 },
	{ HYPHA_SET_VCPUS, fill_vcpus, 12 },
	{ HYPHA_INFO, fill_info, 9 },
};

/* --- wrong ones --- */

/* Memory and processors stay such that a guest of them is no burden. */
static uint64_t bounded(const struct record *record, const struct field *field, uint64_t value)
{
	if (record == &hypha_create_record && !strcmp(field->name, "memory") && value > 32ULL << 20 && value < 1ULL << 42)
		return 4096;
	return value;
}

static void spoil(struct caller *c, const struct record *record, const struct field *field, uint8_t *bytes)
{
	uint64_t value = odd_number(c);

	if (field->size > 8) {
		noise(c, bytes + field->at, one_in(c, 2) ? field->size : 1 + below(c, field->size));
		return;
	}
	if (field->size == 8 && one_in(c, 2))
		value = wild_address(c);
	else if (field->size == 4 && one_in(c, 4))
		value = arena_pick(c);
	else if (one_in(c, 3)) {	/* off by a little */
		memcpy(&value, bytes + field->at, field->size);
		value += (int)below(c, 5) - 2;
	}
	value = bounded(record, field, value);
	memcpy(bytes + field->at, &value, field->size);
}

void mutate(struct caller *c, const struct record *record, void *bytes)
{
	static const uint8_t how_many[] = { 1, 1, 1, 1, 2, 2, 3, 6 };

	for (unsigned int n = pick(c, how_many); n; n--)
		spoil(c, record, &record->fields[below(c, record->nr_fields)], bytes);
}

static void resize(struct caller *c, struct shot *s)
{
	uint32_t right = s->verb->record->size;

	bool spoilt = false;

	switch (below(c, 16)) {
	case 0:
		s->size = below(c, right + 1);
		break;
	case 1:
	case 2:
		s->size = right + 1 + below(c, 64);
		spoilt = one_in(c, 2);
		break;
	case 3:
		s->size = one_in(c, 2) ? PAGE : PAGE + 1;
		break;
	case 4:
		s->size = odd_number(c);
		break;
	}
	memcpy(c->image, &s->size, sizeof(s->size));
	s->len = s->size < right ? right : s->size > PLACED_MAX ? PLACED_MAX : s->size;
	memset(c->image + right, 0, s->len - right);
	if (spoilt)
		c->image[right + below(c, s->len - right)] = 1 + below(c, 255);
}

static void place_mapped(struct shot *s, uint8_t *at, const uint8_t *end)
{
	s->at = at;
	s->address = (uintptr_t)at;
	s->readable = end - at < s->len ? end - at : s->len;
}

static void place(struct caller *c, struct shot *s)
{
	struct memory *m = &c->memory;
	const uint8_t *end = m->area + AREA_SIZE;

	s->at = NULL;
	switch (below(c, s->cmd == HYPHA_CONSOLE ? 19 : 20)) {
	case 0:
		s->address = wild_address(c);
		return;
	case 1:		/* some of it is missing */
		place_mapped(s, m->area + AREA_SIZE - below(c, s->len), end);
		break;
	case 2:
		place_mapped(s, m->fixed, m->fixed + PAGE);
		memcpy(m->fixable, c->image, s->readable);
		return;
	case 19:	/* what CONSOLE gives must not be lost there */
		s->address = (uintptr_t)shared_page() + below(c, 4) * 64;
		memcpy((void *)s->address, c->image, s->len < 2048 ? s->len : 2048);
		return;
	case 3: case 4: case 5: case 6:
		place_mapped(s, m->area + AREA_SIZE - s->len, end);
		break;
	default:
		place_mapped(s, m->area + MARGIN + below(c, 64), end);
	}
	surround(c, s->at, s->readable);
	memcpy(s->at, c->image, s->readable);
}

static const struct verb *verb_of(unsigned int cmd)
{
	if (_IOC_TYPE(cmd) != HYPHA_IOC)
		return NULL;
	for (unsigned int i = 0; i < nr_verbs; i++)
		if (_IOC_NR(verbs[i].cmd) == _IOC_NR(cmd))
			return &verbs[i];
	return NULL;
}

/* Another's type, but none that Linux answers for any file: FIGETBSZ, FIONBIO, FIFREEZE, FS_IOC_SETFLAGS, FICLONE. */
static unsigned int odd_type(struct caller *c, unsigned int cmd)
{
	unsigned int odd;

	do
		odd = cmd ^ (1 + below(c, 255)) << _IOC_TYPESHIFT;
	while (memchr("\0TXf\x94", _IOC_TYPE(odd), 5));
	return odd;
}

/* Neither size nor direction in it matter. */
static unsigned int odd_request(struct caller *c, unsigned int cmd)
{
	switch (below(c, 5)) {
	case 0:
		return cmd ^ below(c, 4) << _IOC_DIRSHIFT;
	case 1:
		return cmd ^ below(c, 1 << _IOC_SIZEBITS) << _IOC_SIZESHIFT;
	case 2:
		return (cmd & ~0xffU) | (nr_verbs + below(c, 256 - nr_verbs));
	case 3:
		return odd_type(c, cmd);
	default:
		return any(c);
	}
}

static unsigned int choose(struct caller *c)
{
	uint32_t n = below(c, 100);

	for (unsigned int i = 0; ; i++) {
		if (n < kinds[i].weight)
			return i;
		n -= kinds[i].weight;
	}
}

static void prepare(struct caller *c, struct shot *s)
{
	unsigned int kind = choose(c);

	c->memory.used = 0;
	s->cmd = kinds[kind].cmd;
	s->verb = verb_of(s->cmd);
	kinds[kind].fill(c, c->image);
	if (one_in(c, 2))
		mutate(c, s->verb->record, c->image);
	s->size = s->verb->record->size;
	resize(c, s);
	place(c, s);
	if (one_in(c, 12))
		s->cmd = odd_request(c, s->cmd);
	s->verb = verb_of(s->cmd);
	s->sure = !one_in(c, 10);
	s->fd = s->sure ? c->device : arena_pick(c);
}

/* --- what must be true --- */

/* The argument as the module is to read it. */
static void as_read(const struct caller *c, const struct shot *s, uint8_t *bytes)
{
	uint32_t size = s->verb->record->size;

	memset(bytes, 0, size);
	memcpy(bytes, c->image, s->size < size ? s->size : size);
}

static bool tail_is_zero(const struct caller *c, const struct shot *s)
{
	for (uint32_t i = s->verb->record->size; i < s->len && i < s->size; i++)
		if (c->image[i])
			return false;
	return true;
}

/* The error that must come of a readable argument's frame; 0: none. */
static int frame_error(const struct caller *c, const struct shot *s)
{
	if (!s->verb)
		return ENOTTY;
	if (!s->at || s->readable < s->len)
		return 0;
	if (s->size < sizeof(uint32_t))
		return EINVAL;
	return s->size > PAGE || !tail_is_zero(c, s) ? E2BIG : 0;
}

void judge_bits(struct caller *c, const char *name, const struct record *record, const void *bytes)
{
	for (const struct field *f = record->fields; f < record->fields + record->nr_fields; f++) {
		uint64_t value = 0;

		if (f->size > sizeof(value))
			continue;
		memcpy(&value, (const uint8_t *)bytes + f->at, f->size);
		if (value & ~f->allowed)
			finding(c, "%s took %s.%s 0x%llx, of which 0x%llx may be", name, record->name, f->name,
				(unsigned long long)value, (unsigned long long)f->allowed);
	}
}

static bool may_write(const struct record *record, uint32_t at)
{
	for (const struct field *f = record->fields; f < record->fields + record->nr_fields; f++)
		if (f->out && at >= f->at && at < f->at + f->size)
			return true;
	return false;
}

/* Nothing was written but what is given back, and only so far as the argument is long. */
static void judge_memory(struct caller *c, const struct shot *s, long ret)
{
	bool answered = s->verb && (!ret || s->verb->cmd == HYPHA_CREATE);

	for (uint32_t i = 0; i < s->readable; i++) {
		if (s->at[i] == c->image[i] || (answered && i < s->size && may_write(s->verb->record, i)))
			continue;
		finding(c, "%s (%s): byte %u of %u became 0x%02x, was 0x%02x", s->verb ? s->verb->name : "no ioctl", error_name(-ret), i,
			s->size, s->at[i], c->image[i]);
		return;
	}
	if (s->at != c->memory.fixed && !surrounded(c, s->at, s->readable))
		finding(c, "%s (%s): memory around the argument was written", s->verb ? s->verb->name : "no ioctl", error_name(-ret));
}

static void judge_console(struct caller *c, const struct shot *s, const struct hypha_console_open *before)
{
	const struct hypha_console_open *after = (void *)s->at;

	if (!(before->flags & (HYPHA_CONSOLE_READ | HYPHA_CONSOLE_WRITE)))
		finding(c, "CONSOLE without a direction succeeded");
	if (s->size < sizeof(*after) || s->readable < sizeof(*after))
		finding(c, "CONSOLE of %u bytes succeeded without telling the descriptor", s->size);
	else
		console_opened(c, before->flags, after->fd);
}

static void judge_info(struct caller *c, const struct shot *s)
{
	struct hypha_info info = { };

	memcpy(&info, s->at, s->size < sizeof(info) ? s->size : sizeof(info));
	if (s->size < offsetof(struct hypha_info, nr_guests))
		return;
	if (info.abi != HYPHA_ABI_VERSION || strnlen(info.module, sizeof(info.module)) == sizeof(info.module))
		finding(c, "INFO: abi %u, or a module version without end", info.abi);
	for (size_t i = strlen(info.module); i < sizeof(info.module); i++)
		if (info.module[i])
			finding(c, "INFO: bytes behind the module version");
	for (size_t i = strnlen(info.xen_extra, sizeof(info.xen_extra)); i < sizeof(info.xen_extra); i++)
		if (info.xen_extra[i])
			finding(c, "INFO: bytes behind Xen's version");
	if (info.free_bytes > info.total_bytes || info.total_bytes >> 47)
		finding(c, "INFO: %llu bytes free of %llu", (unsigned long long)info.free_bytes, (unsigned long long)info.total_bytes);
}

static void judge_values(struct caller *c, const struct shot *s, const uint8_t *bytes)
{
	const struct hypha_shutdown *shutdown = (const void *)bytes;
	const struct hypha_memory *memory = (const void *)bytes;
	const struct hypha_vcpus *vcpus = (const void *)bytes;

	switch (s->verb->cmd) {
	case HYPHA_CONSOLE:
		judge_console(c, s, (const void *)bytes);
		break;
	case HYPHA_SHUTDOWN:
		if (shutdown->action > HYPHA_SHUTDOWN_SYSRQ || !shutdown->sysrq != (shutdown->action != HYPHA_SHUTDOWN_SYSRQ))
			finding(c, "SHUTDOWN took action %u, key %u", shutdown->action, shutdown->sysrq);
		break;
	case HYPHA_SET_MEMORY:
		if (memory->target < 4 << 20)
			finding(c, "SET_MEMORY took %llu bytes", (unsigned long long)memory->target);
		break;
	case HYPHA_SET_VCPUS:
		if (!vcpus->nr || vcpus->nr > HYPHA_VCPUS_MAX)
			finding(c, "SET_VCPUS took %u", vcpus->nr);
		break;
	case HYPHA_INFO:
		judge_info(c, s);
		break;
	}
}

static void judge(struct caller *c, const struct shot *s, long ret)
{
	const char *name = s->verb ? s->verb->name : "no ioctl";
	int must = s->sure ? frame_error(c, s) : 0;
	uint8_t bytes[sizeof(struct hypha_create)];

	if (must ? ret != -must : s->sure && ret < 0 && (ret == -ENOTTY || !among(s->verb->errors, -ret)))
		finding(c, "%s of %u bytes: %s, which is not %s", name, s->size, error_name(-ret), must ? error_name(must) : "documented");
	if (s->sure && ret > 0)
		finding(c, "%s returned %ld", name, ret);
	if (!s->at || (!s->sure && ret))
		return;
	judge_memory(c, s, ret);
	if (must || s->readable < s->len)
		return;
	as_read(c, s, bytes);
	if (s->verb->cmd == HYPHA_CREATE)
		judge_create(c, (void *)bytes, (void *)s->at, ret);
	if (ret)
		return;
	judge_bits(c, s->verb->name, s->verb->record, bytes);
	judge_values(c, s, bytes);
}

/* --- who may not --- */

static void try_open(struct caller *c)
{
	static const int flags[] = { O_RDONLY, O_WRONLY, O_RDWR, O_RDWR | O_NONBLOCK, O_PATH };
	int how = pick(c, flags), fd = open("/dev/hypha", how | O_CLOEXEC);
	struct hypha_info info = { .size = sizeof(info) };

	atomic_fetch_add(&c->calls, 1);
	tally("open", fd < 0 ? -errno : 0);
	if (fd < 0 && errno != EPERM && errno != EACCES)
		finding(c, "open: %s", error_name(errno));
	if (fd < 0)
		return;
	if (how != O_PATH)
		finding(c, "/dev/hypha could be opened");
	if (!ioctl(fd, HYPHA_INFO, &info) || errno != EBADF)
		finding(c, "an ioctl of what is no open file");
	close(fd);
}

void try_ioctl(struct caller *c)
{
	struct shot s = { };
	long ret;

	if (!privileged()) {
		try_open(c);
		return;
	}
	prepare(c, &s);
	if (s.verb && s.verb->cmd == HYPHA_CREATE && !guests_room(c))
		return;
	ret = call(c, s.verb ? s.verb->name : "no ioctl", CALL_IOCTL, s.fd, s.cmd, s.address);
	judge(c, &s, ret);
}
