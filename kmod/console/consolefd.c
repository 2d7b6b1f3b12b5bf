// SPDX-License-Identifier: GPL-2.0-only
/* File descriptors on a console: replay then follow for readers, whole writes for writers. */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "console.h"
#include "console_priv.h"
#include "hypha.h"

#define OPEN_FLAGS \
	(HYPHA_CONSOLE_READ | HYPHA_CONSOLE_WRITE | HYPHA_CONSOLE_NONBLOCK | HYPHA_CONSOLE_FROM_END)

/* One open file. */
struct stream {
	struct hypha_con *con;
	struct mutex lock;	/* @pos and @buf: readers sharing the file take turns; taken before the console's */
	u64 pos;
	u8 buf[2048];		/* so that no user page is touched under the console's lock */
};

/* Wait for something behind @s's position, or the end. Return: 0, -EAGAIN, -ERESTARTSYS. */
static int wait_readable(struct file *file, struct stream *s)
{
	if (hypha_console_readable(s->con, s->pos))
		return 0;
	if (file->f_flags & O_NONBLOCK)
		return -EAGAIN;
	return wait_event_interruptible(s->con->readers, hypha_console_readable(s->con, s->pos));
}

/* Copy what there is, without waiting; a fault gives bytes back. */
static ssize_t copy_log(struct stream *s, char __user *to, size_t count)
{
	size_t done = 0;

	while (done < count) {
		u64 pos = s->pos;
		size_t n = hypha_console_read(s->con, &pos, s->buf, min(count - done, sizeof(s->buf)));

		if (n && copy_to_user(to + done, s->buf, n))
			return done ? done : -EFAULT;
		s->pos = pos;
		if (!n)
			break;
		done += n;
	}
	return done;
}

static ssize_t stream_read(struct file *file, char __user *to, size_t count, loff_t *ppos)
{
	struct stream *s = file->private_data;
	ssize_t n;

	if (!count)
		return 0;
	if (mutex_lock_interruptible(&s->lock))
		return -ERESTARTSYS;
	n = wait_readable(file, s);
	if (!n)
		n = copy_log(s, to, count);	/* 0 only if closed: then nothing follows */
	mutex_unlock(&s->lock);
	return n;
}

static int take_turn(struct file *file, struct hypha_con *con)
{
	if (file->f_flags & O_NONBLOCK)
		return mutex_trylock(&con->writer) ? 0 : -EAGAIN;
	return mutex_lock_interruptible(&con->writer) ? -ERESTARTSYS : 0;
}

/* Feed @len bytes, waiting for space. Return: how many went in, or -errno if none. */
static ssize_t feed_all(struct file *file, struct hypha_con *con, const u8 *data, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = hypha_console_feed(con, data + done, len - done);

		if (n > 0) {
			done += n;
			continue;
		}
		if (!n && (file->f_flags & O_NONBLOCK))
			n = -EAGAIN;
		if (!n)
			n = wait_event_interruptible(con->writers, hypha_console_writable(con));
		if (n < 0)
			return done ? done : n;
	}
	return done;
}

static ssize_t stream_write(struct file *file, const char __user *from, size_t count, loff_t *ppos)
{
	struct stream *s = file->private_data;
	size_t done = 0;
	u8 buf[256];
	ssize_t n;

	n = take_turn(file, s->con);
	if (n)
		return n;
	while (done < count) {
		size_t len = min(count - done, sizeof(buf));

		if (copy_from_user(buf, from + done, len)) {
			n = -EFAULT;
			break;
		}
		n = feed_all(file, s->con, buf, len);
		if (n < 0)
			break;
		done += n;
		if (n < len)
			break;
	}
	mutex_unlock(&s->con->writer);
	return done ? done : n;
}

static __poll_t stream_poll(struct file *file, poll_table *wait)
{
	struct stream *s = file->private_data;
	struct hypha_con *con = s->con;
	__poll_t mask = 0;

	poll_wait(file, &con->readers, wait);
	poll_wait(file, &con->writers, wait);
	if (file->f_mode & FMODE_READ && hypha_console_readable(con, READ_ONCE(s->pos)))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (file->f_mode & FMODE_WRITE && hypha_console_writable(con))
		mask |= EPOLLOUT | EPOLLWRNORM;
	if (smp_load_acquire(&con->closed))
		mask |= EPOLLHUP;
	return mask;
}

static int stream_release(struct inode *inode, struct file *file)
{
	struct stream *s = file->private_data;

	hypha_console_put(s->con);
	kfree(s);
	return 0;
}

static const struct file_operations stream_fops = {
	.owner = THIS_MODULE,
	.read = stream_read,
	.write = stream_write,
	.poll = stream_poll,
	.release = stream_release,
};

static int file_flags(u32 flags)
{
	int access = (flags & HYPHA_CONSOLE_READ) ? O_RDONLY : O_WRONLY;

	if ((flags & HYPHA_CONSOLE_READ) && (flags & HYPHA_CONSOLE_WRITE))
		access = O_RDWR;
	return access | (flags & HYPHA_CONSOLE_NONBLOCK ? O_NONBLOCK : 0);
}

static struct stream *alloc_stream(struct hypha_con *con, u32 flags)
{
	struct stream *s = kzalloc(sizeof(*s), GFP_KERNEL);
	u64 dropped;

	if (!s)
		return NULL;
	s->con = hypha_console_get(con);
	mutex_init(&s->lock);
	if (flags & HYPHA_CONSOLE_FROM_END)
		hypha_console_stats(con, &s->pos, &dropped);
	return s;
}

struct file *hypha_console_open(struct hypha_con *con, u32 flags)
{
	struct stream *s;
	struct file *file;

	if (flags & ~OPEN_FLAGS || !(flags & (HYPHA_CONSOLE_READ | HYPHA_CONSOLE_WRITE)))
		return ERR_PTR(-EINVAL);
	s = alloc_stream(con, flags);
	if (!s)
		return ERR_PTR(-ENOMEM);
	file = anon_inode_getfile("[hypha-console]", &stream_fops, s, file_flags(flags));
	if (IS_ERR(file)) {
		hypha_console_put(con);
		kfree(s);
	}
	return file;
}
