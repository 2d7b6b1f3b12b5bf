// SPDX-License-Identifier: GPL-2.0-or-later
/* A guest as JSON. */
#include "hyphactl/view.h"

#include "hyphactl/command.h"
#include "hyphactl/quantity.h"
#include "util/cleanup.h"
#include "util/hex.h"
#include "util/mem.h"

#include <string.h>

#define STATUS_KILLED 137	/* 128 + SIGKILL */

static json_t *time_or_null(uint64_t ns)
{
	char text[QUANTITY_TEXT];

	return ns ? json_string(quantity_format_time(ns, text)) : json_null();
}

static json_t *disk_view(const struct guest_disk *d)
{
	return json_pack("{s:i, s:b, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "index", (int)d->index,
			 "readonly", d->readonly, "broken", d->broken, "size", (json_int_t)d->size,
			 "readRequests", (json_int_t)d->rd_reqs, "readBytes", (json_int_t)d->rd_bytes,
			 "writeRequests", (json_int_t)d->wr_reqs, "writeBytes", (json_int_t)d->wr_bytes,
			 "flushes", (json_int_t)d->flushes, "errors", (json_int_t)d->errors);
}

/* The file behind disk n is element n of the labels' "disks". */
static json_t *disks_view(const struct guest *g, const json_t *labels)
{
	const json_t *files = json_object_get(labels, "disks");
	json_t *all = json_array();

	for (size_t i = 0; i < g->nr_disks; i++) {
		json_t *disk = disk_view(&g->disks[i]), *file = json_array_get(files, g->disks[i].index);

		if (file)
			json_object_set(disk, "file", file);
		json_array_append_new(all, disk);
	}
	return all;
}

static void add_identity(json_t *view, const struct guest *g)
{
	char uuid[UUID_TEXT];

	uuid_format(g->uuid, uuid);
	json_object_set_new(view, "schema", json_integer(VIEW_SCHEMA));
	json_object_set_new(view, "uuid", json_string(uuid));
	json_object_set_new(view, "name", json_string(g->name));
	json_object_set_new(view, "id", json_integer(g->id));
	json_object_set_new(view, "domid", json_integer(g->domid));
	json_object_set_new(view, "state", json_string(guest_state_name(g->state)));
	json_object_set_new(view, "ready", json_boolean(g->ready));
}

static void add_life(json_t *view, const struct guest *g)
{
	bool over = g->state == GUEST_EXITED;

	json_object_set_new(view, "created", time_or_null(g->created));
	json_object_set_new(view, "exited", time_or_null(over ? g->exited : 0));
	json_object_set_new(view, "uptimeNs", json_integer(g->uptime));
	json_object_set_new(view, "exitReason", over ? json_string(guest_exit_name(g->exit_reason)) : json_null());
	json_object_set_new(view, "exitCode", over && g->exit_code >= 0 ? json_integer(g->exit_code) : json_null());
	json_object_set_new(view, "autoRemove", json_boolean(g->autoremove));
}

static void add_resources(json_t *view, const struct guest *g)
{
	json_object_set_new(view, "memory", json_integer(g->memory));
	json_object_set_new(view, "memoryTarget", json_integer(g->memory_target));
	json_object_set_new(view, "memoryMax", json_integer(g->memory_max));
	json_object_set_new(view, "vcpus", json_integer(g->vcpus));
	json_object_set_new(view, "vcpusOnline", json_integer(g->vcpus_online));
	json_object_set_new(view, "cpuTimeNs", json_integer(g->cpu_time));
	json_object_set_new(view, "log", json_pack("{s:I, s:I}", "bytes", (json_int_t)g->log_bytes,
						   "dropped", (json_int_t)g->log_dropped));
	json_object_set_new(view, "store", json_pack("{s:I, s:I, s:I, s:I}",
						     "requests", (json_int_t)g->store_requests,
						     "errors", (json_int_t)g->store_errors,
						     "nodes", (json_int_t)g->store_nodes,
						     "watches", (json_int_t)g->store_watches));
}

json_t *view_from_guest(const struct guest *g)
{
	json_t *view = json_object(), *labels = json_loads(g->labels, 0, NULL);

	add_identity(view, g);
	add_life(view, g);
	add_resources(view, g);
	json_object_set_new(view, "disks", disks_view(g, labels));
	if (json_is_object(labels))
		json_object_update_missing(view, labels);
	json_decref(labels);
	return view;
}

void view_set_vanished(json_t *view)
{
	json_object_set_new(view, "state", json_string(guest_state_name(GUEST_VANISHED)));
	json_object_set_new(view, "exitReason", json_string(guest_exit_name(EXIT_VANISHED)));
	json_object_set_new(view, "exitCode", json_null());
}

const json_t *view_at(const json_t *view, const char *path)
{
	while (view && *path) {
		size_t len = strcspn(path, ".");
		auto_free char *key = mem_strndup(path, len);

		view = json_object_get(view, key);
		path += len + (path[len] == '.');
	}
	return view;
}

const char *view_text(const json_t *view, const char *path)
{
	const char *text = json_string_value(view_at(view, path));

	return text ? text : "";
}

json_int_t view_number(const json_t *view, const char *path)
{
	const json_t *at = view_at(view, path);

	return json_is_integer(at) ? json_integer_value(at) : -1;
}

int exit_status(enum guest_exit reason, int code)
{
	if (code >= 0)
		return code & 255;
	return reason == EXIT_KILLED ? STATUS_KILLED : EXIT_HYPHA_FAILED;
}

int view_exit_status(const json_t *view)
{
	bool killed = !strcmp(view_text(view, "exitReason"), guest_exit_name(EXIT_KILLED));

	return exit_status(killed ? EXIT_KILLED : EXIT_VANISHED, (int)view_number(view, "exitCode"));
}
