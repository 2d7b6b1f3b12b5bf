// SPDX-License-Identifier: GPL-2.0-or-later
/* timer CMD ARG… - runs a command with its output on stderr, prints the nanoseconds from before fork to after its end. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(int argc, char **argv)
{
	long long start;
	int status;
	pid_t pid;

	if (argc < 2)
		return 125;
	start = now();
	pid = vfork();
	if (!pid) {
		dup2(2, 1);
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 125;
	printf("%lld\n", now() - start);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 125;
}
