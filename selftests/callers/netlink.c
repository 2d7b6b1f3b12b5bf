// SPDX-License-Identifier: GPL-2.0-or-later
/* The commands of the family: attributes mostly right, with some spoilt, too many, cut or strange. */
#include "callers.h"

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>

#define MESSAGE_MAX (IMAGE_MAX / 2)

/* A datagram. */
struct request {
	const struct command *command;	/* NULL: there is none of its number */
	uint8_t *bytes;
	uint32_t len;
	uint32_t sequence;
	bool dump;
	bool doomed;	/* it has something in it that must be refused */
	bool odd;	/* its headers are such that anything may be said */
};

/* --- values that may be right --- */

static const struct {
	const struct attribute_set *set;
	unsigned int number;
	uint32_t len;
	const char *bytes;
} values[] = {
	{ &net_set, HYPHA_N_NET4, 4, "\x0a\x63\0\0" }, { &net_set, HYPHA_N_NET4, 4, "\x0a\x4b\0\0" },
	{ &net_set, HYPHA_N_PLEN4, 1, "\x10" }, { &net_set, HYPHA_N_PLEN6, 1, "\x40" },
	{ &net_set, HYPHA_N_NET6, 16, "\xfd\x99\0\0\0\0\0\1\0\0\0\0\0\0\0\0" },
	{ &net_set, HYPHA_N_DNS, 4, "\x7f\0\0\x35" }, { &net_set, HYPHA_N_DNS, 16, "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x35" },
	{ &net_set, HYPHA_N_PORT_MIN, 2, "\0\x80" }, { &net_set, HYPHA_N_PORT_MAX, 2, "\xff\xef" },
	{ &net_set, HYPHA_N_MAX_FLOWS, 4, "\0\0\1\0" }, { &net_set, HYPHA_N_MAX_GUEST_FLOWS, 4, "\0\x10\0\0" },
	{ &net_set, HYPHA_N_MAX_HALF_OPEN, 4, "\0\4\0\0" }, { &net_set, HYPHA_N_POLICY, 4, "\3\0\0\0" },
	{ &net_set, HYPHA_N_PROTO, 1, "\x06" }, { &net_set, HYPHA_N_PROTO, 1, "\x11" }, { &net_set, HYPHA_N_PROTO, 1, "\x3a" },
	{ &net_set, HYPHA_N_VERSION, 1, "\4" }, { &net_set, HYPHA_N_VERSION, 1, "\6" },
	{ &net_set, HYPHA_N_FLOW_ID, 8, "\1\0\0\0\0\0\0\0" },
	{ &forward_set, HYPHA_N_FORWARD_PROTO, 1, "\x06" }, { &forward_set, HYPHA_N_FORWARD_PROTO, 1, "\x11" },
	{ &forward_set, HYPHA_N_FORWARD_VERSION, 1, "\4" }, { &forward_set, HYPHA_N_FORWARD_ADDR, 4, "\x7f\0\0\1" },
	{ &forward_set, HYPHA_N_FORWARD_HOST, 2, "\x90\x1f" }, { &forward_set, HYPHA_N_FORWARD_HOST, 2, "\x91\x1f" },
	{ &forward_set, HYPHA_N_FORWARD_PORTS, 2, "\2\0" }, { &forward_set, HYPHA_N_FORWARD_GUEST, 2, "\x50\0" },
};

/* Which of the set's values is that attribute's; -1: none */
static int find_value(struct caller *c, const struct attribute_set *set, unsigned int number)
{
	int found = -1, n = 0;

	for (unsigned int i = 0; i < COUNT(values); i++)
		if (values[i].set == set && values[i].number == number && one_in(c, ++n))
			found = i;
	return found;
}

static bool is_guest(const struct attribute_set *set, unsigned int number)
{
	return (set == &net_set && number == HYPHA_N_GUEST) || (set == &guest_set && number == HYPHA_A_ID);
}

static uint32_t fill_value(struct caller *c, const struct attribute_set *set, unsigned int number, uint8_t *to)
{
	const struct attribute *a = &set->attributes[number];
	int value = find_value(c, set, number);
	uint32_t len = a->shortest, id;

	if (is_guest(set, number)) {
		id = guest_id(c);
		memcpy(to, &id, sizeof(id));
	} else if (a->type == AS_STRING) {
		len = strlen(strcpy((char *)to, guest_name(c))) + 1;
	} else if (value >= 0) {
		len = values[value].len;
		memcpy(to, values[value].bytes, len);
	} else {
		noise(c, to, len);
	}
	return len;
}

/* --- attributes --- */

static void put_set(struct caller *c, struct request *r, const struct attribute_set *set, uint64_t takes);

