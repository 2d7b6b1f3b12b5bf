// SPDX-License-Identifier: GPL-2.0-or-later
/* Writes what `hyphactl launch` would boot, for a machine that is not Xen's: bundle_tool KERNEL INIT SQUASHFS CACHE INITRD [-ti] [-u USER] [-w DIR] [-e K=V]… [-s SIG] [-g SECONDS] [-n] COMMAND… */
#include "image/bundle.h"
#include "image/unpack.h"
#include "util/buf.h"
#include "util/error.h"
#include "util/file.h"
#include "util/strv.h"

#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void fail(void)
{
	fprintf(stderr, "%s\n", err_text());
	exit(1);
}

static void append_fd(struct buf *b, int fd)
{
	struct stat st;

	if (fd < 0 || fstat(fd, &st) || pread(fd, buf_reserve(b, st.st_size), st.st_size, 0) != st.st_size)
		fail();
	b->len += st.st_size;
	close(fd);
}

/* What QEMU's user network expects of its guest. */
static const struct bundle_nic qemu_user = {
	.mac = "52:54:00:12:34:56", .mtu = 1400, .addresses = (char *[]){ "10.0.2.15/32", "fec0::15/128", NULL },
	.gateways = (char *[]){ "10.0.2.2", "fec0::2", NULL },
};

int main(int argc, char **argv)
{
	char **env = NULL;
	struct bundle b = { .hostname = "guest", .squashfs = argv[3], .stop_grace = 3, .nameservers = (char *[]){ "10.75.0.1", NULL } };
	struct kernel k;
	struct buf initrd = BUF_INIT;
	int o;

	optind = 6;
	while ((o = getopt(argc, argv, "+tinu:w:e:s:g:")) != -1) {
		if (o == 't') b.terminal = true;
		if (o == 'i') b.open_stdin = true;
		if (o == 'n') b.nic = &qemu_user;
		if (o == 'u') b.user = optarg;
		if (o == 'w') b.workdir = optarg;
		if (o == 'e') strv_add(&env, optarg);
		if (o == 's') b.stop_signal = optarg;
		if (o == 'g') b.stop_grace = atoi(optarg);
	}
	b.args = argv + optind;
	b.env = env;
	if (kernel_unpack(argv[4], argv[1], &k))
		fail();
	append_fd(&initrd, bundle_init_cpio(argv[2]));
	if (k.modules && file_read(k.modules, 1 << 30, &initrd))
		fail();
	append_fd(&initrd, bundle_config_cpio(&b));
	if (file_write_atomic(argv[5], initrd.data, initrd.len, 0644))
		fail();
	puts(k.elf);
	return 0;
}
