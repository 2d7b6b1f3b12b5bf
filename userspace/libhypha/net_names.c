// SPDX-License-Identifier: GPL-2.0-or-later
/* Words of the network: states, flags, drop reasons, addresses. */
#include "libhypha/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <hypha_netlink.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *const vif_states[] = {
	[VIF_WAITING] = "waiting", [VIF_CONNECTED] = "connected", [VIF_BROKEN] = "broken",
};

static const char *const vif_features[] = {
	[VIF_SG] = "sg", [VIF_GSO4] = "gso4", [VIF_GSO6] = "gso6", [VIF_CSUM4] = "csum4", [VIF_CSUM6] = "csum6",
};

static const char *const flow_states[] = {
	[FLOW_NEW] = "new", [FLOW_ANSWERED] = "answered", [FLOW_SYN] = "syn", [FLOW_SYN_ACK] = "syn-ack",
	[FLOW_ESTABLISHED] = "established", [FLOW_CLOSING] = "closing", [FLOW_CLOSED] = "closed",
};

static const char *const flow_flags[] = {
	[FLOW_REPLIED] = "replied", [FLOW_FORWARD] = "forward", [FLOW_DNS] = "dns", [FLOW_HOST] = "host",
	[FLOW_HAIRPIN] = "hairpin",
};

static const struct { const char *name, *meaning; } drops[] = {
#define DROP(upper, text, what) { text, what },
	HYPHA_DROPS(DROP)
#undef DROP
};

_Static_assert((int)VIF_BROKEN == HYPHA_VIF_BROKEN && 1u << VIF_CSUM6 == HYPHA_VIF_CSUM6, "uapi");
_Static_assert((int)FLOW_CLOSED == HYPHA_FLOW_CLOSED && 1u << FLOW_HAIRPIN == HYPHA_FLOW_HAIRPIN, "uapi");
_Static_assert(HYPHA_DROP_COUNT <= NET_DROPS_MAX && HYPHA_DNS_MAX == NET_DNS_MAX, "uapi");

static const char *at(const char *const *names, size_t nr, size_t i)
{
	return i < nr ? names[i] : "unknown";
}

const char *vif_state_name(enum vif_state state)
{
	return at(vif_states, COUNT(vif_states), state);
}

const char *vif_feature_name(enum vif_feature feature)
{
	return at(vif_features, COUNT(vif_features), feature);
}

const char *flow_state_name(enum flow_state state)
{
	return at(flow_states, COUNT(flow_states), state);
}

const char *flow_flag_name(enum flow_flag flag)
{
	return at(flow_flags, COUNT(flow_flags), flag);
}

const char *net_drop_name(unsigned int i)
{
	return i < COUNT(drops) ? drops[i].name : NULL;
}

const char *net_drop_meaning(const char *name)
{
	for (size_t i = 0; i < COUNT(drops); i++)
		if (!strcmp(drops[i].name, name))
			return drops[i].meaning;
	return NULL;
}

char *net_addr_text(const struct net_addr *a, char out[NET_ADDR_TEXT])
{
	if (!a->version || !inet_ntop(a->version == 4 ? AF_INET : AF_INET6, a->bytes, out, NET_ADDR_TEXT))
		strcpy(out, "-");
	return out;
}

int net_addr_parse(const char *text, struct net_addr *a)
{
	*a = (struct net_addr) { 0 };
	if (inet_pton(AF_INET, text, a->bytes) == 1)
		a->version = 4;
	else if (inet_pton(AF_INET6, text, a->bytes) == 1)
		a->version = 6;
	return a->version ? 0 : -EINVAL;
}

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

struct net_addr net_addr_from_mapped(const uint8_t bytes[16])
{
	static const uint8_t none[16];
	struct net_addr a = { 0 };

	if (!memcmp(bytes, none, 16))
		return a;
	a.version = memcmp(bytes, mapped, sizeof(mapped)) ? 6 : 4;
	memcpy(a.bytes, a.version == 4 ? bytes + 12 : bytes, a.version == 4 ? 4 : 16);
	return a;
}

void net_addr_to_mapped(const struct net_addr *a, uint8_t bytes[16])
{
	memset(bytes, 0, 16);
	if (a->version == 4) {
		memcpy(bytes, mapped, sizeof(mapped));
		memcpy(bytes + 12, a->bytes, 4);
	} else if (a->version == 6) {
		memcpy(bytes, a->bytes, 16);
	}
}

bool net_addr_equal(const struct net_addr *a, const struct net_addr *b)
{
	return a->version == b->version && !memcmp(a->bytes, b->bytes, a->version == 4 ? 4 : 16);
}

bool net_addr_within(const struct net_addr *a, const struct net_addr *net, unsigned int plen)
{
	unsigned int whole = plen / 8, mask = 0xff00 >> plen % 8 & 0xff;

	if (a->version != net->version || plen > (a->version == 4 ? 32u : 128u) || memcmp(a->bytes, net->bytes, whole))
		return false;
	return !mask || !((a->bytes[whole] ^ net->bytes[whole]) & mask);
}
