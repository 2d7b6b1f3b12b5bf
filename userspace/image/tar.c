// SPDX-License-Identifier: GPL-2.0-or-later
/* What layers and archives of images have in common: how libarchive reads them. */
#include "image/tar.h"

#include "util/error.h"
#include "util/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * An entry of our own comes first and is skipped. libarchive 3.6 loses a link's target that only a PAX record has
 * (Go writes such headers for targets that are not ASCII) unless some header before had one in its link field.
 */
static void make_prologue(char block[TAR_BLOCK])
{
	unsigned int sum = 0;

	memset(block, 0, TAR_BLOCK);
	strcpy(block, "prologue");			/* name */
	strcpy(block + 100, "0000777");			/* mode */
	strcpy(block + 124, "00000000000");		/* size */
	memset(block + 148, ' ', 8);			/* checksum */
	block[156] = '2';				/* a symbolic link */
	strcpy(block + 157, "target");
	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += (unsigned char)block[i];
	snprintf(block + 148, 8, "%06o", sum);
}

static ssize_t next_piece(struct tar *t, const void **data)
{
	ssize_t n = t->read(t->arg, data);

	if (n <= 0 || !t->in_header)
		return n;
	if ((uint64_t)n > t->header_left)
		return err_set(-EFBIG, "headers of one entry longer than %llu bytes, the limit", (unsigned long long)t->header_max);
	t->header_left -= n;
	return n;
}

static ssize_t read_callback(struct archive *a, void *arg, const void **data)
{
	struct tar *t = arg;
	ssize_t n;

	if (!t->begun) {
		t->begun = true;
		*data = t->prologue;
		return TAR_BLOCK;
	}
	n = next_piece(t, data);
	if (n >= 0)
		return n;
	t->err = n;
	free(t->text);
	t->text = mem_strdup(err_text());
	archive_set_error(a, -n, "%s", t->text);
	return ARCHIVE_FATAL;
}

static la_int64_t skip_callback(struct archive *a, void *arg, la_int64_t len)
{
	struct tar *t = arg;

	(void)a;
	return t->skip ? t->skip(t->arg, len) : 0;
}

int tar_failed(struct tar *t)
{
	const char *text = archive_error_string(t->archive);

	if (t->err)
		return err_set(t->err, "%s", t->text);
	return err_set(-EBADMSG, "damaged tar: %s", text ? text : "it ends too early");
}

int tar_open(struct tar *t)
{
	struct archive_entry *prologue;

	t->archive = archive_read_new();
	/* libarchive converts (and composes) names under a UTF-8 locale, whatever the program chose; under "C" it cannot. */
	t->locale = newlocale(LC_CTYPE_MASK, "C", NULL);
	if (!t->archive || !t->locale)
		return err_set(-ENOMEM, "libarchive failed");
	t->before = uselocale(t->locale);
	make_prologue(t->prologue);
	archive_read_support_format_tar(t->archive);
	if (archive_read_open2(t->archive, t, NULL, read_callback, skip_callback, NULL) != ARCHIVE_OK ||
	    archive_read_next_header(t->archive, &prologue) != ARCHIVE_OK)
		return tar_failed(t);
	return 0;
}

void tar_close(struct tar *t)
{
	if (t->before)
		uselocale(t->before);
	if (t->locale)
		freelocale(t->locale);
	archive_read_free(t->archive);
	free(t->text);
}

/*
 * Names that are not ASCII only warn, and come as the bytes they are; so do unreadable ACLs, which squashfs could not
 * hold anyway. All other warnings are damage.
 */
static bool is_harmless(struct tar *t)
{
	const char *text = archive_error_string(t->archive);

	return text && (strstr(text, "can't be converted") || strstr(text, "Parse error"));
}

int tar_next(struct tar *t, struct archive_entry **e)
{
	int ret;

	t->in_header = true;
	t->header_left = t->header_max;
	ret = archive_read_next_header(t->archive, e);
	t->in_header = false;
	if (ret == ARCHIVE_EOF)
		return 0;
	return ret == ARCHIVE_OK || (ret == ARCHIVE_WARN && is_harmless(t)) ? 1 : tar_failed(t);
}

int tar_skip(struct tar *t)
{
	return archive_read_data_skip(t->archive) < ARCHIVE_WARN ? tar_failed(t) : 0;
}
