// SPDX-License-Identifier: GPL-2.0-or-later
/* The console is found through /sys, so it may be hvc0, ttyS0 or whatever the kernel was told. */
#include "console.h"

#include "text.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static char device[300] = "/dev/console";

/* The last name in the file is the one /dev/console stands for; the device itself can become a controlling terminal. */
static void find_device(void)
{
	char names[256];
	const char *last;

	if (text_read("/sys/class/tty/console/active", names, sizeof(names)) <= 0)
		return;
	last = strrchr(names, ' ');
	snprintf(device, sizeof(device), "/dev/%s", last ? last + 1 : names);
	if (access(device, F_OK))
		strcpy(device, "/dev/console");
}

int console_reopen(int flags)
{
	return open(device, flags | O_NOCTTY | O_CLOEXEC);
}

void console_open(void)
{
	int fd;

	find_device();
	fd = open(device, O_RDWR | O_NOCTTY);
	if (fd < 0)
		fd = open("/dev/null", O_RDWR);
	for (int to = 0; to < 3; to++)
		dup2(fd, to);
	if (fd > 2)
		close(fd);
}

void say(const char *fmt, ...)
{
	char line[1024] = "hypha: ";
	size_t n = strlen(line);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line + n, sizeof(line) - n - 1, fmt, ap);
	va_end(ap);
	strcat(line, "\n");
	(void)!write(2, line, strlen(line));
}

void console_control(void)
{
	setsid();
	ioctl(0, TIOCSCTTY, 1);
}

void console_raw(bool input)
{
	struct termios t;

	if (tcgetattr(0, &t))
		return;
	t.c_iflag = 0;
	t.c_oflag &= ~OPOST;
	t.c_lflag = input ? ICANON | IEXTEN : 0;
	memset(t.c_cc, _POSIX_VDISABLE, sizeof(t.c_cc));
	if (input) {
		t.c_cc[VEOF] = 0x04;
		t.c_cc[VLNEXT] = 0x16;
	} else {
		t.c_cc[VMIN] = 1;
	}
	tcsetattr(0, TCSANOW, &t);
}

void console_drain(void)
{
	tcdrain(1);
}

void console_quiet(void)
{
	char words[4096];

	if (text_read("/proc/cmdline", words, sizeof(words)) > 0 && text_has_word(words, "quiet"))
		text_write("/proc/sys/kernel/printk", "1");
}

void console_silence(void)
{
	char words[4096];

	if (text_read("/proc/cmdline", words, sizeof(words)) > 0 && text_has_word(words, "quiet"))
		text_write("/proc/sys/kernel/printk", "0");
}