/* Of the wrong length, or with bits that mean nothing: refused. Anything else may be right. */
static uint32_t spoil_value(struct caller *c, struct request *r, const struct attribute *a, uint8_t *bytes, uint32_t len)
{
	uint64_t number;

	switch (below(c, 3)) {
	case 0:
		len = below(c, 80);
		noise(c, bytes, len);
		break;
	case 1:
		noise(c, bytes, len);
		break;
	default:
		number = odd_number(c);
		memcpy(bytes, &number, len < sizeof(number) ? len : sizeof(number));
	}
	number = 0;
	memcpy(&number, bytes, len < sizeof(number) ? len : sizeof(number));
	if (len > a->longest || len < a->shortest || (a->type >= AS_U8 && a->type <= AS_U64 && number & ~a->allowed))
		r->doomed = true;
	return len;
}

static void put_attribute(struct caller *c, struct request *r, const struct attribute_set *set, unsigned int number)
{
	const struct attribute *a = &set->attributes[number];
	struct nlattr *nla = (void *)(r->bytes + r->len);
	uint32_t start = r->len, len;
	uint8_t *value = r->bytes + start + NLA_HDRLEN;

	if (r->len > MESSAGE_MAX - 1024)
		return;
	r->len += NLA_HDRLEN;
	nla->nla_type = number;
	if (a->type == AS_NEST) {
		nla->nla_type |= NLA_F_NESTED;
		put_set(c, r, a->nested, ~0ULL >> (64 - a->nested->nr));
		len = r->len - start - NLA_HDRLEN;
	} else {
		len = fill_value(c, set, number, value);
		if (one_in(c, 12))
			len = spoil_value(c, r, a, value, len);
	}
	if (one_in(c, 60)) {
		nla->nla_type ^= NLA_F_NESTED;
		r->doomed = true;
	}
	nla->nla_len = NLA_HDRLEN + len;
	memset(value + len, 0, NLA_ALIGN(len) - len);
	r->len = start + NLA_HDRLEN + NLA_ALIGN(len);
	if (one_in(c, 60)) {	/* what follows is then read as something else */
		nla->nla_len = one_in(c, 2) ? odd_number(c) : below(c, 32);
		r->odd = true;
	}
}

static void put_stranger(struct caller *c, struct request *r)
{
	struct nlattr *nla = (void *)(r->bytes + r->len);
	uint32_t len = below(c, 20);

	nla->nla_type = 100 + below(c, 0x3f00);
	nla->nla_len = NLA_HDRLEN + len;
	memset(nla + 1, 0, NLA_ALIGN(len));
	noise(c, nla + 1, len);
	r->len += NLA_HDRLEN + NLA_ALIGN(len);
	r->doomed = true;
}

static void put_set(struct caller *c, struct request *r, const struct attribute_set *set, uint64_t takes)
{
	static const uint32_t shares[] = { 1, 2, 2, 4 };
	uint32_t share = pick(c, shares);

	for (unsigned int number = 1; number < set->nr; number++) {
		if (!set->attributes[number].name || set->attributes[number].type == AS_PAD)
			continue;
		if (takes >> number & 1 ? one_in(c, share) : one_in(c, 400)) {
			r->doomed |= !(takes >> number & 1);
			put_attribute(c, r, set, number);
		}
		/* The last one counts: hypha does not see unknown bits of those before. */
		if (takes >> number & 1 && set->attributes[number].allowed == ~0ULL && one_in(c, 40))
			put_attribute(c, r, set, number);
	}
	if (one_in(c, 30))
		put_stranger(c, r);
}

/* --- messages --- */

static void spoil_headers(struct caller *c, struct request *r, struct nlmsghdr *header, struct genlmsghdr *genl)
{
	r->odd = true;
	switch (below(c, 6)) {
	case 0:
		header->nlmsg_len = one_in(c, 2) ? odd_number(c) : below(c, r->len + 8);
		break;
	case 1:
		header->nlmsg_flags = any(c);
		break;
	case 2:
		header->nlmsg_type = below(c, NLMSG_MIN_TYPE);	/* no other family's */
		break;
	case 3:
		genl->cmd = any(c);
		break;
	case 4:
		genl->reserved = odd_number(c);
		genl->version = any(c);
		break;
	default:
		noise(c, r->bytes + NLMSG_HDRLEN, below(c, r->len - NLMSG_HDRLEN + 1));
	}
}

