// SPDX-License-Identifier: GPL-2.0-or-later
/* What is kept of guests on disk. */
#include "hyphactl/record.h"

#include "hyphactl/settings.h"
#include "hyphactl/view.h"
#include "libhypha/device.h"
#include "util/buf.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/file.h"
#include "util/hex.h"
#include "util/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define TEMPORARY ".new-"	/* a directory being filled or emptied, its maker's pid follows */
#define TEMPORARY_AGE 600	/* seconds after which its maker is taken for dead, whoever has its pid */

static char *path_of(const char *uuid, const char *file)
{
	return mem_printf("%s/guests/%s%s%s", settings.root, uuid, *file ? "/" : "", file);
}

char *record_log_path(const char *uuid)
{
	return path_of(uuid, "log");
}

/* The boot the record was made in tells later what became of a guest that vanished. */
static void add_boot(json_t *view)
{
	auto_buf boot = BUF_INIT;

	if (file_read("/proc/sys/kernel/random/boot_id", 64, &boot))
		return;
	boot.data[strcspn(boot.data, "\n")] = '\0';
	json_object_set_new(view, "boot", json_string(boot.data));
}

/* @lasting: through power loss, which takes its time. */
static int write_view(const char *dir, json_t *view, bool lasting)
{
	auto_free char *path = mem_printf("%s/guest.json", dir);
	auto_free char *text = NULL;
	auto_close int fd = -1;
	int err;

	add_boot(view);
	text = json_dumps(view, JSON_INDENT(2));
	if (!text)
		return err_set(-ENOMEM, "%s: cannot encode", path);
	if (lasting)
		return file_write_atomic(path, text, strlen(text), 0600);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	err = fd < 0 ? -errno : file_write_all(fd, text, strlen(text));
	return err ? err_sys(err, "%s", path) : 0;
}

static int write_log(const char *dir, const void *log, size_t len)
{
	auto_free char *path = mem_printf("%s/log", dir);

	return log ? file_write_atomic(path, log, len, 0600) : 0;
}

static int write_both(const char *dir, json_t *view, const void *log, size_t len)
{
	int err = write_log(dir, log, len);

	return err ? err : write_view(dir, view, log);
}

/* Most often the parent is there. */
static int make_temporary(const char *parent, char *temp)
{
	auto_free char *template = mem_strdup(temp);
	int err;

	if (mkdtemp(temp))
		return 0;
	err = file_mkdirs(parent, 0700);
	if (err)
		return err;
	strcpy(temp, template);
	return mkdtemp(temp) ? 0 : err_sys(-errno, "%s", temp);
}

/* A complete directory appears at once, or not at all. -EEXIST: there was one. */
static int add_directory(const char *uuid, json_t *view, const void *log, size_t len)
{
	auto_free char *parent = settings_path("guests");
	auto_free char *temp = mem_printf("%s/" TEMPORARY "%d-XXXXXX", parent, (int)getpid());
	auto_free char *final = path_of(uuid, "");
	int err = make_temporary(parent, temp);

	if (err)
		return err;
	err = write_both(temp, view, log, len);
	if (!err && rename(temp, final)) {
		err = errno == ENOTEMPTY ? -EEXIST : -errno;
		err_sys(err, "%s", final);
	}
	if (err) {
		char text[512];

		snprintf(text, sizeof(text), "%s", err_text());
		file_remove_tree(temp);
		return err_set(err, "%s", text);
	}
	return log ? file_sync_dir(parent) : 0;
}

int record_add(const char *uuid, json_t *view)
{
	int err = add_directory(uuid, view, NULL, 0);

	return err == -EEXIST ? 0 : err;
}

int record_finish(const char *uuid, json_t *view, const void *log, size_t len)
{
	auto_free char *dir = path_of(uuid, "");
	int err = add_directory(uuid, view, log, len);

	return err == -EEXIST ? write_both(dir, view, log, len) : err;
}

json_t *record_load(const char *uuid)
{
	auto_free char *path = path_of(uuid, "guest.json");
	json_t *view = json_load_file(path, 0, NULL);

	if (!json_is_object(view) || strcmp(view_text(view, "uuid"), uuid)) {
		json_decref(view);
		return NULL;
	}
	return view;
}

int record_lock(bool alone)
{
	auto_free char *parent = settings_path("guests");
	int err = file_mkdirs(parent, 0700), fd;

	if (err)
		return err;
	fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(-errno, "%s", parent);
	while (flock(fd, alone ? LOCK_EX : LOCK_SH))
		if (errno != EINTR) {
			err = err_sys(-errno, "%s: lock", parent);
			close(fd);
			return err;
		}
	return fd;
}

/* Gone at once, as it came: half of it would be nobody's. */
int record_remove(const char *uuid)
{
	auto_free char *path = path_of(uuid, ""), *parent = settings_path("guests");
	auto_free char *temp = mem_printf("%s/" TEMPORARY "%d-%s", parent, (int)getpid(), uuid);

	if (rename(path, temp))
		return errno == ENOENT ? 0 : err_sys(-errno, "%s", path);
	return file_remove_tree(temp);
}

int record_forget(int dev, uint32_t id, const char *uuid)
{
	auto_close int lock = record_lock(true);
	int err = 0;

	(void)lock;	/* where none can be had nothing is recorded either */
	if (id)
		err = device_remove(dev, id);
	return err && err != -ENOENT ? err : record_remove(uuid);
}

/* What was killed left half made, or half removed. */
static void sweep_temporary(const char *name)
{
	auto_free char *path = path_of(name, "");
	pid_t maker = (pid_t)strtol(name + strlen(TEMPORARY), NULL, 10);
	bool dead = maker <= 0 || (kill(maker, 0) && errno == ESRCH);
	struct stat st;

	if (dead || (!stat(path, &st) && st.st_mtime + TEMPORARY_AGE < time(NULL)))
		file_remove_tree(path);
}

/* Nobody waited for it to be on the disk, and with the power it was lost; only its name was not. */
static void sweep_lost(const char *uuid)
{
	auto_free char *path = path_of(uuid, "guest.json");
	struct stat st;

	if (stat(path, &st) ? errno == ENOENT : !st.st_size)
		record_remove(uuid);
}

json_t *record_list(void)
{
	auto_free char *parent = settings_path("guests");
	auto_dir DIR *dir = opendir(parent);
	json_t *all = json_array();
	struct dirent *e;
	uint8_t uuid[16];

	while (dir && (e = readdir(dir))) {
		json_t *view;

		if (!strncmp(e->d_name, TEMPORARY, strlen(TEMPORARY)))
			sweep_temporary(e->d_name);
		if (uuid_parse(e->d_name, uuid))
			continue;
		view = record_load(e->d_name);
		if (view)
			json_array_append_new(all, view);
		else
			sweep_lost(e->d_name);
	}
	return all;
}
