/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For targets that read tars: whatever libFuzzer changes in a header, its checksum is right again, so that it is believed. */
#ifndef FUZZ_TARMUTATOR_H
#define FUZZ_TARMUTATOR_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define TAR_BLOCK 512

size_t LLVMFuzzerMutate(uint8_t *data, size_t len, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t len, size_t max, unsigned int seed);

static void mend(uint8_t header[TAR_BLOCK])
{
	char *sum_field = (char *)header + 148;
	unsigned int sum = 0;

	memset(sum_field, ' ', 8);
	for (int i = 0; i < TAR_BLOCK; i++)
		sum += header[i];
	snprintf(sum_field, 8, "%06o", sum);
}

/* One time in four a change is left alone. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t len, size_t max, unsigned int seed)
{
	len = LLVMFuzzerMutate(data, len, max);
	for (size_t at = 0; seed % 4 && at + TAR_BLOCK <= len; at += TAR_BLOCK)
		if (!memcmp(data + at + 257, "ustar", 5))
			mend(data + at);
	return len;
}

#endif
