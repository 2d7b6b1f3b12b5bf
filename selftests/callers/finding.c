// SPDX-License-Identifier: GPL-2.0-or-later
/* What is wrong, and what calls came to: each with how often. */
#include "callers.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SHOWN 5		/* of each kind */
#define KINDS_MAX 64
#define ERRORS_END 134
#define WHATS_MAX 96

static atomic_uint findings;

/* One row a call, by the address of its name. */
static struct row {
	_Atomic(const char *) what;
	_Atomic uint64_t good, bad[ERRORS_END], odd;
} rows[WHATS_MAX];

/* Was it said often enough? */
static bool is_old(const char *format)
{
	static struct {
		const char *format;
		unsigned int said;
	} kinds[KINDS_MAX];
	unsigned int i = 0;

	while (i < KINDS_MAX - 1 && kinds[i].format && kinds[i].format != format)
		i++;
	kinds[i].format = format;
	return kinds[i].said++ >= SHOWN;
}

static void say(const struct caller *c, const char *format, va_list args)
{
	printf("FINDING: ");
	if (c)
		printf("thread %u, call %llu: ", c->nr, (unsigned long long)atomic_load(&c->calls));
	vprintf(format, args);
	putchar('\n');
	fflush(stdout);
}

void finding(struct caller *c, const char *format, ...)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	va_list args;

	atomic_fetch_add(&findings, 1);
	va_start(args, format);
	pthread_mutex_lock(&lock);
	if (!is_old(format))
		say(c, format, args);
	pthread_mutex_unlock(&lock);
	va_end(args);
}

unsigned int nr_findings(void)
{
	return atomic_load(&findings);
}

static struct row *row_of(const char *what)
{
	for (struct row *row = rows; row < rows + WHATS_MAX; row++) {
		const char *there = atomic_load_explicit(&row->what, memory_order_acquire);

		if (there == what || (!there && (atomic_compare_exchange_strong(&row->what, &there, what) || there == what)))
			return row;
	}
	return &rows[WHATS_MAX - 1];
}

void tally(const char *what, long ret)
{
	struct row *row = row_of(what);

	if (ret >= 0)
		atomic_fetch_add_explicit(&row->good, 1, memory_order_relaxed);
	else if (-ret < ERRORS_END)
		atomic_fetch_add_explicit(&row->bad[-ret], 1, memory_order_relaxed);
	else
		atomic_fetch_add_explicit(&row->odd, 1, memory_order_relaxed);
}

const char *error_name(int error)
{
	const char *name = strerrorname_np(error);

	return name ? name : "no errno";
}

void tally_show(void)
{
	for (struct row *row = rows; row < rows + WHATS_MAX && row->what; row++) {
		printf("# %-12s %8llu ok", row->what, (unsigned long long)row->good);
		for (int i = 0; i < ERRORS_END; i++)
			if (row->bad[i])
				printf(", %llu %s", (unsigned long long)row->bad[i], error_name(i));
		if (row->odd)
			printf(", %llu no errno", (unsigned long long)row->odd);
		putchar('\n');
	}
}

uint64_t successes(const char *what)
{
	uint64_t sum = 0;

	for (struct row *row = rows; row < rows + WHATS_MAX && row->what; row++)
		if (!strcmp(row->what, what))
			sum += row->good;
	return sum;
}

bool among(const int *errors, int error)
{
	while (*errors && *errors != error)
		errors++;
	return *errors;
}
