/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The little of the kernel's interface that hypha's pure cores use, on top of libc. selftests/host/run makes every header
 * named in headers.txt forward to this one, so that a core compiles unchanged. Only what is deterministic and free of
 * context belongs here: a file that needs more than this is not a pure core.
 */
#ifndef HOST_KERNEL_H
#define HOST_KERNEL_H

#include <ctype.h>
#include <endian.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/types.h>
#include <linux/types.h>

/* ---- types ---- */
typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef unsigned long long u64;		/* as in the kernel: %llu */
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef long long s64;
typedef unsigned int gfp_t;
typedef u64 phys_addr_t, dma_addr_t, resource_size_t;
typedef s64 ktime_t;
typedef struct { int counter; } atomic_t;
typedef struct { s64 counter; } atomic64_t;

/* ---- compiler ---- */
#define __user
#define __iomem
#define __force
#define __rcu
#define __kernel
#define __init
#define __exit
#define __must_hold(x)
#define __acquires(x)
#define __releases(x)
#define __acquire(x) ((void)0)
#define __release(x) ((void)0)
#define __maybe_unused __attribute__((unused))
#undef __always_inline
#define __always_inline inline __attribute__((always_inline))
#define noinline __attribute__((noinline))
#undef __must_check
#define __must_check __attribute__((warn_unused_result))
#undef __packed
#define __packed __attribute__((packed))
#undef __aligned
#define __aligned(x) __attribute__((aligned(x)))
#define __printf(a, b) __attribute__((format(printf, a, b)))
#undef __pure
#define __pure __attribute__((pure))
#undef __attribute_const__
#define __attribute_const__ __attribute__((const))
#define __nonstring
#define __ro_after_init
#define __read_mostly
#define ____cacheline_aligned_in_smp
#define fallthrough __attribute__((fallthrough))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define static_assert _Static_assert
#define BUILD_BUG_ON(x) ((void)sizeof(char[1 - 2 * !!(x)]))
#define BUILD_BUG_ON_ZERO(x) ((int)sizeof(struct { int : (-!!(x)); }))
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))
#define barrier() __asm__ __volatile__("" ::: "memory")
#define smp_mb() __sync_synchronize()
#define smp_rmb() __sync_synchronize()
#define smp_wmb() __sync_synchronize()
#define virt_mb() __sync_synchronize()
#define virt_rmb() __sync_synchronize()
#define virt_wmb() __sync_synchronize()
#define smp_load_acquire(p) __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define smp_store_release(p, v) __atomic_store_n(p, v, __ATOMIC_RELEASE)
#define cond_resched() do { } while (0)
#define might_sleep() do { } while (0)
#define array_index_nospec(i, n) ((i) < (n) ? (i) : 0)

#define THIS_MODULE NULL
#define MODULE_LICENSE(x) _Static_assert(1, "")
#define MODULE_DESCRIPTION(x) _Static_assert(1, "")
#define MODULE_AUTHOR(x) _Static_assert(1, "")
#define EXPORT_SYMBOL_GPL(x) _Static_assert(1, "")

