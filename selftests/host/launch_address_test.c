/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A launch whose address another guest has, with a module made up here: what is tried again, and what is not. */
// links: userspace/hyphactl/launch.c userspace/hyphactl/launch_process.c userspace/hyphactl/network.c userspace/hyphactl/network_check.c
// links: userspace/hyphactl/publish.c userspace/hyphactl/resolv.c userspace/hyphactl/settings.c userspace/util/conf.c userspace/util/limits.c userspace/hyphactl/quantity.c
// links: userspace/hyphactl/timings.c userspace/util/address.c userspace/util/error.c userspace/util/mem.c userspace/util/strv.c
// links: userspace/util/buf.c userspace/util/file.c userspace/util/hex.c
// libs: -ljansson
#include "hyphactl/launch.h"
#include "image/bundle.h"
#include "libhypha/net.h"

#include "test.h"
#include "util/error.h"
#include "util/mem.h"
#include "util/strv.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* The module: how it answers, and what it was asked. */
static struct {
	int refuse;		/* so many creations, with a text that names the address */
	const char *other;	/* ... or with this text */
	uint8_t others[4];	/* last bytes of addresses in use; 0 none */
	int created, dumped, configs;
	bool nic, no_network;
	uint8_t last_ip4[4];
	char config[64], labels[64];	/* addresses as told to the guest and to the kernel's labels */
} module;

int device_create(int dev, const struct guest_spec *spec, struct guest_made *made)
{
	json_t *labels = json_loads(spec->labels, 0, NULL);
	const char *ip4 = json_string_value(json_object_get(json_object_get(labels, "network"), "ip4"));

	snprintf(module.labels, sizeof(module.labels), "%s", ip4 ? ip4 : "");
	json_decref(labels);
	module.created++;
	*made = (struct guest_made) { .id = 1 };
	module.nic = spec->nic;
	module.no_network = spec->no_network;
	if (spec->nic)
		memcpy(module.last_ip4, spec->nic->ip4, 4);
	module.config[pread(spec->initrds[spec->nr_initrds - 1], module.config, sizeof(module.config) - 1, 0)] = '\0';
	if (module.other)
		return err_set(-EADDRINUSE, "%s", module.other);
	if (module.created > module.refuse)
		return 0;
	return err_set(-EADDRINUSE, "nic: address 10.75.%d.%d is guest x's", spec->nic->ip4[2], spec->nic->ip4[3]);
}

int device_info(int dev, struct host_info *info)
{
	*info = (struct host_info) { .net4 = { 10, 75 }, .plen4 = 16 };
	return 0;
}

const char *device_phase_name(unsigned int i)
{
	return "phase";
}

int net_vif_dump(net_vif_fn fn, void *arg)
{
	module.dumped++;
	for (size_t i = 0; i < sizeof(module.others) && module.others[i]; i++) {
		struct net_vif vif = { .ip4 = { 4, { module.last_ip4[0], module.last_ip4[1], module.last_ip4[2], module.others[i] } } };

		fn(&vif, arg);
	}
	return 0;
}

int bundle_config_cpio(const struct bundle *b)
{
	int fd = memfd_create("config", MFD_CLOEXEC);

	module.configs++;
	if (b->nic && write(fd, b->nic->addresses[0], strlen(b->nic->addresses[0])) < 0)
		abort();
	return fd;
}

int bundle_init_cpio(const char *path)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

int image_prepare(const struct image_options *opt, const char *reference, struct image *img)
{
	static char *none[] = { NULL };

	*img = (struct image) { .fd = open("/dev/null", O_RDONLY), .squashfs = mem_strdup("x"), .env = none, .entrypoint = none, .cmd = none };
	return 0;
}

void image_clean(struct image *img)
{
	free(img->squashfs);
}

int kernel_default(char **path)
{
	*path = mem_strdup("/dev/null");
	return 0;
}

