/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the hostile callers' files share: a caller is a thread that calls the module in every wrong way it can think of. */
#ifndef CALLERS_H
#define CALLERS_H

#include <errno.h>
#include <hypha.h>
#include <hypha_netlink.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define PATTERN 0xa5	/* what memory holds that nobody should write */

/* --- tables.c: made of the interface's headers --- */

struct field {
	const char *name;
	uint32_t at, size;
	uint32_t each;		/* bytes of one element */
	bool out;
	uint64_t allowed;	/* bits that may be set */
};

struct record {
	const char *name;
	uint32_t size;
	const struct field *fields;
	unsigned int nr_fields;
};

struct verb {
	const char *name;
	unsigned int cmd;
	const struct record *record;
	const int *errors;	/* as documented; ends with 0 */
};

enum attribute_type { AS_PAD, AS_FLAG, AS_U8, AS_U16, AS_U32, AS_U64, AS_STRING, AS_BINARY, AS_NEST };

struct attribute_set;
struct attribute {
	const char *name;	/* NULL: there is none of this number */
	enum attribute_type type;
	uint32_t shortest, longest;
	uint64_t allowed;
	const struct attribute_set *nested;
};

struct attribute_set {
	const char *name;
	const struct attribute *attributes;
	unsigned int nr;
};

enum { BY_DO = 1, BY_DUMP = 2, BY_EVENT = 4 };

struct command {
	const char *name;
	uint8_t number;
	const struct attribute_set *set;
	unsigned int ways;
	uint64_t takes, tells;	/* attributes, by bit */
};

extern const struct record hypha_disk_record, hypha_forward_spec_record, hypha_nic_record, hypha_create_record;
extern const struct verb verbs[];
extern const unsigned int nr_verbs;
extern const struct attribute_set guest_set, net_set, forward_set;
extern const struct command commands[];
extern const unsigned int nr_commands;
extern const int netlink_errors[];

/* --- main.c --- */

enum identity { ROOT, NOBODY, USERNS, NETADMIN, DROPPED };

struct options {
	uint64_t seed, count;
	uint64_t patience;	/* seconds that a call may take once it was woken */
	unsigned int threads;
	bool ioctls, netlink, console, compat;
	enum identity as;
	const char *kernel, *dir;
};

extern struct options options;

/* Who may do anything; the others only find out that they may not. */
static inline bool privileged(void)
{
	return options.as == ROOT;
}

struct memory {
	uint8_t *area;		/* AREA_SIZE bytes for arguments, a hole behind */
	uint8_t *parts;		/* PARTS_SIZE bytes for what arguments point to, a hole behind */
	uint8_t *fixed;		/* a page that cannot be written here */
	uint8_t *fixable;	/* the same page, where it can */
	uint32_t used;		/* of the parts */
};

#define NR_CONSOLES 4

struct caller {
	unsigned int nr;
	pthread_t thread;
	uint64_t random;
	_Atomic uint64_t calls;
	_Atomic(const char *) doing;	/* NULL: no call is under way */
	unsigned int waited;		/* the watchdog's: its rounds since @calls moved */
	struct memory memory;
	int device;			/* -1: may not */
	int consoles[NR_CONSOLES];	/* -1: none */
	int socket, listener;
	uint32_t sequence;
	uint8_t *image;			/* IMAGE_MAX bytes to make arguments in */
};

#define IMAGE_MAX 16384

/* --- random.c --- */

uint64_t any(struct caller *c);
uint32_t below(struct caller *c, uint32_t end);
bool one_in(struct caller *c, uint32_t n);
/* A number that programmers forget; sometimes any. */
uint64_t odd_number(struct caller *c);
void noise(struct caller *c, void *to, size_t len);
#define pick(c, table) ((table)[below(c, COUNT(table))])

/* --- call.c: into the kernel by the 64-bit or the 32-bit entry --- */

enum entry { CALL_READ, CALL_WRITE, CALL_LSEEK, CALL_POLL, CALL_IOCTL };

