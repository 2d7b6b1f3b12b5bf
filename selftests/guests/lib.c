// SPDX-License-Identifier: GPL-2.0-or-later
/* What a C library would give: memory, strings, numbers as text, randomness. */
#include "guest.h"

void *memcpy(void *to, const void *from, u64 n)
{
	void *at = to;

	asm volatile("rep movsb" : "+D" (at), "+S" (from), "+c" (n) : : "memory");
	return to;
}

void *memset(void *to, int c, u64 n)
{
	void *at = to;

	asm volatile("rep stosb" : "+D" (at), "+c" (n) : "a" (c) : "memory");
	return to;
}

int memcmp(const void *a, const void *b, u64 n)
{
	const u8 *x = a, *y = b;

	for (; n; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

u64 strlen(const char *s)
{
	u64 n = 0;

	while (s[n])
		n++;
	return n;
}

bool same(const char *a, const char *b)
{
	return strlen(a) == strlen(b) && !memcmp(a, b, strlen(a));
}

bool begins(const char *s, const char *prefix)
{
	while (*prefix)
		if (*s++ != *prefix++)
			return false;
	return true;
}

u64 number(const char *s)
{
	u64 n = 0;

	while (*s >= '0' && *s <= '9')
		n = n * 10 + (*s++ - '0');
	return n;
}

/* Where formatted text goes; what does not fit is dropped. */
struct out {
	char *at, *end;
};

static void put(struct out *o, char c)
{
	if (o->at < o->end)
		*o->at++ = c;
}

static void put_number(struct out *o, u64 n, u32 base)
{
	char digits[24];
	int i = 0;

	do
		digits[i++] = "0123456789abcdef"[n % base];
	while (n /= base);
	while (i)
		put(o, digits[--i]);
}

static void put_string(struct out *o, const char *s)
{
	while (*s)
		put(o, *s++);
}

static void put_signed(struct out *o, s64 n)
{
	if (n < 0)
		put(o, '-');
	put_number(o, n < 0 ? -(u64)n : (u64)n, 10);
}

int vformat(char *buf, u64 size, const char *fmt, va_list args)
{
	struct out o = { buf, buf + size - 1 };

	for (; *fmt; fmt++) {
		if (*fmt != '%') {
			put(&o, *fmt);
			continue;
		}
		switch (*++fmt) {
		case 's': put_string(&o, va_arg(args, const char *)); break;
		case 'u': put_number(&o, va_arg(args, u64), 10); break;
		case 'x': put_number(&o, va_arg(args, u64), 16); break;
		case 'd': put_signed(&o, va_arg(args, s64)); break;
		default: put(&o, *fmt);
		}
	}
	*o.at = 0;
	return o.at - buf;
}

int format(char *buf, u64 size, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vformat(buf, size, fmt, args);
	va_end(args);
	return n;
}

static u64 state;

void seed_random(u64 seed)
{
	state = seed * 0x9e3779b97f4a7c15UL + 1;
}

/* splitmix64 (Steele, Lea, Flood 2014) */
u64 random64(void)
{
	u64 z = state += 0x9e3779b97f4a7c15UL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9UL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebUL;
	return z ^ z >> 31;
}

u64 random_odd(void)
{
	static const u64 odd[] = {
		0, 1, 2, 7, 8, 11, 12, 255, 256, 511, 512, 513, 1023, 1024, 4095, 4096, 4097, 65535, 65536, 0x7fffffff,
		0x80000000, 0xffffffff, 0x100000000, 1UL << 54, (1UL << 55) - 1, 1UL << 63, -512UL, -8UL, -1UL,
	};
	u64 r = random64();

	return r & 1 ? odd[(r >> 8) % COUNT(odd)] : r >> (r >> 1) % 64;
}
