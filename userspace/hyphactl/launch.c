// SPDX-License-Identifier: GPL-2.0-or-later
/* A launch, made concrete step by step. */
#include "hyphactl/launch.h"

#include "hyphactl/names.h"
#include "hyphactl/settings.h"
#include "image/bundle.h"
#include "libhypha/net.h"
#include "util/address.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/hex.h"
#include "util/mem.h"
#include "util/strv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RESOLV_CONF "/etc/resolv.conf"

void launch_init(struct launch *l)
{
	*l = (struct launch) { .kernel_fd = -1, .image.fd = -1 };
	timings_start(&l->timings);
}

void launch_clean(struct launch *l)
{
	for (size_t i = 0; i < l->nr_initrds; i++)
		close(l->initrds[i]);
	for (size_t i = 0; i < l->nr_disks; i++) {
		close(l->disks[i].fd);
		free(l->disk_files[i]);
	}
	if (l->kernel_fd >= 0)
		close(l->kernel_fd);
	image_clean(&l->image);
	kernel_clean(&l->kernel);
	strv_free(l->args);
	strv_free(l->env);
	network_clean(&l->network);
	free(l->name);
	free(l->cmdline);
	free(l->labels);
	free(l->kernel_path);
}

static int add_initrd(struct launch *l, int fd)
{
	if (fd < 0)
		return fd;
	l->initrds[l->nr_initrds++] = fd;
	return 0;
}

static int open_readable(const char *what, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_sys(-errno, "%s %s", what, path);
	return fd;
}

static int prepare_image(struct launch *l)
{
	struct image_options opt = {
		.root = settings.root, .pull = l->pull, .helper = settings.helper,
		.progress = l->opt->quiet ? PROGRESS_NONE : l->progress,
	};
	int err = image_prepare(&opt, l->reference, &l->image);

	if (err)
		return err;
	timings_mark(&l->timings, "image");
	/* the root file system is disk 0: make room before those of --disk, which were opened first */
	memmove(l->disks + 1, l->disks, l->nr_disks * sizeof(*l->disks));
	memmove(l->disk_files + 1, l->disk_files, l->nr_disks * sizeof(*l->disk_files));
	l->nr_disks++;
	l->disks[0] = (struct disk_spec){ .fd = l->image.fd, .readonly = true };
	l->image.fd = -1;	/* ours now */
	l->disk_files[0] = mem_strdup(l->image.squashfs);
	return 0;
}

static int prepare_kernel(struct launch *l)
{
	auto_free char *cache = settings_path("kernels");
	const char *path = l->opt->kernel ? l->opt->kernel : settings.kernel;
	int err;

	if (path)
		l->kernel_path = mem_strdup(path);
	err = path ? 0 : kernel_default(&l->kernel_path);
	if (!err)
		err = kernel_prepare(settings.helper, cache, l->kernel_path, &l->kernel);
	if (err)
		return err;
	l->kernel_fd = open_readable("kernel", l->kernel.elf);
	timings_mark(&l->timings, "kernel");
	return l->kernel_fd < 0 ? l->kernel_fd : 0;
}

static int config_part(struct launch *l)
{
	char mac[MAC_TEXT];
	struct bundle_nic nic = {
		.mac = mac_format(l->network.nic.mac, mac), .mtu = l->network.nic.mtu,
		.addresses = l->network.addresses, .gateways = l->network.gateways,
	};
	struct bundle b = {
		.hostname = l->hostname,
		.squashfs = l->image.squashfs,
		.args = l->args,
		.env = l->env,
		.workdir = l->workdir,
		.user = l->user,
		.stop_signal = l->image.stop_signal,
		.stop_grace = l->grace,
		.terminal = l->terminal,
		.open_stdin = l->input,
		.nameservers = l->network.nameservers,
		.nic = l->network.joined ? &nic : NULL,
	};

	return bundle_config_cpio(&b);
}

static int prepare_initrd(struct launch *l)
{
	int err = l->opt->initrd ? add_initrd(l, open_readable("initrd", l->opt->initrd)) :
				   add_initrd(l, bundle_init_cpio(settings.init));

	if (!err && l->kernel.modules)
		err = add_initrd(l, open_readable("kernel modules", l->kernel.modules));
	if (!err)
		err = add_initrd(l, config_part(l));
	timings_mark(&l->timings, "initrd");
	return err;
}

int launch_join(struct launch *l, int dev)
{
	struct host_info host;
	int err = device_info(dev, &host);

	return err ? err : network_join(&l->network, &host, l->uuid, RESOLV_CONF);
}

int launch_prepare(struct launch *l)
{
	static int (*const steps[])(struct launch *) = {
		prepare_image, launch_merge_process, prepare_kernel, prepare_initrd, launch_describe,
	};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		int err = steps[i](l);

		if (err)
			return err;
	}
	return 0;
}

static int create(const struct launch *l, int dev, struct guest_made *made)
{
	const struct network *n = &l->network;
	struct guest_spec spec = {
		.name = l->name,
		.memory = l->memory,
		.max_memory = l->max_memory,
		.vcpus = l->vcpus,
		.kernel_fd = l->kernel_fd,
		.initrds = l->initrds, .nr_initrds = l->nr_initrds,
		.disks = l->disks, .nr_disks = l->nr_disks,
		.cmdline = l->cmdline,
		.labels = l->labels,
		.autoremove = l->opt->remove,
		.log_size = l->log_size,
		.nic = n->joined ? &n->nic : NULL,
		.no_network = n->none && n->host.plen4,
	};

	memcpy(spec.uuid, l->uuid, sizeof(spec.uuid));
	return device_create(dev, &spec, made);
}

/* What tells of the addresses is written anew. */
static int move(struct launch *l)
{
	int err;

	close(l->initrds[--l->nr_initrds]);
	err = add_initrd(l, config_part(l));
	return err ? err : launch_describe(l);
}

static int avoid(const struct net_vif *vif, void *network)
{
	network_avoid(network, vif->ip4.bytes, vif->ip6.bytes);
	return 0;
}

/*
 * Until an address is found that no other guest has. The module's text names what is taken: if it says the same again, that
 * is nothing that was chosen here. Making a guest is dear, so what is taken is asked for, once there is need.
 */
static int create_somewhere(struct launch *l, int dev, struct guest_made *made)
{
	char before[512] = "";
	bool first;
	int err;

	while ((err = create(l, dev, made)) == -EADDRINUSE) {
		if (!l->network.joined || network_is_named(&l->network) || !strcmp(before, err_text()))
			return err;
		first = !*before;
		snprintf(before, sizeof(before), "%s", err_text());
		if (first)
			net_vif_dump(avoid, &l->network);	/* without it, one after the other */
		err = network_move(&l->network);
		if (!err)
			err = move(l);
		if (err)
			return err;
	}
	return err;
}

int launch_create(struct launch *l, int dev, struct guest_made *made)
{
	int err = create_somewhere(l, dev, made);

	if (err == -EEXIST)
		return err_in(err, "name \"%s\"", l->name);
	if (err)
		return err_in(err, "cannot launch %s", l->name);
	timings_mark(&l->timings, "create");
	for (unsigned int i = 0; i < GUEST_PHASES; i++)
		timings_part(&l->timings, device_phase_name(i), made->phase_ns[i]);
	return 0;
}
