// SPDX-License-Identifier: GPL-2.0-or-later
/* The user's credentials for a registry, from docker's configuration file ("auths"). */
#include "oci/auth.h"

#include "oci/document.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/file.h"
#include "util/mem.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CONFIG_MAX (1 << 20)
#define HUB_KEY "https://index.docker.io/v1/"

/* "https://host/v1/" and "host" name the same registry; a key with any other path is for something narrower. */
static bool key_is_host(const char *key, const char *host)
{
	static const char *const tails[] = { "", "/", "/v1", "/v1/", "/v2", "/v2/" };
	size_t len = strlen(host);

	if (!strncmp(key, "https://", 8))
		key += 8;
	else if (!strncmp(key, "http://", 7))
		key += 7;
	if (strncasecmp(key, host, len))
		return false;
	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++)
		if (!strcmp(key + len, tails[i]))
			return true;
	return false;
}

static const json_t *find_auth(const json_t *auths, const char *host)
{
	const json_t *exact = json_object_get(auths, host);
	const char *key;
	json_t *value;

	if (exact)
		return exact;
	json_object_foreach((json_t *)auths, key, value)
		if (key_is_host(key, host))
			return value;
	return NULL;
}

/* "user:password", base64. */
static int decode_auth(const char *text, struct credentials *cred)
{
	size_t len = strlen(text);
	auto_free unsigned char *plain = mem_alloc(len + 4);
	char *colon;
	int n = len % 4 || len > CONFIG_MAX ? -1 : EVP_DecodeBlock(plain, (const unsigned char *)text, len);

	if (n < 0)
		return err_set(-EBADMSG, "\"auth\" is not base64");
	while (len && text[len - 1] == '=' && n)
		len--, n--;
	plain[n] = '\0';
	colon = strchr((char *)plain, ':');
	if (!colon || strlen((char *)plain) != (size_t)n)
		return err_set(-EBADMSG, "\"auth\" is not user:password");
	*colon = '\0';
	cred->user = mem_strdup((char *)plain);
	cred->password = mem_strdup(colon + 1);
	return 0;
}

static int read_entry(const json_t *entry, struct credentials *cred)
{
	const char *auth = json_string_value(json_object_get(entry, "auth"));
	const char *user = json_string_value(json_object_get(entry, "username"));
	const char *password = json_string_value(json_object_get(entry, "password"));

	if (auth && *auth)
		return decode_auth(auth, cred);
	if (user && *user && password) {
		cred->user = mem_strdup(user);
		cred->password = mem_strdup(password);
	} else if (json_object_get(entry, "identitytoken")) {
		cred->note = mem_strdup("an identity token is configured, which is not supported yet");
	}
	return 0;
}

static void note_helper(const json_t *config, const char *host, struct credentials *cred)
{
	const char *helper = json_string_value(json_object_get(json_object_get(config, "credHelpers"), host));

	if (!helper)
		helper = json_string_value(json_object_get(config, "credsStore"));
	if (helper && !cred->user && !cred->note)
		cred->note = mem_printf("credentials are kept by docker-credential-%s, which is not supported yet", helper);
}

int credentials_parse(const char *json, size_t len, const char *host, struct credentials *cred)
{
	auto_json json_t *config = NULL;
	const json_t *entry = NULL;
	int err = document_parse(json, len, &config);

	*cred = (struct credentials){ 0 };
	if (err)
		return err;
	if (!strcmp(host, "docker.io"))
		entry = json_object_get(json_object_get(config, "auths"), HUB_KEY);
	if (!entry)
		entry = find_auth(json_object_get(config, "auths"), host);
	if (entry)
		err = read_entry(entry, cred);
	if (err)
		return err_in(err, "auths: %s", host);
	note_helper(config, host, cred);
	return 0;
}

int credentials_load(const char *host, struct credentials *cred)
{
	const char *dir = getenv("DOCKER_CONFIG"), *home = getenv("HOME");
	auto_free char *path = NULL;
	auto_buf text = BUF_INIT;
	int err;

	*cred = (struct credentials){ 0 };
	if (dir && *dir)
		path = mem_printf("%s/config.json", dir);
	else if (home && *home)
		path = mem_printf("%s/.docker/config.json", home);
	else
		return 0;
	if (access(path, F_OK) && errno == ENOENT)
		return 0;
	err = file_read(path, CONFIG_MAX, &text);
	if (err)
		return err;
	err = credentials_parse(buf_str(&text), text.len, host, cred);
	return err ? err_in(err, "%s", path) : 0;
}

void credentials_clean(struct credentials *cred)
{
	free(cred->user);
	if (cred->password)
		explicit_bzero(cred->password, strlen(cred->password));
	free(cred->password);
	free(cred->note);
	*cred = (struct credentials){ 0 };
}

char *credentials_basic(const struct credentials *cred)
{
	auto_free char *plain = mem_printf("%s:%s", cred->user, cred->password);
	size_t len = strlen(plain);
	char *header = mem_alloc(sizeof("Basic ") + (len + 2) / 3 * 4);

	strcpy(header, "Basic ");
	EVP_EncodeBlock((unsigned char *)header + 6, (const unsigned char *)plain, len);
	return header;
}