static void put_message(struct caller *c, struct request *r)
{
	struct nlmsghdr *header = (void *)r->bytes;
	struct genlmsghdr *genl = NLMSG_DATA(header);
	unsigned int ways = r->command->ways & (BY_DO | BY_DUMP);

	r->dump = ways == BY_DUMP || (ways == (BY_DO | BY_DUMP) && one_in(c, 2));
	if (one_in(c, 40)) {
		r->dump = !r->dump;
		r->odd = true;
	}
	*genl = (struct genlmsghdr){ r->command->number, HYPHA_GENL_VERSION, 0 };
	r->len = NLMSG_HDRLEN + GENL_HDRLEN;
	put_set(c, r, r->command->set, r->command->takes);
	r->sequence = ++c->sequence;
	*header = (struct nlmsghdr){ r->len, family, NLM_F_REQUEST | (r->dump ? NLM_F_DUMP : NLM_F_ACK), r->sequence, 0 };
	if (one_in(c, 12))
		spoil_headers(c, r, header, genl);
}

/* Several in one datagram, as they are; the answer to the last one counts, which is to be a copy. */
static void repeat(struct caller *c, struct request *r)
{
	uint32_t len = r->len;

	for (unsigned int n = below(c, 4); n && r->len + len <= IMAGE_MAX; n--) {
		memcpy(r->bytes + r->len, r->bytes, len);
		r->len += len;
	}
}

/* --- what must be true --- */

static bool is_wordless(int error)
{
	static const int wordless[] = { EOPNOTSUPP, EPERM, EBUSY, ENOMEM, ENOBUFS, EMSGSIZE, 0 };

	return among(wordless, error);
}

/* Who has CAP_NET_ADMIN gets past genetlink's own question: attributes are held to the policy, which anybody may read, before hypha asks for more. */
static bool is_refused_by_policy(const struct answer *answer)
{
	return options.as == NETADMIN && (answer->error == EINVAL || answer->error == ERANGE);
}

static void judge(struct caller *c, const struct request *r, const struct answer *answer)
{
	const char *name = r->command->name;

	if (answer->error >= 0)
		tally(name, -answer->error);
	if (!privileged()) {
		if (answer->error == 0 && !r->odd)
			finding(c, "%s succeeded", name);
		if (!r->odd && answer->error != (r->command->ways == BY_EVENT ? EOPNOTSUPP : EPERM) && !is_refused_by_policy(answer))
			finding(c, "%s: %s, not EPERM", name, answer->error < 0 ? "no answer" : error_name(answer->error));
		return;
	}
	if (answer->error > 0 && !among(netlink_errors, answer->error))
		finding(c, "%s: %s, which is not documented", name, error_name(answer->error));
	if (r->odd)
		return;
	if (answer->error < 0)
		finding(c, "%s: no answer", name);
	else if (!answer->error && r->doomed)
		finding(c, "%s succeeded with an attribute that must be refused", name);
	else if (answer->error && !answer->text && !is_wordless(answer->error))
		finding(c, "%s: %s without a word", name, error_name(answer->error));
}

/* All there is. Return: none of it was cut, for want of room here or there. */
static bool receive(struct caller *c, const struct request *r, struct answer *answer)
{
	static _Thread_local uint8_t bytes[REPLY_MAX];
	size_t room = one_in(c, 16) ? 4096 << below(c, 4) : REPLY_MAX;
	bool whole = true;
	ssize_t len;

	while ((len = recv(c->socket, bytes, room, MSG_DONTWAIT | MSG_TRUNC)) >= 0 || errno == ENOBUFS) {
		if (len < 0 || (size_t)len > room)
			whole = false;
		else
			judge_messages(c, r->odd ? NULL : r->command, r->sequence, bytes, len, answer);
	}
	return whole;
}

static void listen_in(struct caller *c)
{
	static _Thread_local uint8_t bytes[REPLY_MAX];
	struct answer answer;
	ssize_t len;

	while ((len = recv(c->listener, bytes, sizeof(bytes), MSG_DONTWAIT)) >= 0 || errno == ENOBUFS) {
		tally("told", len < 0 ? -errno : 0);
		if (len > 0)
			judge_messages(c, NULL, 0, bytes, len, &answer);
	}
}

void try_netlink(struct caller *c)
{
	struct request r = { .command = &commands[below(c, nr_commands)], .bytes = c->image };
	struct answer answer = { .error = -1 };
	int fd = one_in(c, 20) ? arena_pick(c) : c->socket;
	uint64_t from;
	bool whole;
	long ret;

	put_message(c, &r);
	if (one_in(c, 24))
		repeat(c, &r);
	from = one_in(c, 50) ? wild_address(c) : (uintptr_t)r.bytes;
	ret = call(c, "send", CALL_WRITE, fd, from, r.len);
	if (ret < -133)
		finding(c, "send: %ld is no errno", ret);
	whole = receive(c, &r, &answer);
	if (ret == (long)r.len && from == (uintptr_t)r.bytes && fd == c->socket && whole)
		judge(c, &r, &answer);
	if (one_in(c, 16))
		listen_in(c);
}