/* ---- numbers ---- */
#define __min_(a, b, x, y) ({ __typeof__(a) x = (a); __typeof__(b) y = (b); x < y ? x : y; })
#define __max_(a, b, x, y) ({ __typeof__(a) x = (a); __typeof__(b) y = (b); x > y ? x : y; })
#define __cat_(a, b) a##b
#define __cat(a, b) __cat_(a, b)
#define min(a, b) __min_(a, b, __cat(__a, __COUNTER__), __cat(__b, __COUNTER__))
#define max(a, b) __max_(a, b, __cat(__a, __COUNTER__), __cat(__b, __COUNTER__))
#define min_t(t, a, b) min((t)(a), (t)(b))
#define max_t(t, a, b) max((t)(a), (t)(b))
#define min3(a, b, c) min(min(a, b), c)
#define max3(a, b, c) max(max(a, b), c)
#define clamp(v, lo, hi) min(max(v, lo), hi)
#define clamp_t(t, v, lo, hi) min_t(t, max_t(t, v, lo), hi)
#define clamp_val(v, lo, hi) clamp_t(__typeof__(v), v, lo, hi)
#define swap(a, b) do { __typeof__(a) t__ = (a); (a) = (b); (b) = t__; } while (0)
#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#endif
#define sizeof_field(t, m) sizeof(((t *)0)->m)
#define offsetofend(t, m) (offsetof(t, m) + sizeof_field(t, m))
#define container_of(p, t, m) ((t *)((char *)(p) - offsetof(t, m)))
#define struct_size(p, m, n) (sizeof(*(p)) + sizeof((p)->m[0]) * (size_t)(n))
#define flex_array_size(p, m, n) (sizeof((p)->m[0]) * (size_t)(n))
#define BIT(n) (1UL << (n))
#define BIT_ULL(n) (1ULL << (n))
#define GENMASK(h, l) ((~0UL << (l)) & (~0UL >> (63 - (h))))
#define GENMASK_ULL(h, l) ((~0ULL << (l)) & (~0ULL >> (63 - (h))))
#define BITS_PER_LONG 64
#define BITS_PER_BYTE 8
#define BITS_TO_LONGS(n) DIV_ROUND_UP(n, BITS_PER_LONG)
#define DECLARE_BITMAP(name, n) unsigned long name[BITS_TO_LONGS(n)]
#define __ALIGN_KERNEL_MASK(x, m) (((x) + (m)) & ~(m))
#undef ALIGN
#define ALIGN(x, a) __ALIGN_KERNEL_MASK(x, (__typeof__(x))(a) - 1)
#define ALIGN_DOWN(x, a) ((x) & ~((__typeof__(x))(a) - 1))
#define IS_ALIGNED(x, a) (((x) & ((__typeof__(x))(a) - 1)) == 0)
#define PTR_ALIGN(p, a) ((__typeof__(p))ALIGN((unsigned long)(p), (a)))
#define round_up(x, y) ((((x) - 1) | ((__typeof__(x))((y) - 1))) + 1)
#define round_down(x, y) ((x) & ~((__typeof__(x))((y) - 1)))
#define roundup(x, y) ((((x) + ((y) - 1)) / (y)) * (y))
#define rounddown(x, y) ((x) - ((x) % (y)))
#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))
#define DIV_ROUND_UP_ULL(n, d) DIV_ROUND_UP((u64)(n), (u64)(d))
#define DIV_ROUND_CLOSEST(n, d) (((n) + (d) / 2) / (d))
#define upper_32_bits(n) ((u32)((u64)(n) >> 32))
#define lower_32_bits(n) ((u32)(n))
#define do_div(n, base) ({ u32 r__ = (n) % (base); (n) /= (base); r__; })
#define div_u64(a, b) ((u64)(a) / (u32)(b))
#define div64_u64(a, b) ((u64)(a) / (u64)(b))
#define mul_u64_u32_div(a, m, d) ((u64)((unsigned __int128)(a) * (m) / (d)))
#define check_add_overflow(a, b, d) __builtin_add_overflow(a, b, d)
#define check_sub_overflow(a, b, d) __builtin_sub_overflow(a, b, d)
#define check_mul_overflow(a, b, d) __builtin_mul_overflow(a, b, d)
#define is_power_of_2(n) ((n) != 0 && (((n) & ((n) - 1)) == 0))
#define ilog2(n) (63 - __builtin_clzll(n))
#define fls(n) ((n) ? 32 - __builtin_clz(n) : 0)
#define fls64(n) ((n) ? 64 - __builtin_clzll(n) : 0)
#define __ffs(n) ((unsigned long)__builtin_ctzl(n))
#define __fls(n) ((unsigned long)(63 - __builtin_clzl(n)))
#define hweight8(n) __builtin_popcount((u8)(n))
#define hweight32(n) __builtin_popcount(n)
#define hweight_long(n) __builtin_popcountl(n)
#define roundup_pow_of_two(n) ((n) <= 1 ? 1UL : 1UL << (ilog2((n) - 1) + 1))
#define rounddown_pow_of_two(n) (1UL << ilog2(n))
#define order_base_2(n) ((n) <= 1 ? 0 : ilog2((n) - 1) + 1)
#define S8_MAX INT8_MAX
#define U8_MAX UINT8_MAX
#define S16_MAX INT16_MAX
#define U16_MAX UINT16_MAX
#define S32_MAX INT32_MAX
#define U32_MAX UINT32_MAX
#define S64_MAX LLONG_MAX
#define U64_MAX ULLONG_MAX
#define swab16 __builtin_bswap16
#define swab32 __builtin_bswap32
#define swab64 __builtin_bswap64
#define ror32(w, s) (((w) >> ((s) & 31)) | ((w) << ((-(s)) & 31)))
#define rol32(w, s) (((w) << ((s) & 31)) | ((w) >> ((-(s)) & 31)))