int kernel_prepare(const char *helper, const char *cache, const char *path, struct kernel *k)
{
	*k = (struct kernel) { .elf = (char *)"/dev/null" };
	return 0;
}

void kernel_clean(struct kernel *k)
{
}

static const uint8_t uuid[16] = { 1, 2, 3, 4, 5, 6, 7, 8 };	/* chooses 10.75.X.Y with room above Y */

static int try(const struct network_options *net, uint8_t ip4[4])
{
	static char *command[] = { (char *)"true", NULL };
	struct launch_options o = { .quiet = true, .network = *net };
	struct guest_made made;
	struct launch l;
	int err;

	launch_init(&l);
	l.opt = &o;
	l.reference = "busybox";
	l.command = command;
	l.hostname = "h";
	l.name = mem_strdup("n");
	l.cmdline = mem_strdup("");
	memcpy(l.uuid, uuid, 16);
	err = network_check(&l.network, net);
	if (!err)
		err = launch_join(&l, -1);
	if (!err)
		err = launch_prepare(&l);
	if (!err)
		err = launch_create(&l, -1, &made);
	memcpy(ip4, l.network.nic.ip4, 4);
	launch_clean(&l);
	return err;
}

static void ok_told(const char *when)
{
	char ip4[32];

	snprintf(ip4, sizeof(ip4), "10.75.%d.%d", module.last_ip4[2], module.last_ip4[3]);
	ok_str(module.labels, ip4, "%s: labels tell the address that was taken at last", when);
	strcat(ip4, "/32");
	ok_str(module.config, ip4, "%s: config.json, too", when);
}

static void run_free(void)
{
	uint8_t ip4[4];

	memset(&module, 0, sizeof(module));
	ok(!try(&(struct network_options) { 0 }, ip4) && module.created == 1 && !module.dumped && module.configs == 1,
	   "a free address is taken at once, and nobody is asked for others'");
	ok_told("free");
}

static void run_taken(void)
{
	uint8_t first[4], ip4[4];

	memset(&module, 0, sizeof(module));
	try(&(struct network_options) { 0 }, first);
	memset(&module, 0, sizeof(module));
	module.refuse = 1;
	for (int i = 0; i < 3; i++)
		module.others[i] = first[3] + i;
	ok_num(try(&(struct network_options) { 0 }, ip4), 0, "an address that is taken is not the end");
	ok(module.created == 2 && module.dumped == 1 && ip4[3] == first[3] + 3, "the next that no guest has is tried");
	ok_told("taken");
	memset(&module, 0, sizeof(module));
	module.refuse = 5;
	ok(!try(&(struct network_options) { 0 }, ip4) && module.created == 6 && module.dumped == 1 && ip4[3] == first[3] + 5,
	   "who is not told of others tries one after the other");
	ok_told("tried");
}

static void run_refused(void)
{
	uint8_t ip4[4];

	memset(&module, 0, sizeof(module));
	module.refuse = 9;
	ok_num(try(&(struct network_options) { .ip4 = "10.75.0.5" }, ip4), -EADDRINUSE, "an address the user chose is not changed");
	ok(module.created == 1 && strstr(err_text(), "address 10.75.0.5 is guest x's"), "whose it is is said");
	memset(&module, 0, sizeof(module));
	module.other = "nic: forward 0: tcp port 80 of the host is guest x's";
	ok_num(try(&(struct network_options) { .publish = (char *[]) { (char *)"80:80", NULL } }, ip4), -EADDRINUSE, "a published port that is taken");
	ok(module.created == 2 && strstr(err_text(), "port 80 of the host is guest x's"), "is not tried for ever, and said");
	memset(&module, 0, sizeof(module));
	ok(!try(&(struct network_options) { .none = true }, ip4) && module.no_network && !module.nic, "without network, that is what is asked for");
	ok(!*module.labels && !*module.config, "and told");
}

int main(void)
{
	run_free();
	run_taken();
	run_refused();
	return done();
}
