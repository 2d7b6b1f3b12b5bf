// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a manifest or index, declared as whatever its first byte says, and as a configuration. */
// links: userspace/oci/manifest.c userspace/oci/imgconfig.c userspace/oci/document.c userspace/util/digest.c userspace/util/hex.c userspace/util/error.c userspace/util/mem.c userspace/util/buf.c userspace/util/strv.c userspace/util/base64.c userspace/util/limits.c
// libs: -ljansson -lmd
#include "target.h"

#include "oci/imgconfig.h"
#include "oci/manifest.h"

static const char *const types[] = {
	"",
	"application/vnd.oci.image.index.v1+json",
	"application/vnd.oci.image.manifest.v1+json",
	"application/vnd.docker.distribution.manifest.list.v2+json",
	"application/vnd.docker.distribution.manifest.v2+json",
	"application/vnd.docker.distribution.manifest.v1+prettyjws",
	"text/plain",
};

/* A digest is safe in a path whatever the document says. */
static void check_descriptor(const struct descriptor *d)
{
	must(!strchr(d->digest.text, '/') && strchr(d->digest.text, ':'));
}

static void check_manifest(const struct manifest *m)
{
	check_descriptor(&m->config);
	for (size_t i = 0; i < m->nr_layers; i++)
		check_descriptor(&m->layers[i]);
}

static void as_manifest(const char *text, size_t len, const char *type)
{
	struct manifest_document doc = { 0 };

	if (manifest_parse(text, len, type, &doc)) {
		must(*err_text());
		return;
	}
	if (doc.is_index)
		check_descriptor(&doc.chosen);
	else
		check_manifest(&doc.manifest);
	manifest_document_clean(&doc);
}

static void as_config(const char *text, size_t len)
{
	struct imgconfig config = { 0 };
	struct digest chain;

	if (imgconfig_parse(text, len, &config)) {
		must(*err_text());
		return;
	}
	must(config.entrypoint && config.cmd && config.env && config.labels && config.user && config.workdir && config.stop_signal);
	imgconfig_chain_id(&config, &chain);
	imgconfig_clean(&config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	auto_free char *text = len ? text_of(data + 1, len - 1) : NULL;

	if (!len)
		return 0;
	as_manifest(text, len - 1, types[*data % (sizeof(types) / sizeof(types[0]))]);
	as_config(text, len - 1);
	return 0;
}