static inline size_t size_mul(size_t a, size_t b)
{
	size_t n;

	return __builtin_mul_overflow(a, b, &n) ? SIZE_MAX : n;
}

static inline size_t size_add(size_t a, size_t b)
{
	size_t n;

	return __builtin_add_overflow(a, b, &n) ? SIZE_MAX : n;
}
#define array_size(a, b) size_mul(a, b)
#define array3_size(a, b, c) size_mul(size_mul(a, b), c)

/* ---- byte order; hosts are little-endian ---- */
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "hypha's guests and hosts are little-endian"
#endif
#define cpu_to_le16(x) ((__force __le16)(u16)(x))
#define cpu_to_le32(x) ((__force __le32)(u32)(x))
#define cpu_to_le64(x) ((__force __le64)(u64)(x))
#define le16_to_cpu(x) ((u16)(x))
#define le32_to_cpu(x) ((u32)(x))
#define le64_to_cpu(x) ((u64)(x))
#define cpu_to_be16(x) ((__be16)swab16((u16)(x)))
#define cpu_to_be32(x) ((__be32)swab32((u32)(x)))
#define cpu_to_be64(x) ((__be64)swab64((u64)(x)))
#define be16_to_cpu(x) swab16((u16)(x))
#define be32_to_cpu(x) swab32((u32)(x))
#define be64_to_cpu(x) swab64((u64)(x))
#undef htons
#undef htonl
#undef ntohs
#undef ntohl
#define htons cpu_to_be16
#define htonl cpu_to_be32
#define ntohs be16_to_cpu
#define ntohl be32_to_cpu

#define get_unaligned(p) (((const struct { __typeof__(*(p)) x; } __packed *)(p))->x)
#define put_unaligned(v, p) do { __typeof__(*(p)) v__ = (v); memcpy((p), &v__, sizeof(v__)); } while (0)
#define get_unaligned_le16(p) ({ u16 v__; memcpy(&v__, (p), 2); v__; })
#define get_unaligned_le32(p) ({ u32 v__; memcpy(&v__, (p), 4); v__; })
#define get_unaligned_le64(p) ({ u64 v__; memcpy(&v__, (p), 8); v__; })
#define get_unaligned_be16(p) swab16(get_unaligned_le16(p))
#define get_unaligned_be32(p) swab32(get_unaligned_le32(p))
#define get_unaligned_be64(p) swab64(get_unaligned_le64(p))
#define put_unaligned_le16(v, p) do { u16 v__ = (v); memcpy((p), &v__, 2); } while (0)
#define put_unaligned_le32(v, p) do { u32 v__ = (v); memcpy((p), &v__, 4); } while (0)
#define put_unaligned_le64(v, p) do { u64 v__ = (v); memcpy((p), &v__, 8); } while (0)
#define put_unaligned_be16(v, p) put_unaligned_le16(swab16(v), p)
#define put_unaligned_be32(v, p) put_unaligned_le32(swab32(v), p)
#define put_unaligned_be64(v, p) put_unaligned_le64(swab64(v), p)

