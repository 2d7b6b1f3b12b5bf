// SPDX-License-Identifier: GPL-2.0-or-later
/* Images that are named by files, and what images from files are called. */
// links: userspace/image/input.c userspace/oci/reference.c userspace/util/digest.c userspace/util/hex.c userspace/util/error.c userspace/util/mem.c
// libs: -lmd
#include "test.h"

#include "image/input.h"
#include "util/error.h"

#include <errno.h>
#include <stdlib.h>

#define DIGEST "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
	const char *text;
	enum input_kind kind;
	const char *path, *ref;		/* path NULL with another kind than INPUT_REFERENCE: refused */
} inputs[] = {
	{ "alpine", INPUT_REFERENCE, NULL, NULL },
	{ "localhost:5000/oci:1", INPUT_REFERENCE, NULL, NULL },
	{ "ocitools:1", INPUT_REFERENCE, NULL, NULL },
	{ "docker-archiver:1", INPUT_REFERENCE, NULL, NULL },
	{ "oci:dir", INPUT_LAYOUT, "dir", NULL },
	{ "oci:/a/b c:t", INPUT_LAYOUT, "/a/b c", "t" },
	{ "oci:.:localhost:5000/x@" DIGEST, INPUT_LAYOUT, ".", "localhost:5000/x@" DIGEST },
	{ "oci-archive:x.tar", INPUT_ARCHIVE, "x.tar", NULL },
	{ "oci-archive:x.tar:a:b", INPUT_ARCHIVE, "x.tar", "a:b" },
	{ "docker-archive:/x.tar:busybox:1", INPUT_ARCHIVE, "/x.tar", "busybox:1" },
	{ "oci:", INPUT_LAYOUT, NULL, NULL },
	{ "oci::t", INPUT_LAYOUT, NULL, NULL },
	{ "oci:dir:", INPUT_LAYOUT, NULL, NULL },
	{ "docker-archive:", INPUT_ARCHIVE, NULL, NULL },
};

static void check_inputs(void)
{
	for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
		bool refused = inputs[i].kind != INPUT_REFERENCE && !inputs[i].path;
		struct input in;

		ok_num(input_parse(inputs[i].text, &in), refused ? -EINVAL : 0, "verdict: %s", inputs[i].text);
		ok_num(in.kind, inputs[i].kind, "kind: %s", inputs[i].text);
		ok_str(in.path, inputs[i].path, "path: %s", inputs[i].text);
		ok_str(in.ref, inputs[i].ref, "reference: %s", inputs[i].text);
		input_clean(&in);
	}
}

static const struct {
	const char *image_name, *ref_name, *name;
} names[] = {
	{ "docker.io/library/busybox:1", "1", "docker.io/library/busybox:1" },
	{ "busybox", "", "docker.io/library/busybox:latest" },
	{ "", "example.org/a/b:1", "example.org/a/b:1" },
	{ "", "busybox:1", "docker.io/library/busybox:1" },
	{ "", "a/b@" DIGEST, "docker.io/a/b@" DIGEST },
	{ "", "", NULL },
	{ "", "latest", NULL },
	{ "", "1.2.3-rc1", NULL },
	{ "Not/A/Name", "1", NULL },
	{ "Not/A/Name", "example.org/x:1", "example.org/x:1" },
	{ "", "../../etc/passwd", NULL },
	{ "", "a:b:c", NULL },
	{ "", DIGEST, NULL },
	{ "\033[2J/x:1", "\033]0;x/y", NULL },
};

static void check_names(void)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *name = input_name(names[i].image_name, names[i].ref_name);

		ok_str(name, names[i].name, "called: \"%s\", \"%s\"", names[i].image_name, names[i].ref_name);
		free(name);
	}
}

int main(void)
{
	check_inputs();
	check_names();
	return done();
}
