// SPDX-License-Identifier: GPL-2.0-or-later
/* What the kernel sends over netlink: each message whole, of words that are documented, and nothing between them. */
#include "callers.h"

#include <ctype.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <string.h>

/* Does it look like an address of the kernel's? */
static bool is_kernel_address(uint64_t value)
{
	return value >> 47 == (1 << 17) - 1 && value < -4096ULL;
}

static bool is_text(const uint8_t *bytes, uint32_t len)
{
	for (uint32_t i = 0; i + 1 < len; i++)
		if (!isascii(bytes[i]) || !isprint(bytes[i]))
			return false;
	return len && !bytes[len - 1];
}

static bool is_zero(const uint8_t *bytes, size_t len)
{
	while (len && !*bytes)
		bytes++, len--;
	return !len;
}

static void judge_set(struct caller *c, const struct attribute_set *set, uint64_t tells, const uint8_t *bytes, size_t len);

static void judge_value(struct caller *c, const struct attribute *a, const uint8_t *bytes, uint32_t len)
{
	uint64_t value = 0;

	if (len < a->shortest || len > a->longest) {
		finding(c, "%s has %u bytes", a->name, len);
	} else if (a->type == AS_NEST) {
		judge_set(c, a->nested, ~0ULL, bytes, len);
	} else if (a->type == AS_STRING) {
		if (!is_text(bytes, len))
			finding(c, "%s is not plain text with its NUL", a->name);
	} else if (a->type != AS_BINARY) {
		memcpy(&value, bytes, len);
		if (value & ~a->allowed || is_kernel_address(value))
			finding(c, "%s is 0x%llx", a->name, (unsigned long long)value);
	}
}

/* Attributes one after the other, each of the set, padded with zeros. */
static void judge_set(struct caller *c, const struct attribute_set *set, uint64_t tells, const uint8_t *bytes, size_t len)
{
	while (len >= NLA_HDRLEN) {
		const struct nlattr *nla = (const void *)bytes;
		unsigned int type = nla->nla_type & NLA_TYPE_MASK;
		const struct attribute *a = &set->attributes[type];
		size_t whole = NLA_ALIGN(nla->nla_len);

		if (nla->nla_len < NLA_HDRLEN || nla->nla_len > len || type >= set->nr || !a->name) {
			finding(c, "%s: attribute %u of %u bytes where %zu are left", set->name, type, nla->nla_len, len);
			return;
		}
		if (whole > len)
			whole = len;
		if (a->type != AS_PAD && !(tells >> type & 1))
			finding(c, "%s is told, which the command does not", a->name);
		if (!(nla->nla_type & NLA_F_NESTED) != (a->type != AS_NEST))
			finding(c, "%s has type 0x%x", a->name, nla->nla_type);
		if (!is_zero(bytes + nla->nla_len, whole - nla->nla_len))
			finding(c, "%s: the bytes behind it are not zero", a->name);
		judge_value(c, a, bytes + NLA_HDRLEN, nla->nla_len - NLA_HDRLEN);
		bytes += whole;
		len -= whole;
	}
	if (len)
		finding(c, "%s: %zu bytes are left over", set->name, len);
}

static const struct command *find_command(uint8_t number)
{
	for (unsigned int i = 0; i < nr_commands; i++)
		if (commands[i].number == number)
			return &commands[i];
	return NULL;
}

static void judge_told(struct caller *c, const struct command *wanted, const struct nlmsghdr *header)
{
	const struct genlmsghdr *genl = NLMSG_DATA(header);
	const struct command *command = find_command(genl->cmd);

	if (header->nlmsg_len < NLMSG_HDRLEN + GENL_HDRLEN || !command || (wanted && command != wanted)) {
		finding(c, "a message of command %u, %u bytes", genl->cmd, header->nlmsg_len);
		return;
	}
	if (genl->reserved || genl->version != HYPHA_GENL_VERSION)
		finding(c, "%s: version %u, reserved 0x%x", command->name, genl->version, genl->reserved);
	judge_set(c, command->set, command->tells, (const uint8_t *)genl + GENL_HDRLEN, header->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN);
}

/* @from: where the words of an error or an end begin. */
static bool has_text(struct caller *c, const struct nlmsghdr *header, size_t from)
{
	const uint8_t *bytes = (const uint8_t *)header + from;
	size_t len = header->nlmsg_len > from ? header->nlmsg_len - from : 0, whole;

	if (!(header->nlmsg_flags & NLM_F_ACK_TLVS))
		return false;
	while (len >= NLA_HDRLEN) {
		const struct nlattr *nla = (const void *)bytes;

		if (nla->nla_len < NLA_HDRLEN || nla->nla_len > len)
			break;
		if (nla->nla_type == NLMSGERR_ATTR_MSG) {
			if (!is_text(bytes + NLA_HDRLEN, nla->nla_len - NLA_HDRLEN) || nla->nla_len == NLA_HDRLEN + 1)
				finding(c, "an error's text is not plain");
			return true;
		}
		whole = NLA_ALIGN(nla->nla_len);
		if (whole > len)
			break;
		bytes += whole;
		len -= whole;
	}
	return false;
}

static void take_end(struct caller *c, const struct nlmsghdr *header, struct answer *answer)
{
	size_t request = header->nlmsg_type == NLMSG_ERROR ? NLMSG_HDRLEN : 0;
	int error = 0;

	if (header->nlmsg_len >= NLMSG_HDRLEN + sizeof(error))
		memcpy(&error, NLMSG_DATA(header), sizeof(error));
	if (error > 0 || error < -133)
		finding(c, "an answer with error %d", error);
	answer->error = -error;
	answer->text = has_text(c, header, NLMSG_HDRLEN + sizeof(error) + request);
}

void judge_messages(struct caller *c, const struct command *command, uint32_t sequence, const uint8_t *bytes, size_t len,
		    struct answer *answer)
{
	while (len >= NLMSG_HDRLEN) {
		const struct nlmsghdr *header = (const void *)bytes;
		size_t whole = NLMSG_ALIGN(header->nlmsg_len);

		if (header->nlmsg_len < NLMSG_HDRLEN || header->nlmsg_len > len) {
			finding(c, "a message of %u bytes where %zu are left", header->nlmsg_len, len);
			return;
		}
		if (header->nlmsg_type == family)
			judge_told(c, command, header);
		else if (header->nlmsg_type != NLMSG_ERROR && header->nlmsg_type != NLMSG_DONE)
			finding(c, "a message of type %u", header->nlmsg_type);
		else if (header->nlmsg_seq == sequence)
			take_end(c, header, answer);
		if (whole > len)
			whole = len;
		bytes += whole;
		len -= whole;
	}
}
