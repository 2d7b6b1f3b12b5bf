// SPDX-License-Identifier: GPL-2.0-or-later
/* Image configurations (image-spec config.md; Docker's image specification v1.2 has the same members). */
#include "oci/imgconfig.h"

#include "oci/document.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/limits.h"
#include "util/mem.h"
#include "util/strv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static int check_platform(const json_t *root)
{
	const char *os = document_string(root, "os"), *arch = document_string(root, "architecture");

	if (!os || !arch)
		return err_set(-EBADMSG, "\"os\" or \"architecture\" is not text");
	if ((*os && strcmp(os, "linux")) || (*arch && strcmp(arch, "amd64")))
		return err_set(-ENOTSUP, "the image is for %.20s/%.20s, not for linux/amd64", os, arch);
	return 0;
}

static int parse_diff_ids(const json_t *root, struct imgconfig *config)
{
	const json_t *rootfs = json_object_get(root, "rootfs"), *array = json_object_get(rootfs, "diff_ids"), *value;
	size_t i;

	if (!json_is_array(array))
		return err_set(-EBADMSG, "no \"rootfs.diff_ids\"");
	if (json_array_size(array) > limits.layers)
		return err_set(-E2BIG, "%zu layers, the limit is %llu (layers)", json_array_size(array),
			       (unsigned long long)limits.layers);
	config->diff_ids = mem_alloc((json_array_size(array) + 1) * sizeof(*config->diff_ids));
	json_array_foreach(array, i, value) {
		const char *text = json_string_value(value);

		if (!text || digest_parse(text, &config->diff_ids[config->nr_diff_ids++]))
			return err_set(-EBADMSG, "diff_id %zu is not a digest", i + 1);
	}
	return 0;
}

static int take_string(const json_t *object, const char *key, char **out)
{
	const char *text = document_string(object, key);

	if (!text)
		return err_set(-EBADMSG, "\"%s\" is not text", key);
	*out = mem_strdup(text);
	return 0;
}

static int parse_labels(const json_t *object, char ***out)
{
	const json_t *labels = json_object_get(object, "Labels");
	const char *key;
	json_t *value;
	size_t n = 0;

	*out = mem_alloc((json_object_size(labels) + 1) * sizeof(**out));
	json_object_foreach((json_t *)labels, key, value) {
		if (!json_is_string(value))
			return err_set(-EBADMSG, "label \"%.100s\" is not text", key);
		(*out)[n++] = mem_printf("%s=%s", key, json_string_value(value));
	}
	return 0;
}

static int parse_process(const json_t *object, struct imgconfig *config)
{
	int err = document_strings(object, "Entrypoint", &config->entrypoint);

	if (!err)
		err = document_strings(object, "Cmd", &config->cmd);
	if (!err)
		err = document_strings(object, "Env", &config->env);
	if (!err)
		err = take_string(object, "User", &config->user);
	if (!err)
		err = take_string(object, "WorkingDir", &config->workdir);
	if (!err)
		err = take_string(object, "StopSignal", &config->stop_signal);
	return err ? err : parse_labels(object, &config->labels);
}

uint64_t imgconfig_time(const char *text)
{
	struct tm tm = { 0 };
	const char *p = text ? strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
	time_t t;
	long east;

	if (!p)
		return 0;
	if (*p == '.')
		p += 1 + strspn(p + 1, "0123456789");
	strptime(p, "%z", &tm);
	east = tm.tm_gmtoff;	/* timegm() forgets it */
	t = timegm(&tm) - east;
	return t > 0 ? t : 0;
}

int imgconfig_parse(const char *text, size_t len, struct imgconfig *config)
{
	auto_json json_t *root = NULL;
	int err;

	memset(config, 0, sizeof(*config));
	err = document_parse(text, len, &root);
	if (!err)
		err = check_platform(root);
	if (!err)
		err = parse_diff_ids(root, config);
	if (!err)
		err = parse_process(json_object_get(root, "config"), config);
	if (err) {
		imgconfig_clean(config);
		return err_in(err, "configuration");
	}
	config->created = imgconfig_time(json_string_value(json_object_get(root, "created")));
	return 0;
}

void imgconfig_clean(struct imgconfig *config)
{
	strv_free(config->entrypoint);
	strv_free(config->cmd);
	strv_free(config->env);
	strv_free(config->labels);
	free(config->user);
	free(config->workdir);
	free(config->stop_signal);
	free(config->diff_ids);
	memset(config, 0, sizeof(*config));
}

void imgconfig_chain_id(const struct imgconfig *config, struct digest *chain)
{
	if (!config->nr_diff_ids) {
		digest_of("", 0, chain);
		return;
	}
	*chain = config->diff_ids[0];
	for (size_t i = 1; i < config->nr_diff_ids; i++) {
		auto_free char *text = mem_printf("%s %s", chain->text, config->diff_ids[i].text);

		digest_of(text, strlen(text), chain);
	}
}
