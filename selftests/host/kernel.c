// SPDX-License-Identifier: GPL-2.0-only
/* The functions behind include/kernel.h. */
#include "kernel.h"

#include <sys/socket.h>

int inet_pton(int family, const char *text, void *out);	/* <arpa/inet.h> declares htonl(), too */

static long fail_after = -1;
static long live;

void host_fail_alloc(long after)
{
	fail_after = after;
}

long host_live_allocs(void)
{
	return live;
}

static bool must_fail(size_t size)
{
	if (size > SZ_1G)
		return true;
	if (fail_after < 0)
		return false;
	return fail_after-- == 0;
}

void *host_alloc(size_t size, bool zero)
{
	void *p;

	if (must_fail(size))
		return NULL;
	p = malloc(size ? size : 1);
	if (!p)
		return NULL;
	live++;
	return memset(p, zero ? 0 : 0xa5, size);
}

void *host_realloc(void *p, size_t size)
{
	if (must_fail(size))
		return NULL;
	if (!p)
		live++;
	return realloc(p, size ? size : 1);
}

void host_free(const void *p)
{
	if (!p)
		return;
	live--;
	free((void *)p);
}

void host_warned(const char *file, int line, const char *what)
{
	fprintf(stderr, "# WARN at %s:%d: %s\n", file, line, what);
	abort();
}

void host_printk(const char *fmt, ...)
{
	va_list args;

	if (!getenv("HYPHA_HOST_VERBOSE"))
		return;
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
}

ssize_t strscpy(char *dst, const char *src, size_t size)
{
	size_t len = strnlen(src, size);

	if (!size)
		return -E2BIG;
	if (len == size) {
		memcpy(dst, src, size - 1);
		dst[size - 1] = '\0';
		return -E2BIG;
	}
	memcpy(dst, src, len + 1);
	return len;
}

char *skip_spaces(const char *s)
{
	while (isspace((unsigned char)*s))
		s++;
	return (char *)s;
}

char *strim(char *s)
{
	size_t len = strlen(s);

	while (len && isspace((unsigned char)s[len - 1]))
		s[--len] = '\0';
	return skip_spaces(s);
}

void *memchr_inv(const void *p, int c, size_t n)
{
	const u8 *b = p;

	for (; n; n--, b++)
		if (*b != (u8)c)
			return (void *)b;
	return NULL;
}

int match_string(const char *const *strings, size_t n, const char *s)
{
	size_t i;

	for (i = 0; i < n && strings[i]; i++)
		if (!strcmp(strings[i], s))
			return i;
	return -EINVAL;
}

char *kvasprintf(gfp_t gfp, const char *fmt, va_list args)
{
	va_list copy;
	char *s;
	int len;

	va_copy(copy, args);
	len = vsnprintf(NULL, 0, fmt, copy);
	va_end(copy);
	s = kmalloc(len + 1, gfp);
	if (s)
		vsnprintf(s, len + 1, fmt, args);
	return s;
}

char *kasprintf(gfp_t gfp, const char *fmt, ...)
{
	va_list args;
	char *s;

	va_start(args, fmt);
	s = kvasprintf(gfp, fmt, args);
	va_end(args);
	return s;
}

void *kmemdup(const void *p, size_t n, gfp_t gfp)
{
	void *copy = kmalloc(n, gfp);

	return copy ? memcpy(copy, p, n) : NULL;
}

char *kmemdup_nul(const char *s, size_t n, gfp_t gfp)
{
	char *copy = kmalloc(n + 1, gfp);

	if (!copy)
		return NULL;
	memcpy(copy, s, n);
	copy[n] = '\0';
	return copy;
}

char *kstrdup(const char *s, gfp_t gfp)
{
	return s ? kmemdup_nul(s, strlen(s), gfp) : NULL;
}

char *kstrndup(const char *s, size_t max, gfp_t gfp)
{
	return s ? kmemdup_nul(s, strnlen(s, max), gfp) : NULL;
}

int vscnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	int len = vsnprintf(buf, size, fmt, args);

	if (len < 0 || (size_t)len < size)
		return len;
	return size ? size - 1 : 0;
}

int scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vscnprintf(buf, size, fmt, args);
	va_end(args);
	return len;
}

