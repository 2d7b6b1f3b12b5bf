// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libnl can turn names of hosts and protocols into numbers, which we never ask it to; for that the C library would bring
 * its name services, which a static program can only load from the very same version. These are all it gets instead.
 */
#include <netdb.h>
#include <stddef.h>

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **res)
{
	(void)node, (void)service, (void)hints, (void)res;
	return EAI_FAIL;
}

void freeaddrinfo(struct addrinfo *res)
{
	(void)res;
}

struct protoent *getprotobyname(const char *name)
{
	(void)name;
	return NULL;
}

struct protoent *getprotobynumber(int number)
{
	(void)number;
	return NULL;
}
