// SPDX-License-Identifier: GPL-2.0-or-later
/* Guests, forwards and drops as text and as JSON. */
#include "present/present.h"

#include "util/hex.h"

#include <inttypes.h>
#include <stdio.h>

json_t *present_addr_json(const struct net_addr *a)
{
	char text[NET_ADDR_TEXT];

	return a->version ? json_string(net_addr_text(a, text)) : json_null();
}

json_t *present_mac_json(const uint8_t mac[6])
{
	return json_sprintf("%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

json_t *present_name_json(const char *name)
{
	return *name ? json_string(name) : json_null();
}

static void add_range(struct buf *out, uint16_t first, uint16_t nr)
{
	buf_addf(out, "%u", first);
	if (nr > 1)
		buf_addf(out, "-%u", first + nr - 1u);
}

void present_forward_host(struct buf *out, const struct forward_spec *spec)
{
	struct net_addr addr = net_addr_from_mapped(spec->addr);
	char text[NET_ADDR_TEXT];

	if (addr.version)
		buf_addf(out, addr.version == 6 ? "[%s]:" : "%s:", net_addr_text(&addr, text));
	else
		buf_adds(out, spec->version == 4 ? "0.0.0.0:" : spec->version == 6 ? "[::]:" : "*:");
	add_range(out, spec->host_port, spec->nr_ports);
}

void present_forward(struct buf *out, const struct style *s, const struct net_forward *f)
{
	const struct forward_spec *spec = &f->spec;
	char proto[PROTO_TEXT];

	if (!s->brief)
		buf_adds(out, "guest ");
	style_guest(out, s, f->guest, f->name);
	buf_adds(out, " ");
	present_forward_host(out, spec);
	buf_adds(out, s->brief ? " " : " to ");
	add_range(out, spec->guest_port, spec->nr_ports);
	buf_addf(out, "/%s", proto_text(spec->proto, s->numeric, proto));
	if (s->stats && !s->brief)
		buf_addf(out, " flows %" PRIu64, f->hits);
	buf_adds(out, "\n");
}

json_t *present_forward_json(const struct net_forward *f)
{
	const struct forward_spec *spec = &f->spec;
	struct net_addr addr = net_addr_from_mapped(spec->addr);
	char proto[PROTO_TEXT];
	json_t *o = json_object();

	json_object_set_new(o, "guest", present_name_json(f->name));
	json_object_set_new(o, "guestId", json_integer(f->guest));
	json_object_set_new(o, "proto", json_string(proto_text(spec->proto, false, proto)));
	json_object_set_new(o, "version", spec->version ? json_integer(spec->version) : json_null());
	json_object_set_new(o, "addr", present_addr_json(&addr));
	json_object_set_new(o, "hostPort", json_integer(spec->host_port));
	json_object_set_new(o, "guestPort", json_integer(spec->guest_port));
	json_object_set_new(o, "ports", json_integer(spec->nr_ports));
	json_object_set_new(o, "flows", json_integer(f->hits));
	return o;
}

void present_drops(struct buf *out, const struct style *s, const struct net_drops *d)
{
	for (size_t i = 0; i < d->nr; i++) {
		buf_adds(out, " ");
		style_paint(out, s, COLOUR_BAD, d->drop[i].name);
		buf_addf(out, " %" PRIu64, d->drop[i].count);
	}
}

json_t *present_drops_json(const struct net_drops *d)
{
	json_t *o = json_object();

	for (size_t i = 0; i < d->nr; i++)
		json_object_set_new(o, d->drop[i].name, json_integer(d->drop[i].count));
	return o;
}

void present_guest(struct buf *out, const struct style *s, const struct guest *g)
{
	char uuid[UUID_TEXT];

	uuid_format(g->uuid, uuid);
	buf_addf(out, "%u: guest ", g->id);
	style_guest(out, s, g->id, g->name);
	buf_adds(out, " state ");
	style_paint(out, s, g->state == GUEST_RUNNING ? COLOUR_GOOD : COLOUR_NONE, guest_state_name(g->state));
	if (g->state == GUEST_EXITED)
		buf_addf(out, " reason %s", guest_exit_name(g->exit_reason));
	if (g->exit_code >= 0)
		buf_addf(out, " code %d", g->exit_code);
	buf_adds(out, "\n");
	if (s->details)
		buf_addf(out, "    uuid %s domid %u vcpus %u memory %" PRIu64 "%s\n", uuid, g->domid, g->vcpus, g->memory,
			 g->ready ? " ready" : "");
	if (s->stats)
		buf_addf(out, "    cpu %" PRIu64 "ms uptime %" PRIu64 "ms log %" PRIu64 "\n", g->cpu_time / 1000000,
			 g->uptime / 1000000, g->log_bytes);
}

json_t *present_guest_json(const struct guest *g)
{
	char uuid[UUID_TEXT];
	json_t *o = json_object();

	uuid_format(g->uuid, uuid);
	json_object_set_new(o, "guest", json_string(g->name));
	json_object_set_new(o, "guestId", json_integer(g->id));
	json_object_set_new(o, "uuid", json_string(uuid));
	json_object_set_new(o, "domid", json_integer(g->domid));
	json_object_set_new(o, "state", json_string(guest_state_name(g->state)));
	json_object_set_new(o, "ready", json_boolean(g->ready));
	json_object_set_new(o, "exitReason", g->state == GUEST_EXITED ? json_string(guest_exit_name(g->exit_reason)) : json_null());
	json_object_set_new(o, "exitCode", g->exit_code >= 0 ? json_integer(g->exit_code) : json_null());
	json_object_set_new(o, "memory", json_integer(g->memory));
	json_object_set_new(o, "vcpus", json_integer(g->vcpus));
	json_object_set_new(o, "cpuTimeNs", json_integer(g->cpu_time));
	json_object_set_new(o, "uptimeNs", json_integer(g->uptime));
	return o;
}
