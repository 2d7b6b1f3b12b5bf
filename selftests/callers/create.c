// SPDX-License-Identifier: GPL-2.0-or-later
/* HYPHA_CREATE: what a guest is made of, mostly right; and what must be true of what came of it. */
#include "callers.h"

#include <ctype.h>
#include <netinet/in.h>
#include <string.h>

#define MIB (1ULL << 20)
#define AROUND 8		/* bytes around the reason that stay as they are */
#define DOMIDS_END 0x7ff0

/* Where this caller's last creation was told to put its reason; and some of what it was given. */
static _Thread_local struct {
	uint8_t *at;
	uint32_t len;
} reason;

static _Thread_local struct {
	const struct hypha_disk *disks;
	uint32_t nr_disks;
	const struct hypha_nic *nic;
} given;

static uint64_t part_address(struct caller *c, const void *bytes, uint32_t len)
{
	return (uintptr_t)put_part(c, bytes, len);
}

static int some_file(struct caller *c, enum file wanted)
{
	if (!one_in(c, 8))
		return file_of(wanted);
	return one_in(c, 2) ? arena_pick(c) : file_of(below(c, NR_FILES));
}

static int kernel_fd(struct caller *c)
{
	static const enum file kernels[] = { KERNEL, KERNEL, KERNEL_TMPFS, KERNEL_CUT };

	return some_file(c, pick(c, kernels));
}

static void fill_initrds(struct caller *c, struct hypha_create *create)
{
	static const enum file parts[] = { SMALL, KERNEL, DISK_CUT };
	int32_t fds[3];

	create->nr_initrds = below(c, COUNT(fds));
	for (uint32_t i = 0; i < create->nr_initrds; i++)
		fds[i] = some_file(c, pick(c, parts));
	create->initrds = part_address(c, fds, create->nr_initrds * sizeof(*fds));
}

static void fill_disks(struct caller *c, struct hypha_create *create)
{
	static const enum file images[] = { DISK, DISK_RO, DISK_CUT };
	struct hypha_disk disks[3];

	create->nr_disks = below(c, COUNT(disks));
	for (uint32_t i = 0; i < create->nr_disks; i++) {
		disks[i] = (struct hypha_disk){ some_file(c, pick(c, images)), HYPHA_DISK_RO };
		if (disks[i].fd != file_of(DISK_RO) && one_in(c, 2))
			disks[i].flags = 0;
		if (one_in(c, 16))
			mutate(c, &hypha_disk_record, &disks[i]);
	}
	given.disks = put_part(c, disks, create->nr_disks * sizeof(*disks));
	given.nr_disks = create->nr_disks;
	create->disks = (uintptr_t)given.disks;
}

static void fill_forwards(struct caller *c, struct hypha_nic *nic)
{
	struct hypha_forward_spec forwards[4];

	nic->nr_forwards = below(c, COUNT(forwards));
	for (uint32_t i = 0; i < nic->nr_forwards; i++) {
		forwards[i] = (struct hypha_forward_spec){
			.proto = one_in(c, 2) ? IPPROTO_TCP : IPPROTO_UDP, .nr_ports = 1 + below(c, 3),
			.host_port = 1000 + below(c, 60000), .guest_port = 1 + below(c, 1000),
		};
		if (one_in(c, 8))
			mutate(c, &hypha_forward_spec_record, &forwards[i]);
	}
	nic->forwards = part_address(c, forwards, nic->nr_forwards * sizeof(*forwards));
}

static void fill_nic(struct caller *c, struct hypha_create *create)
{
	struct hypha_nic nic = { .mtu = 1500, .policy = below(c, 8) };

	given.nic = NULL;
	if (one_in(c, 2))
		create->flags |= HYPHA_CREATE_NO_NETWORK;
	if (one_in(c, 2) || (create->flags & HYPHA_CREATE_NO_NETWORK && !one_in(c, 8)))
		return;
	fill_forwards(c, &nic);
	if (one_in(c, 4))
		mutate(c, &hypha_nic_record, &nic);
	given.nic = put_part(c, &nic, sizeof(nic));
	create->nic = (uintptr_t)given.nic;
}

static void fill_words(struct caller *c, struct hypha_create *create)
{
	static const char *const lines[] = {
		"mode=stay", "mode=stay", "mode=exit code=3", "mode=console-drip", "mode=console-flood size=200000", "mode=shutdown",
	};
	static const uint32_t lengths[] = { 0, 1, 10, 100, 100, 100, 1000, HYPHA_LABELS_MAX };
	const char *line = pick(c, lines);
	uint32_t len = pick(c, lengths);

	create->cmdline_len = strlen(line);
	create->cmdline = part_address(c, line, strlen(line));
	create->labels_len = len;
	create->labels = part_address(c, c->memory.parts, len);
}

static void fill_identity(struct caller *c, struct hypha_create *create)
{
	noise(c, create->uuid, sizeof(create->uuid));
	if (one_in(c, 16))
		memset(create->uuid, below(c, 3), sizeof(create->uuid));
	strcpy(create->name, guest_name(c));
	if (one_in(c, 16))
		noise(c, create->name, one_in(c, 2) ? 1 : sizeof(create->name));
}

