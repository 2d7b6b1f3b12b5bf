/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The jobs of hypha-image: each plans what it needs of the machine while it may do anything, and runs when it may do that only. */
#ifndef HYPHA_IMAGE_JOBS_H
#define HYPHA_IMAGE_JOBS_H

#include "hypha-image/sandbox.h"
#include "image/image.h"
#include "image/input.h"
#include "util/buf.h"

struct work {
	char **argv;		/* behind the job's name: see image/helper.h */
	struct image_options opt;
	struct input input;
	struct sandbox box;
	struct buf made;
};
void work_clean(struct work *w);

struct job {
	const char *name;
	int min_args, max_args;
	bool takes_input;	/* standard input; else that is the caller's, and none of the job's business once it is planned */
	/* Both: 0, or -errno with err_text(). Nothing a stranger has written is read by plan(). */
	int (*plan)(struct work *w);
	int (*run)(struct work *w);
};

/* NULL: there is none of that name with so many arguments. */
const struct job *job_find(const char *name, int nr_args);

#endif
