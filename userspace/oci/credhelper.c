// SPDX-License-Identifier: GPL-2.0-or-later
/* docker-credential-NAME get: the server's name on its standard input, JSON or an error's text on its output. */
#include "oci/auth.h"

#include "oci/document.h"
#include "util/buf.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ANSWER_MAX (64 << 10)
#define PATIENCE_S 60		/* it may ask the user to unlock something */
#define NOT_FOUND "credentials not found in native keychain"

/* It becomes part of a program's name, which $PATH is searched for. */
static int check_name(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

	if (*name && strspn(name, allowed) == strlen(name))
		return 0;
	return err_set(-EINVAL, "not the name of a credential helper: \"%.100s\"", name);
}

/* @input: all of what it reads. Return: the end of its output to read from, or -errno with err_text(). */
static int start(const char *program, const char *input, pid_t *pid)
{
	char *const argv[] = { (char *)program, "get", NULL };
	posix_spawn_file_actions_t actions;
	int in[2] = { -1, -1 }, out[2] = { -1, -1 }, err = 0;

	/* shorter than what a pipe holds, so written before there is a reader */
	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) || write(in[1], input, strlen(input)) < 0)
		err = errno;
	if (!err) {
		posix_spawn_file_actions_init(&actions);
		posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
		posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
		err = posix_spawnp(pid, program, &actions, NULL, argv, environ);
		posix_spawn_file_actions_destroy(&actions);
	}
	cleanup_close(&in[0]);
	cleanup_close(&in[1]);
	cleanup_close(&out[1]);
	if (!err)
		return out[0];
	cleanup_close(&out[0]);
	return err_sys(-err, "cannot be started");
}

static int receive(int fd, struct buf *answer)
{
	int64_t end = clock_ms() + PATIENCE_S * 1000L;

	buf_reserve(answer, ANSWER_MAX);	/* at once: growing would leave copies behind */
	while (answer->len < ANSWER_MAX) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int64_t left = end - clock_ms();
		ssize_t n;

		if (left <= 0 || !poll(&p, 1, (int)left))
			return err_set(-ETIMEDOUT, "no answer in %d seconds", PATIENCE_S);
		n = read(fd, answer->data + answer->len, ANSWER_MAX - answer->len);
		if (n < 0 && errno != EINTR)
			return err_sys(-errno, "reading its answer");
		if (n > 0)
			answer->len += n;
		answer->data[answer->len] = '\0';
		if (!n)
			return 0;
	}
	return err_set(-EFBIG, "its answer is longer than %d bytes", ANSWER_MAX);
}

/* Nothing of an answer is repeated that could be a secret. */
static int read_answer(const struct buf *answer, struct credentials *cred)
{
	auto_json json_t *doc = NULL;
	const char *user, *secret;

	if (document_parse(answer->data, answer->len, &doc))
		return err_set(-EBADMSG, "its answer is not a JSON object");
	user = json_string_value(json_object_get(doc, "Username"));
	secret = json_string_value(json_object_get(doc, "Secret"));
	if (!user || !secret)
		return err_set(-EBADMSG, "its answer lacks Username or Secret");
	if (!strcmp(user, "<token>")) {
		cred->identity = mem_strdup(secret);
	} else if (*user) {
		cred->user = mem_strdup(user);
		cred->password = mem_strdup(secret);
	}
	return 0;
}

static int judge(int status, const struct buf *answer, struct credentials *cred)
{
	const char *said = buf_str(answer);

	if (WIFSIGNALED(status))
		return err_set(-EIO, "died of signal %d", WTERMSIG(status));
	if (!WEXITSTATUS(status))
		return read_answer(answer, cred);
	if (strstr(said, NOT_FOUND))
		return 0;
	if (strchr(said, '{'))
		said = "";
	return err_set(-EIO, "exit status %d%s%.*s", WEXITSTATUS(status), *said ? ": " : "", (int)strcspn(said, "\n"), said);
}

static int ask(const char *program, const char *server, struct credentials *cred)
{
	auto_secret_buf answer = BUF_INIT;
	int status = 0, fd, err;
	pid_t pid;

	fd = start(program, server, &pid);
	if (fd < 0)
		return fd;
	err = receive(fd, &answer);
	close(fd);
	if (err)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return err ? err : judge(status, &answer, cred);
}

int credhelper_get(const char *name, const char *server, struct credentials *cred)
{
	auto_free char *program = mem_printf("docker-credential-%s", name);
	int err = check_name(name);

	if (err)
		return err;
	err = ask(program, server, cred);
	return err ? err_in(err, "%s", program) : 0;
}