/* ---- pages ---- */
#undef PAGE_SIZE
#undef PAGE_SHIFT
#undef PAGE_MASK
#define PAGE_SHIFT 12
#define PAGE_SIZE (1UL << PAGE_SHIFT)
#define PAGE_MASK (~(PAGE_SIZE - 1))
#define PAGE_ALIGN(a) ALIGN(a, PAGE_SIZE)
#define PAGE_ALIGNED(a) IS_ALIGNED((unsigned long)(a), PAGE_SIZE)
#define offset_in_page(p) ((unsigned long)(p) & ~PAGE_MASK)
#define PFN_UP(x) (((x) + PAGE_SIZE - 1) >> PAGE_SHIFT)
#define PFN_DOWN(x) ((x) >> PAGE_SHIFT)
#define PFN_PHYS(x) ((phys_addr_t)(x) << PAGE_SHIFT)
#define SZ_1 0x1
#define SZ_512 0x200
#define SZ_1K 0x400
#define SZ_2K 0x800
#define SZ_4K 0x1000
#define SZ_8K 0x2000
#define SZ_16K 0x4000
#define SZ_32K 0x8000
#define SZ_64K 0x10000
#define SZ_128K 0x20000
#define SZ_256K 0x40000
#define SZ_512K 0x80000
#define SZ_1M 0x100000
#define SZ_2M 0x200000
#define SZ_4M 0x400000
#define SZ_8M 0x800000
#define SZ_16M 0x1000000
#define SZ_64M 0x4000000
#define SZ_128M 0x8000000
#define SZ_256M 0x10000000
#define SZ_512M 0x20000000
#define SZ_1G 0x40000000
#define SZ_2G 0x80000000
#define SZ_4G 0x100000000ULL

/* ---- errors ---- */
#define MAX_ERRNO 4095
#define IS_ERR_VALUE(x) ((unsigned long)(void *)(x) >= (unsigned long)-MAX_ERRNO)
static inline void *ERR_PTR(long err) { return (void *)err; }
static inline long PTR_ERR(const void *p) { return (long)p; }
static inline bool IS_ERR(const void *p) { return IS_ERR_VALUE(p); }
static inline bool IS_ERR_OR_NULL(const void *p) { return !p || IS_ERR_VALUE(p); }
static inline void *ERR_CAST(const void *p) { return (void *)p; }
static inline int PTR_ERR_OR_ZERO(const void *p) { return IS_ERR(p) ? (int)PTR_ERR(p) : 0; }

void host_warned(const char *file, int line, const char *what);
#define WARN_ON(x) ({ bool w__ = !!(x); if (w__) host_warned(__FILE__, __LINE__, #x); w__; })
#define WARN_ON_ONCE(x) WARN_ON(x)
#define WARN_ONCE(x, ...) WARN_ON(x)
#define WARN(x, ...) WARN_ON(x)

/* ---- memory ---- */
#define GFP_KERNEL 0u
#define GFP_ATOMIC 0u
#define GFP_NOWAIT 0u
#define GFP_KERNEL_ACCOUNT 0u
#define __GFP_ZERO 1u
#define __GFP_NOWARN 2u
#define __GFP_NORETRY 4u
/* Fails on purpose when host_fail_alloc() says so; tests of error paths use it. */
void *host_alloc(size_t size, bool zero);
void *host_realloc(void *p, size_t size);
/* Let the next @after allocations pass and the one behind fail; negative: never fail. Host only: #ifdef HYPHA_HOST. */
void host_fail_alloc(long after);
/* Number of live blocks. */
long host_live_allocs(void);
void host_free(const void *p);
#define kmalloc(n, f) host_alloc(n, (f) & __GFP_ZERO)
#define kzalloc(n, f) host_alloc(n, true)
#define kmalloc_array(n, s, f) host_alloc(size_mul(n, s), (f) & __GFP_ZERO)
#define kcalloc(n, s, f) host_alloc(size_mul(n, s), true)
#define krealloc(p, n, f) host_realloc((void *)(p), n)
#define krealloc_array(p, n, s, f) host_realloc((void *)(p), size_mul(n, s))
#define kfree(p) host_free(p)
#define kfree_sensitive(p) host_free(p)
#define ksize(p) malloc_usable_size((void *)(p))
#define kvmalloc kmalloc
#define kvzalloc kzalloc
#define kvmalloc_array kmalloc_array
#define kvcalloc kcalloc
#define kvfree kfree
#define vmalloc(n) kmalloc(n, 0)
#define vzalloc(n) kzalloc(n, 0)
#define vfree kfree

