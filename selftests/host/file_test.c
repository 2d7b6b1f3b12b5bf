// SPDX-License-Identifier: GPL-2.0-or-later
/* Files written atomically are what they should be, and their zeros take no room. */
// links: userspace/util/file.c userspace/util/buf.c userspace/util/mem.c userspace/util/error.c
#include "util/cleanup.h"
#include "util/file.h"

#include "test.h"

#include <stdlib.h>
#include <sys/stat.h>

/* Pages of zeros and of noise in any mixture, ending anywhere. */
static void fill(char *data, size_t len, unsigned int seed)
{
	srand(seed);
	memset(data, 0, len);
	for (size_t page = 0; page < len; page += 4096)
		for (size_t i = page; rand() % 2 && i < page + 4096 && i < len; i += 1 + rand() % 4000)
			data[i] = rand();
}

static bool comes_back(size_t len, unsigned int seed)
{
	auto_free char *data = malloc(len + 1);
	auto_buf back = BUF_INIT;

	fill(data, len, seed);
	return !file_write_atomic("file", data, len, 0600) && !file_read("file", len, &back) && back.len == len &&
	       (!len || !memcmp(back.data, data, len));
}

int main(void)
{
	static const size_t lens[] = { 0, 1, 4095, 4096, 4097, 8192, 12289, 65536, 70001 };
	auto_free char *data = calloc(1, 1 << 20);
	struct stat st;
	bool good = true;

	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++)
		for (unsigned int seed = 0; seed < 40; seed++)
			good = good && comes_back(lens[i], seed);
	ok(good, "what was written comes back, wherever its zeros are");

	data[1 << 19] = 1;
	ok(!file_write_atomic("file", data, 1 << 20, 0640) && !stat("file", &st), "a file of zeros but one is written");
	ok(st.st_size == 1 << 20 && (st.st_mode & 07777) == 0640, "with its size and mode");
	ok(st.st_blocks * 512 <= 64 << 10, "and takes hardly any room: %ld blocks", (long)st.st_blocks);
	return done();
}
