// SPDX-License-Identifier: GPL-2.0-or-later
/* Into the kernel by its 64-bit entry or, with addresses below 4 GiB, by the one of 32-bit programs. */
#include "callers.h"

#include <sys/syscall.h>
#include <unistd.h>

/* The second number is the one 32-bit programs know it by. */
static const struct {
	int native, compat;
} numbers[] = {
	[CALL_READ] = { SYS_read, 3 },
	[CALL_WRITE] = { SYS_write, 4 },
	[CALL_LSEEK] = { SYS_lseek, 19 },
	[CALL_POLL] = { SYS_poll, 168 },
	[CALL_IOCTL] = { SYS_ioctl, 54 },
};

static long enter_native(long number, long first, unsigned long second, unsigned long third)
{
	long ret;

	asm volatile("syscall" : "=a" (ret) : "0" (number), "D" (first), "S" (second), "d" (third) : "rcx", "r11", "memory");
	return ret;
}

static long enter_compat(int number, long first, unsigned long second, unsigned long third)
{
	int ret;

	asm volatile("int $0x80" : "=a" (ret) : "0" (number), "b" (first), "c" (second), "d" (third)
		     : "r8", "r9", "r10", "r11", "memory");
	return ret;
}

long call(struct caller *c, const char *what, enum entry entry, long first, unsigned long second, unsigned long third)
{
	long ret;

	atomic_fetch_add(&c->calls, 1);
	atomic_store(&c->doing, what);
	if (options.compat)
		ret = enter_compat(numbers[entry].compat, first, second, third);
	else
		ret = enter_native(numbers[entry].native, first, second, third);
	atomic_store(&c->doing, NULL);
	tally(what, ret);
	return ret;
}