static void fill_reason(struct caller *c, struct hypha_create *create)
{
	static const uint32_t lengths[] = { 0, 1, 2, 40, 511, HYPHA_REASON_MAX, HYPHA_REASON_MAX, 600 };
	uint8_t room[600 + 2 * AROUND];

	memset(room, PATTERN, sizeof(room));
	reason.len = pick(c, lengths);
	reason.at = put_part(c, room, reason.len + 2 * AROUND);
	reason.at += AROUND;
	create->reason = (uintptr_t)reason.at;
	create->reason_len = reason.len;
}

void fill_create(struct caller *c, struct hypha_create *create)
{
	*create = (struct hypha_create){
		.size = sizeof(*create), .flags = one_in(c, 4) ? HYPHA_CREATE_PAUSED : 0, .kernel_fd = kernel_fd(c),
		.nr_vcpus = 1 + below(c, 3), .memory = 16 * MIB, .max_memory = one_in(c, 2) ? 32 * MIB : 0,
	};
	if (one_in(c, 8))
		create->flags |= HYPHA_CREATE_AUTOREMOVE;
	fill_reason(c, create);
	fill_initrds(c, create);
	fill_disks(c, create);
	fill_words(c, create);
	fill_nic(c, create);
	fill_identity(c, create);
}

/* --- what must be true --- */

static bool is_name(const char *name)
{
	size_t i, len = strnlen(name, HYPHA_NAME_MAX);

	for (i = 0; i < len; i++)
		if (!isascii(name[i]) || !(isalnum(name[i]) || (i && strchr("_.-", name[i]))))
			return false;
	return len && len < HYPHA_NAME_MAX;
}

static const char *why_not(const struct hypha_create *create)
{
	static const uint8_t zero[HYPHA_UUID_SIZE];

	if (!create->nr_vcpus || create->nr_vcpus > HYPHA_VCPUS_MAX)
		return "nr_vcpus";
	if (!create->memory || create->memory % 4096 || create->max_memory % 4096)
		return "memory";
	if (create->max_memory && create->max_memory < create->memory)
		return "max_memory";
	if (create->nr_initrds > HYPHA_INITRDS_MAX || create->nr_disks > HYPHA_DISKS_MAX)
		return "nr_initrds or nr_disks";
	if (create->cmdline_len > HYPHA_CMDLINE_MAX || create->labels_len > HYPHA_LABELS_MAX)
		return "cmdline_len or labels_len";
	if (create->log_size > HYPHA_LOG_MAX)
		return "log_size";
	if (!memcmp(create->uuid, zero, sizeof(zero)))
		return "uuid";
	if (!is_name(create->name))
		return "name";
	if (create->flags & HYPHA_CREATE_NO_NETWORK && create->nic)
		return "nic";
	return NULL;
}

/* The structures it points to, unless they became others. */
static void judge_given(struct caller *c, const struct hypha_create *create)
{
	if (create->disks == (uintptr_t)given.disks && create->nr_disks <= given.nr_disks)
		for (uint32_t i = 0; i < create->nr_disks; i++)
			judge_bits(c, "CREATE", &hypha_disk_record, &given.disks[i]);
	if (given.nic && create->nic == (uintptr_t)given.nic)
		judge_bits(c, "CREATE", &hypha_nic_record, given.nic);
}

static bool is_plain(const char *text)
{
	while (*text && isascii(*text) && isprint(*text))
		text++;
	return !*text;
}

static void judge_reason(struct caller *c, long ret)
{
	const char *text = (char *)reason.at;
	size_t len = strnlen(text, reason.len), said = ret && reason.len ? len + 1 : 0;

	if (said > reason.len)
		finding(c, "CREATE %s: the reason of %u bytes has no NUL", error_name(-ret), reason.len);
	else if (said && !is_plain(text))
		finding(c, "CREATE %s: the reason is not plain text", error_name(-ret));
	else if (said == 1 && reason.len > 1 && ret != -ENOMEM)
		finding(c, "CREATE %s: no reason is given", error_name(-ret));
	else if (!untouched(reason.at + said, reason.len - said + AROUND) || !untouched(reason.at - AROUND, AROUND))
		finding(c, "CREATE %s: bytes around or behind the reason were written", error_name(-ret));
}

void judge_create(struct caller *c, const struct hypha_create *before, const struct hypha_create *after, long ret)
{
	if (before->reason == (uintptr_t)reason.at && before->reason_len == reason.len)
		judge_reason(c, ret);
	if (ret)
		return;
	if (why_not(before))
		finding(c, "CREATE made a guest in spite of its %s", why_not(before));
	judge_given(c, before);
	if (before->size < offsetof(struct hypha_create, phase_ns))
		return;		/* it was not told which */
	if (!after->id || !after->domid || after->domid >= DOMIDS_END)
		finding(c, "CREATE made guest %u, domain %u", after->id, after->domid);
	guest_made(after->id);
}
