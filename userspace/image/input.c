// SPDX-License-Identifier: GPL-2.0-or-later
/* Image arguments that are no references. */
#include "image/input.h"

#include "oci/reference.h"
#include "util/cleanup.h"
#include "util/digest.h"
#include "util/error.h"
#include "util/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *prefix;
	enum input_kind kind;
} transports[] = {
	{ "oci:", INPUT_LAYOUT },
	{ "oci-archive:", INPUT_ARCHIVE },
	{ "docker-archive:", INPUT_ARCHIVE },
};

static int split(const char *prefix, const char *rest, struct input *in)
{
	size_t len = strcspn(rest, ":");

	if (!len)
		return err_set(-EINVAL, "%s needs a path behind it", prefix);
	if (rest[len] && !rest[len + 1])
		return err_set(-EINVAL, "%s%s: nothing behind the last colon", prefix, rest);
	in->path = mem_strndup(rest, len);
	in->ref = rest[len] ? mem_strdup(rest + len + 1) : NULL;
	return 0;
}

int input_parse(const char *text, struct input *in)
{
	*in = (struct input){ .kind = INPUT_REFERENCE, .fd = -1 };
	for (size_t i = 0; i < sizeof(transports) / sizeof(transports[0]); i++) {
		size_t len = strlen(transports[i].prefix);

		if (strncmp(text, transports[i].prefix, len))
			continue;
		in->kind = transports[i].kind;
		return split(transports[i].prefix, text + len, in);
	}
	return 0;
}

int input_open(struct input *in)
{
	if (in->kind != INPUT_ARCHIVE)
		return 0;
	in->fd = open(in->path, O_RDONLY | O_CLOEXEC);
	return in->fd < 0 ? err_sys(-errno, "cannot open it") : 0;
}

void input_clean(struct input *in)
{
	cleanup_close(&in->fd);
	free(in->path);
	free(in->ref);
	*in = (struct input){ .kind = INPUT_REFERENCE, .fd = -1 };
}

/* "sha256:…" would be a tag of a repository called so: it is what stores like ours have for images without a name. */
static char *canonical(const char *text)
{
	struct reference ref;
	struct digest digest;
	char *name;

	if (!*text || !digest_parse(text, &digest) || reference_parse(text, &ref))
		return NULL;
	name = mem_strdup(ref.text);
	reference_clean(&ref);
	return name;
}

char *input_name(const char *image_name, const char *ref_name)
{
	char *name = canonical(image_name);

	return name || !strpbrk(ref_name, "/:@") ? name : canonical(ref_name);
}
