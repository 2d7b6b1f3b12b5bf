// SPDX-License-Identifier: GPL-2.0-or-later
/* The parts of the initrd that hyphactl brings itself: sealed memfds, or what the build made ready. */
#include "image/bundle.h"

#include "image/cpio.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/file.h"
#include "util/hex.h"
#include "util/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define SUPERBLOCK 96		/* bytes of a squashfs superblock */
#define INIT_MAX (16UL << 20)
#define CONFIG_MAX (4UL << 20)	/* what the guest's init accepts, see initramfs/config.h */

static int memfd_sealed(const char *name, const struct buf *data)
{
	auto_close int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int err;

	if (fd < 0)
		return err_sys(-errno, "memfd for %s", name);
	err = file_write_all(fd, data->data, data->len);
	if (err)
		return err_sys(err, "memfd for %s", name);
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE))
		return err_sys(-errno, "sealing %s", name);
	return take_fd(fd);
}

static int cpio_to_memfd(const char *name, mode_t perm, const void *data, size_t len)
{
	struct cpio c = { .out = BUF_INIT };
	int fd;

	cpio_file(&c, name, perm, data, len);
	cpio_end(&c);
	fd = memfd_sealed(name, &c.out);
	buf_clean(&c.out);
	return fd;
}

static json_t *strings(char *const *v)
{
	json_t *a = json_array();

	for (; v && *v; v++)
		json_array_append_new(a, json_string(*v));	/* fails for what is not UTF-8: checked before */
	return a;
}

static int check_text(const char *what, const char *s)
{
	json_t *j = s ? json_string(s) : NULL;

	if (s && !j)
		return err_set(-EILSEQ, "%s is not UTF-8", what);
	json_decref(j);
	return 0;
}

static int check_texts(const char *what, char *const *v)
{
	int err = 0;

	for (; v && *v && !err; v++)
		err = check_text(what, *v);
	return err;
}

static int check(const struct bundle *b)
{
	int err = check_texts("a command argument", b->args);

	if (!b->args || !b->args[0])
		return err_set(-EINVAL, "no command: the image names none and none was given");
	if (!err)
		err = check_texts("an environment entry", b->env);
	if (!err)
		err = check_texts("a name server", b->nameservers);
	if (!err)
		err = check_text("the host name", b->hostname);
	if (!err)
		err = check_text("the working directory", b->workdir);
	if (!err)
		err = check_text("the user", b->user);
	return err ? err : check_text("the stop signal", b->stop_signal);
}

static int read_superblock(const char *path, char hex[2 * SUPERBLOCK + 1])
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint8_t sb[SUPERBLOCK];
	ssize_t n;

	if (fd < 0)
		return err_sys(-errno, "%s", path);
	n = pread(fd, sb, sizeof(sb), 0);
	if (n < 0)
		return err_sys(-errno, "%s", path);
	if (n < SUPERBLOCK || memcmp(sb, "hsqs", 4))
		return err_set(-EINVAL, "%s is no squashfs image", path);
	hex_encode(sb, sizeof(sb), hex);
	return 0;
}

static const char *or(const char *s, const char *fallback)
{
	return s && *s ? s : fallback;
}

static json_t *network_json(const struct bundle_nic *nic)
{
	json_t *all = json_array();

	if (nic)
		json_array_append_new(all, json_pack("{s:s, s:i, s:o, s:o}", "mac", nic->mac, "mtu", (int)nic->mtu,
						     "addresses", strings(nic->addresses), "gateways", strings(nic->gateways)));
	return all;
}

static json_t *config_json(const struct bundle *b, const char *superblock)
{
	json_t *j = json_pack("{s:i, s:s}", "version", 1, "hostname", or(b->hostname, "hypha"));

	if (superblock)
		json_object_set_new(j, "root", json_pack("{s:s}", "superblock", superblock));
	json_object_set_new(j, "process", json_pack("{s:o, s:o, s:s, s:s, s:b, s:b}",
		"args", strings(b->args), "env", strings(b->env), "cwd", or(b->workdir, "/"), "user", or(b->user, ""),
		"terminal", b->terminal, "stdin", b->open_stdin));
	json_object_set_new(j, "stop", json_pack("{s:s, s:i}", "signal", or(b->stop_signal, "SIGTERM"), "grace", (int)b->stop_grace));
	json_object_set_new(j, "dns", strings(b->nameservers));
	json_object_set_new(j, "network", network_json(b->nic));
	return j;
}

int bundle_config_cpio(const struct bundle *b)
{
	char superblock[2 * SUPERBLOCK + 1];
	auto_free char *text = NULL;
	json_t *j;
	int err = check(b);

	if (!err && b->squashfs)
		err = read_superblock(b->squashfs, superblock);
	if (err)
		return err_in(err, "guest configuration");
	j = config_json(b, b->squashfs ? superblock : NULL);
	text = json_dumps(j, JSON_COMPACT);
	json_decref(j);
	if (!text)
		return err_set(-ENOMEM, "guest configuration: out of memory");
	if (strlen(text) > CONFIG_MAX)
		return err_set(-E2BIG, "guest configuration: %zu bytes of arguments and environment are too many", strlen(text));
	return cpio_to_memfd("config.json", 0600, text, strlen(text));
}

static bool is_older(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec < b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

/* PATH.cpio, which the build made of PATH, if it is not the older one. */
static int open_ready(const char *path)
{
	auto_free char *ready = mem_printf("%s.cpio", path);
	auto_close int fd = open(ready, O_RDONLY | O_CLOEXEC);
	struct stat of, from;

	if (fd < 0 || fstat(fd, &of) || stat(path, &from) || !S_ISREG(of.st_mode) || of.st_size <= from.st_size)
		return -1;
	return is_older(&of.st_mtim, &from.st_mtim) ? -1 : take_fd(fd);
}

int bundle_init_cpio(const char *path)
{
	auto_buf init = BUF_INIT;
	int fd = open_ready(path), err;

	if (fd >= 0)
		return fd;
	err = file_read(path, INIT_MAX, &init);
	if (err)
		return err_in(err, "guest init");
	if (init.len < 4 || memcmp(init.data, "\177ELF", 4))
		return err_set(-ENOEXEC, "guest init: %s is no program", path);
	return cpio_to_memfd("init", 0755, init.data, init.len);
}