/* As lib/kstrtox.c: digits, one optional newline, nothing else. */
static int parse_digits(const char *s, unsigned int base, unsigned long long *out)
{
	unsigned long long v = 0;
	int digit;

	if (base == 0)
		base = s[0] != '0' ? 10 : tolower((unsigned char)s[1]) == 'x' ? 16 : 8;
	if (base == 16 && s[0] == '0' && tolower((unsigned char)s[1]) == 'x')
		s += 2;
	if (hex_to_bin(*s) < 0 || hex_to_bin(*s) >= (int)base)
		return -EINVAL;
	for (; (digit = hex_to_bin(*s)) >= 0 && digit < (int)base; s++)
		if (__builtin_mul_overflow(v, base, &v) || __builtin_add_overflow(v, digit, &v))
			return -ERANGE;
	if (*s == '\n')
		s++;
	if (*s)
		return -EINVAL;
	*out = v;
	return 0;
}

int kstrtoull(const char *s, unsigned int base, unsigned long long *out)
{
	return parse_digits(*s == '+' ? s + 1 : s, base, out);
}

int kstrtoll(const char *s, unsigned int base, long long *out)
{
	unsigned long long v;
	int err;

	err = *s == '-' ? parse_digits(s + 1, base, &v) : kstrtoull(s, base, &v);
	if (err)
		return err;
	if (v > (unsigned long long)LLONG_MAX + (*s == '-'))
		return -ERANGE;
	*out = *s == '-' ? (long long)-v : (long long)v;
	return 0;
}

#define KSTRTOU(name, type, max)					\
int name(const char *s, unsigned int base, type *out)			\
{									\
	unsigned long long v;						\
	int err = kstrtoull(s, base, &v);				\
									\
	if (err)							\
		return err;						\
	if (v > (max))							\
		return -ERANGE;						\
	*out = v;							\
	return 0;							\
}
KSTRTOU(kstrtouint, unsigned int, UINT_MAX)
KSTRTOU(kstrtou16, u16, U16_MAX)
KSTRTOU(kstrtou8, u8, U8_MAX)

int kstrtoint(const char *s, unsigned int base, int *out)
{
	long long v;
	int err = kstrtoll(s, base, &v);

	if (err)
		return err;
	if (v < INT_MIN || v > INT_MAX)
		return -ERANGE;
	*out = v;
	return 0;
}

int hex_to_bin(unsigned char ch)
{
	if (ch >= '0' && ch <= '9')
		return ch - '0';
	ch = tolower(ch);
	return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

u32 crc32_le(u32 crc, const u8 *p, size_t n)
{
	int bit;

	for (; n; n--) {
		crc ^= *p++;
		for (bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return crc;
}

/* Any good mix will do: no core may depend on the kernel's exact hash values. */
u32 jhash(const void *key, u32 len, u32 init)
{
	const u8 *p = key;
	u32 h = init ^ 0x811c9dc5;

	for (; len; len--)
		h = (h ^ *p++) * 0x01000193;
	return h ^ (h >> 15);
}

u32 jhash2(const u32 *key, u32 len, u32 init)
{
	return jhash(key, len * 4, init);
}

u32 hsiphash(const void *data, size_t len, const hsiphash_key_t *key)
{
	return jhash(data, len, jhash(key, sizeof(*key), 0));
}

u64 siphash(const void *data, size_t len, const siphash_key_t *key)
{
	u32 high = jhash(key, sizeof(*key), 1), low = jhash(key, sizeof(*key), 2);

	return (u64)jhash(data, len, high) << 32 | jhash(data, len, low);
}

void get_random_bytes(void *p, size_t n)
{
	static u64 state = 0x9e3779b97f4a7c15;
	u8 *to = p;

	for (; n; n--) {
		state = state * 6364136223846793005 + 1442695040888963407;
		*to++ = state >> 56;
	}
}

static int parse_addr(int family, const char *src, int srclen, u8 *dst, int delim, const char **end)
{
	size_t len = srclen < 0 ? strlen(src) : strnlen(src, srclen), n = 0;
	char text[64];

	while (n < len && n < sizeof(text) - 1 && src[n] != delim)
		n++;
	memcpy(text, src, n);
	text[n] = '\0';
	if (end)
		*end = src + n;
	return inet_pton(family, text, dst) == 1;
}

int in4_pton(const char *src, int srclen, u8 *dst, int delim, const char **end)
{
	return parse_addr(AF_INET, src, srclen, dst, delim, end);
}

int in6_pton(const char *src, int srclen, u8 *dst, int delim, const char **end)
{
	return parse_addr(AF_INET6, src, srclen, dst, delim, end);
}

static struct rcu_head *waiting, **last_waiting = &waiting;

void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head))
{
	*head = (struct rcu_head){ .func = func };
	*last_waiting = head;
	last_waiting = &head->next;
}

void rcu_barrier(void)
{
	while (waiting) {
		struct rcu_head *head = waiting;

		waiting = head->next;
		if (!waiting)
			last_waiting = &waiting;
		head->func(head);
	}
}
