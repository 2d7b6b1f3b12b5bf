/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hostile guest: what its files offer each other. */
#ifndef GUEST_H
#define GUEST_H

#include <stdarg.h>

#include "hypercall.h"

#define mb()		__atomic_thread_fence(__ATOMIC_SEQ_CST)
#define READ(x)		(*(volatile __typeof__(x) *)&(x))
#define STORE(x, v)	(*(volatile __typeof__(x) *)&(x) = (v))
#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))
#define MS		1000000UL	/* ns */

/* One thing the guest can do; chosen by mode=NAME on its command line. */
struct mode {
	const char *name;
	void (*run)(void);
};

extern const struct mode store_modes[], ring_modes[], console_modes[], block_modes[], device_modes[], domain_modes[];	/* end with { } */

/* main.c */
extern const struct start_info *boot;
extern u32 findings;
void finish(u32 code) __attribute__((noreturn));	/* tell the exit code and power off */
void stop(u32 reason) __attribute__((noreturn));	/* shut down with a SHUTDOWN_*, telling nothing */
u64 word(const char *key, u64 otherwise);		/* key=NUMBER on the command line */

/* lib.c */
void *memcpy(void *to, const void *from, u64 n);
void *memset(void *to, int c, u64 n);
int memcmp(const void *a, const void *b, u64 n);
u64 strlen(const char *s);
bool same(const char *a, const char *b);
bool begins(const char *s, const char *prefix);
u64 number(const char *s);
int vformat(char *buf, u64 size, const char *fmt, va_list args);	/* %s %u %x %d; 64-bit arguments for numbers */
int format(char *buf, u64 size, const char *fmt, ...);
void seed_random(u64 seed);
u64 random64(void);
u64 random_odd(void);	/* a number of the sort that breaks things */

/* machine.c */
void machine_init(void);
u64 now(void);				/* ns since Xen started */
void wait_port(u32 port, u64 ns);	/* until an event, or that long */
void notify(u32 port);
u32 alloc_port(void);			/* dom0 may bind it */
u64 mfn_of(const void *va);
u32 grant(const void *page, u16 flags);	/* to dom0; a new reference */
void regrant(u32 ref, const void *page, u16 flags);
void revoke(u32 ref);
u8 *page(u32 nr);			/* scratch pages of its own, zeroed at start */
#define PAGES	64

/* console.c */
void say(const char *fmt, ...);		/* a line: "hostile: …" */
void finding(const char *fmt, ...);	/* a line: "FINDING: …"; the exit code becomes 1 */
u64 console_write(const char *data, u64 len);	/* waits for space, at most seconds; bytes that went in */
extern struct console_ring *console;

/* store.c: an honest client, and its parts for dishonest ones */
extern struct store_ring *store;
bool store_send(const void *data, u64 len);	/* false: no space for seconds */
bool store_receive(void *data, u64 len, u64 ns);

struct reply {
	struct xs_header h;
	char data[XS_PAYLOAD_MAX + 1];	/* NUL-terminated */
};

/*
 * One request and its answer; watch events met on the way are counted. Return: its length, -1 an error (its name is in
 * @r->data), -2 no answer in time, -3 nonsense (a finding).
 */
int store_ask(u32 type, u32 tx, const void *payload, u32 len, struct reply *r);
extern u64 store_events;
int store_read(u32 tx, const char *path, struct reply *r);
int store_write(u32 tx, const char *path, const char *fmt, ...);
bool store_is_sane(void);	/* does it still answer an honest question? If not: a finding */

/* blk.c: an honest block frontend, and its parts */
struct blk {
	char dir[64], backend[96];
	u32 device;
	u32 ref, port;
	struct blk_ring *ring;
	u32 req_prod, rsp_cons;
	bool readonly;
	u64 sectors;
};

bool blk_find(struct blk *b, u32 device);	/* is there such a disk? */
bool blk_connect(struct blk *b);		/* the whole handshake; false: a finding was reported */
void blk_close(struct blk *b);
bool blk_set_state(struct blk *b, u32 state);
bool blk_wait_backend(struct blk *b, u32 state, u64 ns);
void blk_queue(struct blk *b, const struct blk_request *req);
void blk_push(struct blk *b);
bool blk_response(struct blk *b, struct blk_response *rsp, u64 ns);
s32 blk_do(struct blk *b, const struct blk_request *req);	/* push one, await its answer: its status; -1000 none */
#define NO_ANSWER	(-1000)

#endif
