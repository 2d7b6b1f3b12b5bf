// SPDX-License-Identifier: GPL-2.0-or-later
/* One walk over a layer's list both writes and reads it. Only this machine reads what it wrote. */
#include "image/layerfile.h"

#include "util/cleanup.h"
#include "util/digest.h"
#include "util/error.h"
#include "util/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC 0x726c6879		/* "yhlr" */

struct trailer {
	uint64_t magic, unpacked, text, data_len, nr, nr_fragments;
	struct digest sum;		/* of the list, then this with an empty sum */
};

struct walk {
	FILE *file;
	struct hasher *hasher;
	uint64_t left;		/* bytes that may come yet, before anything is made of their size */
	bool load, bad;
};

/* Are there @len more bytes? */
static bool has(struct walk *w, uint64_t len)
{
	w->bad |= w->load && len > w->left;
	return !w->bad;
}

static void pass(struct walk *w, void *p, size_t len)
{
	if (!has(w, len) || !len)
		return;
	w->left -= len;
	/* cppcheck-suppress IOWithoutPositioning ; a walk only reads or only writes */
	w->bad = (w->load ? fread(p, len, 1, w->file) : fwrite(p, len, 1, w->file)) != 1;
	hasher_add(w->hasher, p, len);
}

/* Bytes with their length in front and a NUL behind. */
static void pass_bytes(struct walk *w, void **p, size_t *len)
{
	uint32_t n = w->load ? 0 : *len;

	pass(w, &n, sizeof(n));
	if (w->load) {
		*len = has(w, n) ? n : 0;
		*p = mem_alloc(*len + 1);
	}
	pass(w, *p, *len);
}

static void pass_text(struct walk *w, char **text)
{
	size_t len = w->load ? 0 : strlen(*text);

	pass_bytes(w, (void **)text, &len);
}

/* Known by now: which fragments there are. */
static void pass_small(struct walk *w, struct inode *inode, const struct layer *layer)
{
	pass(w, &inode->fragment, sizeof(inode->fragment));
	pass(w, &inode->fragment_at, sizeof(inode->fragment_at));
	w->bad |= inode->fragment >= layer->nr_fragments || inode->fragment_at > SPOOL_BLOCK - inode->size;
}

static void pass_blocks(struct walk *w, struct inode *inode, uint64_t data_len)
{
	uint64_t len = 0, nr = inode->size / SPOOL_BLOCK + !!(inode->size % SPOOL_BLOCK);

	if (!has(w, nr * sizeof(*inode->blocks)))
		return;
	inode->nr_blocks = nr;
	if (w->load)
		inode->blocks = mem_alloc(inode->nr_blocks * sizeof(*inode->blocks));
	pass(w, inode->blocks, inode->nr_blocks * sizeof(*inode->blocks));
	for (size_t i = 0; i < inode->nr_blocks; i++)
		len += inode->blocks[i] & ~SPOOL_PLAIN;
	w->bad |= inode->data > data_len || len > data_len - inode->data;
}

static void pass_xattrs(struct walk *w, struct inode *inode)
{
	uint32_t nr = inode->nr_xattrs;

	pass(w, &nr, sizeof(nr));
	for (uint32_t i = 0; !w->bad && i < nr; i++) {
		struct xattr xattr = { 0 }, *x = w->load ? &xattr : &inode->xattrs[i];

		pass_text(w, &x->name);
		pass_bytes(w, &x->value, &x->len);
		if (w->load)
			inode_add_xattr(inode, x->name, x->value, x->len);
		free(xattr.name);
		free(xattr.value);
	}
}

static void pass_inode(struct walk *w, struct inode **inode, const struct layer *layer)
{
	struct inode *i = w->load ? inode_new(0) : *inode;
	uint32_t fields[] = { i->mode, i->uid, i->gid, i->mtime, i->major, i->minor };

	*inode = i;
	pass(w, fields, sizeof(fields));
	i->mode = fields[0], i->uid = fields[1], i->gid = fields[2];
	i->mtime = fields[3], i->major = fields[4], i->minor = fields[5];
	pass(w, &i->size, sizeof(i->size));
	pass(w, &i->data, sizeof(i->data));
	if (!w->bad && spool_is_small(i))
		pass_small(w, i, layer);
	else if (!w->bad && S_ISREG(i->mode))
		pass_blocks(w, i, layer->data_len);
	if (!w->bad && S_ISLNK(i->mode))
		pass_text(w, &i->target);
	pass_xattrs(w, i);
}