/* ---- strings ---- */
ssize_t strscpy(char *dst, const char *src, size_t size);
char *strim(char *s);
char *skip_spaces(const char *s);
void *memchr_inv(const void *p, int c, size_t n);
int match_string(const char *const *strings, size_t n, const char *s);
#define strstarts(s, p) (strncmp(s, p, strlen(p)) == 0)
#define str_has_prefix(s, p) (strncmp(s, p, strlen(p)) ? 0 : strlen(p))
#define sysfs_streq(a, b) (!strcmp(a, b))
#define memzero_explicit(p, n) memset(p, 0, n)
char *kvasprintf(gfp_t gfp, const char *fmt, va_list args);
char *kasprintf(gfp_t gfp, const char *fmt, ...) __printf(2, 3);
char *kstrdup(const char *s, gfp_t gfp);
char *kstrndup(const char *s, size_t max, gfp_t gfp);
void *kmemdup(const void *p, size_t n, gfp_t gfp);
char *kmemdup_nul(const char *s, size_t n, gfp_t gfp);
int scnprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);
int vscnprintf(char *buf, size_t size, const char *fmt, va_list args);
int kstrtoull(const char *s, unsigned int base, unsigned long long *out);
int kstrtoll(const char *s, unsigned int base, long long *out);
int kstrtouint(const char *s, unsigned int base, unsigned int *out);
int kstrtoint(const char *s, unsigned int base, int *out);
int kstrtou16(const char *s, unsigned int base, u16 *out);
int kstrtou8(const char *s, unsigned int base, u8 *out);
#define kstrtou32 kstrtouint
#define kstrtou64 kstrtoull
#define kstrtos32 kstrtoint
int hex_to_bin(unsigned char ch);
int in4_pton(const char *src, int srclen, u8 *dst, int delim, const char **end);
int in6_pton(const char *src, int srclen, u8 *dst, int delim, const char **end);
u32 crc32_le(u32 crc, const u8 *p, size_t n);

/* ---- messages: to stderr only with HYPHA_HOST_VERBOSE, so that KTAP stays clean ---- */
void host_printk(const char *fmt, ...) __printf(1, 2);
#ifndef pr_fmt
#define pr_fmt(fmt) fmt
#endif
#define KERN_ERR ""
#define KERN_WARNING ""
#define KERN_INFO ""
#define KERN_DEBUG ""
#define printk(...) host_printk(__VA_ARGS__)
#define pr_err(fmt, ...) host_printk(pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn pr_err
#define pr_notice pr_err
#define pr_info pr_err
#define pr_debug pr_err
#define pr_err_ratelimited pr_err
#define pr_warn_ratelimited pr_err
#define pr_info_ratelimited pr_err
#define pr_debug_ratelimited pr_err
#define pr_warn_once pr_err
#define pr_info_once pr_err

