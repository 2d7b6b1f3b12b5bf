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

/* each ends with { } */
extern const struct mode store_modes[], account_modes[], ring_modes[], console_modes[], block_modes[], grant_modes[],
	device_modes[], slot_modes[], net_modes[], vif_modes[], peer_modes[], domain_modes[], machine_modes[], memory_modes[],
	fuzz_modes[];

/* advisories.c: the mode an advisory's name stands for, which is told what it broke; or the name itself. */
const char *advisory_mode(const char *name);

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
bool take_event(u32 port);		/* was there one? */
void notify(u32 port);
u32 alloc_port(void);			/* dom0 may bind it */
u64 mfn_of(const void *va);
u64 stranger(void);			/* a machine frame that is not ours, by chance */
u64 give_page(const void *va);		/* back to Xen: its frame, 0 if Xen would not have it */
bool take_page(const void *va);		/* another one in its place */
u32 grant(const void *page, u16 flags);	/* to dom0; a new reference */
void regrant(u32 ref, const void *page, u16 flags);
void fill_grant(u32 ref, u16 flags, u16 domid, u32 frame);
/* The @nr-th way of granting dom0 what it must not get, or must not write to; NULL: there are no more. */
const char *misgrant(u32 ref, u32 nr, bool write);
void revoke(u32 ref);
u8 *page(u32 nr);			/* scratch pages of its own, zeroed at start */
#define PAGES	80		/* rings and buffers of the network, then of the disks, then free ones */
#define NET_BUFFERS	16	/* posted to receive into */
#define NET_DATA	20	/* first of the pages packets are sent from */
#define NET_PAGES	40	/* of them */
#define BLK_RINGS	(NET_DATA + NET_PAGES)	/* the two disks' rings */
#define BLK_DATA	(BLK_RINGS + 2)	/* what honest requests of blocks are about */
#define PAGE_FREE	(BLK_DATA + 5)
#define FRAME_MAX	4096

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
/* Its two halves. */
u32 store_post(u32 type, u32 tx, const void *payload, u32 len);	/* 0: no space for seconds */
int store_await(u32 type, u32 tx, u32 id, struct reply *r);
int store_path(u32 type, u32 tx, const char *path, struct reply *r);	/* a request that has nothing but a path */
u32 store_begin(struct reply *r);	/* a transaction; 0: there is none to be had */
int store_end(u32 tx, bool commit, struct reply *r);
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
#define DISK0		(202 << 8)		/* the image: read-only */
#define DISK1		(202 << 8 | 1 << 4)	/* --disk FILE, if there is one */
bool blk_start(struct blk *b, u32 device);	/* find and connect it, and read honestly; false: a finding was reported */
struct blk_request blk_simple(u8 op, u64 sector, u32 ref);	/* of 4 KiB */
bool blk_still_reads(struct blk *b);		/* an honest read gives what it gave before? If not: a finding */
void blk_expect(struct blk *b, const char *name, const struct blk_request *req, s32 status);	/* else a finding */

/* net.c: an honest network frontend of one queue, and its parts */
struct net {
	char dir[64], backend[96];
	u8 mac[6], gateway_mac[6];
	u8 ip[4], gateway[4], ip6[16];
	u32 tx_ref, rx_ref, port;
	u32 buffer[NET_BUFFERS], data[NET_PAGES];	/* grants */
	struct net_tx_ring *tx;
	struct net_rx_ring *rx;
	u32 tx_prod, tx_cons, rx_prod, rx_cons;
	u32 errors;			/* transmissions answered with an error */
};

bool net_find(struct net *n);			/* is there an interface? */
bool net_wait_backend(struct net *n, u32 state, u64 ns);
bool net_set_state(struct net *n, u32 state);
bool net_write_key(struct net *n, const char *key, u64 value);
void net_start(struct net *n);			/* fresh rings and a port; nothing told yet */
bool net_connect(struct net *n);		/* the whole handshake; false: a finding was reported */
void net_close(struct net *n);
void net_queue(struct net *n, const void *slot);	/* a request or extra, 12 bytes */
void net_push(struct net *n);
bool net_answered(struct net *n, u64 ns);	/* wait until all that was queued is answered */
void net_send(struct net *n, const void *frame, u32 len);	/* in one slot, honestly */
u32 net_receive(struct net *n, u8 *frame, u64 ns);	/* bytes of the next frame, at most FRAME_MAX; 0 none in time */
void fill_sum(u8 *at, const u8 *data, u32 len);	/* RFC 1071, of @data with 0 at @at */
void net_fill_ip(struct net *n, u8 *frame, u8 proto, const u8 *dst, u32 payload);	/* Ethernet and IPv4 headers */
u32 net_fill_echo(struct net *n, u8 *frame, u16 seq, u32 len);	/* a ping of the gateway with @len bytes of data */
bool net_wait_echo(struct net *n, u16 seq, u64 ns);
bool net_up(struct net *n);			/* found, connected, and it pings; false: a finding was reported */
bool net_pings(struct net *n);			/* does the gateway answer? If not: a finding */

#endif
