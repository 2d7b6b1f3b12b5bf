// SPDX-License-Identifier: GPL-2.0-or-later
/* resolv.conf(5), of which only the addresses matter here. */
#include "hyphactl/resolv.h"

#include "util/address.h"
#include "util/buf.h"
#include "util/file.h"

#include <string.h>

#define FILE_MAX (1 << 20)

static const char *nameserver_of(char *line)
{
	char *save, *word = strtok_r(line, " \t\r", &save);

	return word && !strcmp(word, "nameserver") ? strtok_r(NULL, " \t\r", &save) : NULL;
}

size_t resolv_read(const char *path, uint8_t (*addrs)[16], size_t max)
{
	auto_buf file = BUF_INIT;
	char *rest, *line;
	size_t nr = 0;

	if (file_read(path, FILE_MAX, &file))
		return 0;	/* a host without resolvers */
	for (rest = file.data; nr < max && rest && (line = strsep(&rest, "\n")); ) {
		const char *text = nameserver_of(line);

		if (text && address_parse(text, addrs[nr]) > 0)
			nr++;
	}
	return nr;
}
