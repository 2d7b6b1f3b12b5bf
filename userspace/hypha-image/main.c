// SPDX-License-Identifier: GPL-2.0-or-later
/* hypha-image: does for hyphactl what needs libraries: pulling, packing, unpacking a kernel. See image/helper.h. */
#include "hypha-image/jobs.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/evp.h"
#include "util/file.h"

#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { EXIT_HYPHA_FAILED = 125 };

/* Nobody who is gone waits for us: then the next run removes what is left. And nothing is inherited but 0, 1 and 2. */
static void detach(void)
{
	struct pollfd out = { .fd = STDOUT_FILENO };

	close_range(3, ~0U, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (poll(&out, 1, 0) > 0 && out.revents & POLLERR)
		_exit(EXIT_HYPHA_FAILED);
}

/* What libraries would read from places that the sandbox has not. */
static void start_libraries(void)
{
	json_object_seed(0);
	evp_start();
	digest_use(&evp_engine);
}

/* Less than there should be around us is no reason to fail, but one to say so, however quiet we are to be. */
static void tell_lacks(enum progress_format format, const struct buf *lacks)
{
	struct progress progress;

	progress_init(&progress, format == PROGRESS_JSON ? format : PROGRESS_PLAIN);
	if (lacks->len)
		progress_line(&progress, "hypha-image: works without a part of its sandbox: %s; see hyphactl(8)", buf_str(lacks));
}

static void leave_input(void)
{
	auto_close int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	dup2(null, STDIN_FILENO);
}

static int run(const struct job *job, struct work *w)
{
	auto_buf lacks = BUF_INIT;
	int err = job->plan(w);

	if (err)
		return err;
	if (!job->takes_input)
		leave_input();
	sandbox_enter(&w->box, &lacks);
	tell_lacks(w->opt.progress, &lacks);
	return job->run(w);
}

static int answer(int code, const struct buf *made)
{
	auto_buf text = BUF_INIT;

	buf_addf(&text, "%d\n%s", code, code ? err_text() : buf_str(made));
	return file_write_all(STDOUT_FILENO, text.data, text.len) || code ? EXIT_HYPHA_FAILED : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	const struct job *job = argc > 1 ? job_find(argv[1], argc - 2) : NULL;
	struct work w = { .argv = argv + 2, .input.fd = -1 };
	int status;

	if (!job) {
		fprintf(stderr, "hypha-image: does what hyphactl asks; see hyphactl(8)\n");
		return EXIT_HYPHA_FAILED;
	}
	detach();
	start_libraries();
	status = answer(run(job, &w), &w.made);
	work_clean(&w);
	return status;
}