static void pass_entry(struct walk *w, struct layer_entry *entry, const struct layer *layer)
{
	uint32_t kind = entry->kind;

	pass(w, &kind, sizeof(kind));
	entry->kind = kind;
	pass_text(w, &entry->path);
	if (entry->kind == LAYER_LINK)
		pass_text(w, &entry->target);
	if (entry->kind == LAYER_ADD)
		pass_inode(w, &entry->inode, layer);
}

static void pass_fragments(struct walk *w, struct layer *layer)
{
	pass(w, layer->fragments, layer->nr_fragments * sizeof(*layer->fragments));
	for (size_t i = 0; !w->bad && i < layer->nr_fragments; i++) {
		const struct fragment *f = &layer->fragments[i];
		uint64_t len = f->size & ~(uint64_t)SPOOL_PLAIN;

		w->bad |= f->at > layer->data_len || len > layer->data_len - f->at || len > SPOOL_BLOCK;
	}
}

static FILE *open_file(int fd, const char *mode, off_t at)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	FILE *file = copy < 0 ? NULL : fdopen(copy, mode);

	if (!file && copy >= 0)
		close(copy);
	if (file && fseeko(file, at, SEEK_SET)) {
		fclose(file);
		return NULL;
	}
	return file;
}

int layerfile_save(int fd, struct layer *layer)
{
	struct trailer t = { MAGIC, layer->unpacked, layer->text, layer->data_len, layer->nr, layer->nr_fragments, { "" } };
	struct walk w = { .file = open_file(fd, "r+", layer->data_len), .hasher = hasher_new(NULL) };

	w.bad = !w.file;
	if (!w.bad)
		pass_fragments(&w, layer);
	for (size_t i = 0; !w.bad && i < layer->nr; i++)
		pass_entry(&w, &layer->list[i], layer);
	hasher_add(w.hasher, &t, sizeof(t));
	hasher_end(w.hasher, &t.sum);
	if (!w.bad)
		w.bad = fwrite(&t, sizeof(t), 1, w.file) != 1;
	if (w.file && fclose(w.file))
		w.bad = true;
	return w.bad ? err_sys(-errno, "writing the unpacked layer") : 0;
}

static int load_list(struct walk *w, const struct trailer *t, struct layer *layer)
{
	struct digest got = { "" };
	struct trailer unsummed = *t;

	layer->data_len = t->data_len;
	layer->nr_fragments = t->nr_fragments;
	layer->fragments = mem_alloc(t->nr_fragments * sizeof(*layer->fragments));
	layer->list = mem_alloc((t->nr + 1) * sizeof(*layer->list));
	pass_fragments(w, layer);
	while (!w->bad && layer->nr < t->nr)
		pass_entry(w, &layer->list[layer->nr++], layer);
	unsummed.sum = got;
	hasher_add(w->hasher, &unsummed, sizeof(unsummed));
	hasher_end(take_ptr(w->hasher), &got);
	return w->bad || memcmp(&got, &t->sum, sizeof(got)) ? -EBADMSG : 0;
}

int layerfile_load(int fd, struct layer *layer)
{
	struct walk w = { .load = true };
	struct trailer t;
	struct stat st;
	int err;

	*layer = (struct layer){ 0 };
	if (fstat(fd, &st) || st.st_size < (off_t)sizeof(t) || pread(fd, &t, sizeof(t), st.st_size - sizeof(t)) != sizeof(t))
		return -EBADMSG;
	if (t.magic != MAGIC || t.data_len > (uint64_t)st.st_size || t.nr > (st.st_size - t.data_len) / sizeof(uint64_t) ||
	    t.nr_fragments > (st.st_size - t.data_len) / sizeof(struct fragment))
		return -EBADMSG;
	w.file = open_file(fd, "r", t.data_len);
	if (!w.file)
		return -errno;
	w.hasher = hasher_new(NULL);
	w.left = st.st_size - t.data_len;
	err = load_list(&w, &t, layer);
	fclose(w.file);
	layer->unpacked = t.unpacked;
	layer->text = t.text;
	if (err)
		layer_clean(layer);
	return err;
}
