// SPDX-License-Identifier: GPL-2.0-or-later
/* Any text as an image's reference: what is understood has a canonical form that means itself. */
// links: userspace/oci/reference.c userspace/util/digest.c userspace/util/hex.c userspace/util/error.c userspace/util/mem.c
// libs: -lmd
#include "target.h"

#include "oci/reference.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	auto_free char *text = text_of(data, len);
	struct reference ref, again;

	if (reference_parse(text, &ref)) {
		must(*err_text());
		return 0;
	}
	must(!ref.tag != !ref.digest);
	must(!strstr(ref.path, "..") && *ref.path != '/' && !strchr(ref.domain, '/'));
	must(!reference_parse(ref.text, &again));
	must(!strcmp(again.text, ref.text) && !strcmp(again.domain, ref.domain) && !strcmp(again.path, ref.path));
	reference_clean(&again);
	reference_clean(&ref);
	return 0;
}
