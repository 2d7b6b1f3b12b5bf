// SPDX-License-Identifier: GPL-2.0-or-later
/* The keeper. A question is the number of an endpoint; an answer an errno, then four texts: the error's and the credentials. */
#include "hypha-image/keeper.h"

#include "oci/auth.h"
#include "oci/registries.h"
#include "util/buf.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#define NONE UINT32_MAX		/* in place of a length: no text */
#define TEXT_MAX (1 << 20)

static int line = -1;		/* to it */
static struct endpoint *endpoints;
static size_t nr_endpoints;

/* --- the keeper's side --- */

static void put_text(struct buf *answer, const char *text)
{
	uint32_t len = text ? strlen(text) : NONE;

	buf_add(answer, &len, sizeof(len));
	if (text)
		buf_add(answer, text, len);
}

static void answer_for(const struct endpoint *at, struct buf *answer)
{
	struct credentials cred;
	int32_t err = credentials_load(at->domain, at->path, &cred);

	buf_add(answer, &err, sizeof(err));
	put_text(answer, err ? err_text() : NULL);
	put_text(answer, cred.user);
	put_text(answer, cred.password);
	put_text(answer, cred.identity);
	credentials_clean(&cred);
}

/* Who waits for an end of our caller's pipes must not wait for us. */
static void let_go(pid_t parent)
{
	auto_close int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_FAILURE);
}

static _Noreturn void keep(int fd, pid_t parent)
{
	uint32_t which;

	let_go(parent);
	while (recv(fd, &which, sizeof(which), MSG_WAITALL) == sizeof(which) && which < nr_endpoints) {
		auto_secret_buf answer = BUF_INIT;

		buf_reserve(&answer, TEXT_MAX);		/* at once: growing would leave copies behind */
		answer_for(&endpoints[which], &answer);
		if (send(fd, answer.data, answer.len, MSG_NOSIGNAL) != (ssize_t)answer.len)
			break;
	}
	_exit(EXIT_SUCCESS);
}

/* --- the job's side --- */

static bool get(void *to, size_t len)
{
	return recv(line, to, len, MSG_WAITALL) == (ssize_t)len;
}

static bool get_text(char **text)
{
	uint32_t len;

	*text = NULL;
	if (!get(&len, sizeof(len)) || (len != NONE && len > TEXT_MAX))
		return false;
	if (len == NONE)
		return true;
	*text = mem_alloc(len + 1);
	return !len || get(*text, len);
}

static int get_answer(struct credentials *cred)
{
	auto_free char *text = NULL;
	int32_t err;

	if (!get(&err, sizeof(err)) || !get_text(&text) || !get_text(&cred->user) || !get_text(&cred->password) ||
	    !get_text(&cred->identity))
		return err_set(-EIO, "their keeper, a process beside this one, died");
	return err ? err_set(err, "%s", text ? text : "") : 0;
}

static int ask(const char *domain, const char *path, struct credentials *cred)
{
	*cred = (struct credentials){ 0 };
	for (uint32_t i = 0; i < nr_endpoints; i++) {
		if (strcmp(endpoints[i].domain, domain) || strcmp(endpoints[i].path, path))
			continue;
		send(line, &i, sizeof(i), MSG_NOSIGNAL);	/* that nobody takes it shows when nobody answers */
		return get_answer(cred);
	}
	return err_set(-EINVAL, "not one of the image's registries");
}

int keeper_start(const struct reference *ref)
{
	pid_t us = getpid(), pid;
	int ends[2];

	if (registries_endpoints(ref, &endpoints, &nr_endpoints))
		return 0;	/* who pulls will say why not */
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return err_sys(-errno, "starting a process");
	pid = fork();
	if (!pid) {
		close(ends[0]);
		keep(ends[1], us);
	}
	close(ends[1]);
	line = ends[0];
	credentials_source = ask;
	return pid < 0 ? err_sys(-errno, "starting a process") : 0;
}
