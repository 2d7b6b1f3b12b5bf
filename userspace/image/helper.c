// SPDX-License-Identifier: GPL-2.0-or-later
/* Running hypha-image and reading its answer. */
#include "image/helper.h"

#include "util/cleanup.h"
#include "util/error.h"
#include "util/strv.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ANSWER_MAX (4 << 20)

const char *helper_pull_word(enum image_pull pull)
{
	static const char *const words[] = {
		[IMAGE_PULL_MISSING] = "missing", [IMAGE_PULL_ALWAYS] = "always", [IMAGE_PULL_NEVER] = "never",
	};

	return words[pull];
}

/* All our descriptors are close-on-exec: it gets the pipe as its standard output, @in or our standard input, and our error. */
static int start(const char *program, char *const *argv, int in, int answer, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	int err;

	posix_spawn_file_actions_init(&actions);
	if (in >= 0)
		posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, answer, STDOUT_FILENO);
	err = posix_spawn(pid, program, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return err ? err_sys(-err, "cannot start %s", program) : 0;
}

static int receive(int fd, struct buf *answer)
{
	ssize_t n;

	do {
		n = read(fd, buf_reserve(answer, 4096), 4096);
		if (n < 0 && errno != EINTR)
			return err_sys(-errno, "reading its answer");
		if (n > 0)
			answer->len += n;
	} while (n && answer->len < ANSWER_MAX);
	buf_reserve(answer, 0)[0] = '\0';
	return 0;
}

/* Of SIGSYS it leaves a note of what it was about to do. */
static int no_answer(const char *program, int status, const struct buf *note)
{
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		return err_set(-EPERM, "%s was stopped by its sandbox: %.100s", program, note->len ? note->data : "SIGSYS");
	if (WIFSIGNALED(status))
		return err_set(-EIO, "%s died of signal %d (%s)", program, WTERMSIG(status), strsignal(WTERMSIG(status)));
	return err_set(-EIO, "%s gave no answer, exit status %d", program, WEXITSTATUS(status));
}

/* Its first line decides; what is behind it stays in @answer. */
static int judge(const char *program, int status, struct buf *answer)
{
	char *end = NULL;
	long code = answer->len ? strtol(answer->data, &end, 10) : 0;
	size_t head;

	if (!end || end == answer->data || *end != '\n' || code > 0 || code < -4095 || !WIFEXITED(status))
		return no_answer(program, status, answer);
	if (code)
		return err_set(code, "%s", end + 1);
	head = end + 1 - answer->data;
	memmove(answer->data, end + 1, answer->len - head + 1);
	answer->len -= head;
	return 0;
}

static int run(const char *program, char *const *argv, int in, struct buf *answer)
{
	int pipes[2], status = 0, err;
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC))
		return err_sys(-errno, "starting %s", program);
	err = start(program, argv, in, pipes[1], &pid);
	close(pipes[1]);
	if (err) {
		close(pipes[0]);
		return err;
	}
	err = receive(pipes[0], answer);
	close(pipes[0]);	/* before waiting: it may have more to say than we want to hear */
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return err ? err : judge(program, status, answer);
}

static char *progress_arg(const struct image_options *opt)
{
	return (char *)progress_word(opt->progress);
}

int helper_image(const struct image_options *opt, const char *text, struct buf *name)
{
	char *const argv[] = {
		"hypha-image", "image", (char *)opt->root, (char *)helper_pull_word(opt->pull), progress_arg(opt), (char *)text, NULL,
	};

	return run(opt->helper, argv, -1, name);
}

int helper_load(const struct image_options *opt, int fd, struct buf *names)
{
	char *const argv[] = { "hypha-image", "load", (char *)opt->root, progress_arg(opt), NULL };

	return run(opt->helper, argv, fd, names);
}

int helper_save(const struct image_options *opt, int fd, const char *format, char *const *texts)
{
	char *const words[] = { "hypha-image", "save", (char *)opt->root, (char *)format, progress_arg(opt), NULL };
	auto_strv argv = strv_copy(words);
	auto_buf answer = BUF_INIT;

	while (*texts)
		strv_add(&argv, *texts++);
	return run(opt->helper, argv, fd, &answer);
}

int helper_verify(const struct image_options *opt, bool repair, struct buf *findings)
{
	char *const argv[] = {
		"hypha-image", "verify", (char *)opt->root, repair ? "repair" : "keep", progress_arg(opt), NULL,
	};

	return run(opt->helper, argv, -1, findings);
}

int helper_kernel(const char *program, const char *cache, const char *path, struct buf *record)
{
	char *const argv[] = { "hypha-image", "kernel", (char *)cache, (char *)path, NULL };

	return run(program, argv, -1, record);
}