/* ---- bits, atomics; cores run single-threaded here ---- */
#define __set_bit(n, p) ((p)[(n) / BITS_PER_LONG] |= BIT((n) % BITS_PER_LONG))
#define __clear_bit(n, p) ((p)[(n) / BITS_PER_LONG] &= ~BIT((n) % BITS_PER_LONG))
#define test_bit(n, p) (!!((p)[(n) / BITS_PER_LONG] & BIT((n) % BITS_PER_LONG)))
#define set_bit __set_bit
#define clear_bit __clear_bit
static inline bool __test_and_set_bit(unsigned long n, unsigned long *p)
{
	bool old = test_bit(n, p);

	__set_bit(n, p);
	return old;
}
static inline bool __test_and_clear_bit(unsigned long n, unsigned long *p)
{
	bool old = test_bit(n, p);

	__clear_bit(n, p);
	return old;
}
#define test_and_set_bit __test_and_set_bit
#define test_and_clear_bit __test_and_clear_bit
static inline unsigned long find_next_bit(const unsigned long *p, unsigned long size, unsigned long from)
{
	while (from < size && !test_bit(from, p))
		from++;
	return from;
}
static inline unsigned long find_next_zero_bit(const unsigned long *p, unsigned long size, unsigned long from)
{
	while (from < size && test_bit(from, p))
		from++;
	return from;
}
#define find_first_bit(p, n) find_next_bit(p, n, 0)
#define find_first_zero_bit(p, n) find_next_zero_bit(p, n, 0)
#define for_each_set_bit(b, p, n) for ((b) = find_first_bit(p, n); (b) < (n); (b) = find_next_bit(p, n, (b) + 1))
#define bitmap_zero(p, n) memset(p, 0, BITS_TO_LONGS(n) * sizeof(long))
#define atomic_read(a) ((a)->counter)
#define atomic_set(a, v) ((a)->counter = (v))
#define atomic_inc(a) ((a)->counter++)
#define atomic_dec(a) ((a)->counter--)
#define atomic_add(n, a) ((a)->counter += (n))
#define atomic_inc_return(a) (++(a)->counter)
#define atomic_dec_and_test(a) (--(a)->counter == 0)
#define atomic64_read atomic_read
#define atomic64_set atomic_set
#define atomic64_inc atomic_inc
#define atomic64_add atomic_add
#define ATOMIC_INIT(v) { v }

struct mutex { int held; };
typedef struct { int held; } spinlock_t;
#define mutex_init(m) ((m)->held = 0)
#define mutex_destroy(m) ((void)(m))
#define mutex_lock(m) ((m)->held++)
#define mutex_unlock(m) ((m)->held--)
#define spin_lock_init(l) ((l)->held = 0)
#define spin_lock(l) ((l)->held++)
#define spin_unlock(l) ((l)->held--)
#define spin_lock_nested(l, c) spin_lock(l)
#define SINGLE_DEPTH_NESTING 1
#define spin_lock_bh spin_lock
#define spin_unlock_bh spin_unlock
#define spin_lock_irqsave(l, f) ((void)((f) = 0), spin_lock(l))
#define spin_unlock_irqrestore(l, f) ((void)(f), spin_unlock(l))
#define lockdep_assert_held(l) ((void)(l))

#define HZ 250
#define NSEC_PER_SEC 1000000000L
#define NSEC_PER_MSEC 1000000L
#define NSEC_PER_USEC 1000L
#define USEC_PER_SEC 1000000L
#define MSEC_PER_SEC 1000L
#define msecs_to_jiffies(m) ((unsigned long)(m) * HZ / 1000)
#define time_after(a, b) ((long)((b) - (a)) < 0)
#define time_before(a, b) time_after(b, a)
#define time_after_eq(a, b) ((long)((a) - (b)) >= 0)
#define time_before_eq(a, b) time_after_eq(b, a)

/* ---- hashes ---- */
u32 jhash(const void *key, u32 len, u32 init);
u32 jhash2(const u32 *key, u32 len, u32 init);
/* As good as jhash() is, and the same for the same key. */
typedef struct { u64 key[2]; } siphash_key_t;
typedef struct { unsigned long key[2]; } hsiphash_key_t;
u64 siphash(const void *data, size_t len, const siphash_key_t *key);
u32 hsiphash(const void *data, size_t len, const hsiphash_key_t *key);
/* The same bytes in each run. */
void get_random_bytes(void *p, size_t n);
#define hash_64(v, bits) ((u32)(((u64)(v) * 0x61C8864680B583EBull) >> (64 - (bits))))
#define hash_32(v, bits) (((u32)(v) * 0x61C88647u) >> (32 - (bits)))

#include "host_list.h"

/* ---- RCU: a grace period is over when rcu_barrier() is called, not before ---- */
struct rcu_head {
	struct rcu_head *next;
	void (*func)(struct rcu_head *head);
};
void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head));
void rcu_barrier(void);
#define rcu_read_lock() do { } while (0)
#define rcu_read_unlock() do { } while (0)
#define synchronize_rcu() rcu_barrier()

#endif