/* Return: as the kernel does, -errno among it. @what names the call for the watchdog; it is counted. */
long call(struct caller *c, const char *what, enum entry entry, long first, unsigned long second, unsigned long third);

/* --- memory.c --- */

#define AREA_SIZE 12288
#define MARGIN 64
#define PARTS_SIZE 65536

void memory_init(struct caller *c);
/* An address that is no good. */
uint64_t wild_address(struct caller *c);
/* Room among the parts, at their end or not, for as long as the next call; NULL: there is none. */
void *put_part(struct caller *c, const void *bytes, uint32_t len);
/* All four callers' page. */
uint8_t *shared_page(void);
bool untouched(const uint8_t *bytes, size_t len);
/* The bytes around what lies in the area get the pattern; have they got it still? */
void surround(struct caller *c, uint8_t *at, size_t len);
bool surrounded(struct caller *c, const uint8_t *at, size_t len);

/* --- files.c: descriptors; those of the arena are closed and replaced by anybody at any time --- */

#define ARENA_FIRST 200
#define ARENA_END 264
#define PRIVATE_FIRST 300

enum file {
	KERNEL, KERNEL_CUT, KERNEL_TMPFS, NO_KERNEL, DISK, DISK_RO, DISK_CUT, SMALL, APPEND, PROC, DIRECTORY, PATH, PIPE, ZERO,
	NR_FILES
};

void files_init(void);
int file_of(enum file file);
int arena_pick(struct caller *c);
/* Put something of what there is into the arena, or close something there. */
void arena_shuffle(struct caller *c);
void arena_add(struct caller *c, int fd);
void cut_files(struct caller *c);
/* A descriptor that stays ours. Return: fd, -1 */
int make_private(int fd);
/* Descriptors of consoles that nobody knows of, when all that are known are closed. */
unsigned int lost_consoles(void);

/* --- guests.c --- */

#define GUESTS_MAX 8

void guests_init(int device);
/* A guest's id: mostly of one that is there. */
uint32_t guest_id(struct caller *c);
const char *guest_name(struct caller *c);
void guest_made(uint32_t id);
/* Is there room for another? Makes some if not. */
bool guests_room(struct caller *c);
void guests_remove_all(int device);

/* --- create.c --- */

void fill_create(struct caller *c, struct hypha_create *create);
/* What came of it: @before is what was asked for, @after what the memory holds now. */
void judge_create(struct caller *c, const struct hypha_create *before, const struct hypha_create *after, long ret);

/* --- ioctl.c, console.c, netlink.c --- */

void mutate(struct caller *c, const struct record *record, void *bytes);
/* @bytes were taken: no bit was set that means nothing. */
void judge_bits(struct caller *c, const char *name, const struct record *record, const void *bytes);
void try_ioctl(struct caller *c);
void try_console(struct caller *c);
void console_opened(struct caller *c, uint32_t flags, int fd);
void try_netlink(struct caller *c);

/* --- socket.c: the family's number and groups, and what it was set to --- */

extern uint16_t family;

void family_find(void);
int socket_open(void);
/* Every group. */
int listener_open(void);
/* As the network's settings are now; to be set again. */
void settings_remember(void);
void settings_restore(void);

/* --- reply.c --- */

#define REPLY_MAX (1 << 17)

struct answer {
	int error;		/* -1: there was none, nor an end */
	bool text;		/* it came with words */
};

/* Messages the kernel sent: @command NULL is a listener's. @sequence: whose answer is wanted. */
void judge_messages(struct caller *c, const struct command *command, uint32_t sequence, const uint8_t *bytes, size_t len,
		    struct answer *answer);

/* --- finding.c --- */

void finding(struct caller *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
unsigned int nr_findings(void);
/* @ret: 0 or more, or -errno */
void tally(const char *what, long ret);
void tally_show(void);
/* How often it succeeded. */
uint64_t successes(const char *what);
const char *error_name(int error);
bool among(const int *errors, int error);

#endif
