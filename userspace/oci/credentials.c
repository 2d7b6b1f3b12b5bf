// SPDX-License-Identifier: GPL-2.0-or-later
/* The user's credentials for a repository, from the files of docker and of containers-auth.json(5). */
#include "oci/auth.h"

#include "oci/document.h"
#include "util/base64.h"
#include "util/buf.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/file.h"
#include "util/mem.h"

#include <errno.h>
#include <malloc.h>
#include <openssl/evp.h>
#include <string.h>
#include <strings.h>

#define CONFIG_MAX (1 << 20)
#define HUB "docker.io"
#define HUB_KEY "https://index.docker.io/v1/"

bool credentials_any(const struct credentials *cred)
{
	return cred->user || cred->identity;
}

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

static const json_t *find_host(const json_t *map, const char *host)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)map, key, value)
		if (key_is_host(key, host))
			return value;
	return NULL;
}

/* The member of the longest key that fits: host/ns/repo, host/ns, host. */
static const json_t *find_key(const json_t *map, const char *domain, const char *path)
{
	auto_free char *key = mem_printf("%s/%s", domain, path);
	size_t host = strlen(domain);
	const json_t *value = NULL;

	for (char *cut = key + strlen(key); !value && cut; cut = strrchr(key, '/')) {
		*cut = '\0';
		value = strlen(key) > host ? json_object_get(map, key) : NULL;
	}
	if (!value && !strcmp(domain, HUB))
		value = find_host(map, "index." HUB);
	return value ? value : find_host(map, domain);
}

/* "user:password", base64. */
static int decode_auth(const char *text, struct credentials *cred)
{
	size_t len = 0;
	auto_secret char *plain = base64_decode(text, &len);
	char *colon = plain ? strchr(plain, ':') : NULL;

	if (!plain)
		return err_set(-EBADMSG, "\"auth\" is not base64");
	while (len && !plain[len - 1])		/* as some tools pad it */
		len--;
	if (!colon || strlen(plain) != len)
		return err_set(-EBADMSG, "\"auth\" is not user:password");
	*colon = '\0';
	if (colon[1] || !cred->identity) {	/* beside an identity token there may be only a name */
		cred->user = mem_strdup(plain);
		cred->password = mem_strdup(colon + 1);
		explicit_bzero(colon + 1, strlen(colon + 1));
	}
	return 0;
}

static int read_entry(const json_t *entry, struct credentials *cred)
{
	const char *auth = json_string_value(json_object_get(entry, "auth"));
	const char *user = json_string_value(json_object_get(entry, "username"));
	const char *password = json_string_value(json_object_get(entry, "password"));
	const char *identity = json_string_value(json_object_get(entry, "identitytoken"));

	if (identity && *identity)
		cred->identity = mem_strdup(identity);
	if (auth && *auth)
		return decode_auth(auth, cred);
	if (user && *user && password) {
		cred->user = mem_strdup(user);
		cred->password = mem_strdup(password);
	}
	return 0;
}

static int ask_helper(const json_t *helper, const char *domain, struct credentials *cred)
{
	const char *name = json_string_value(helper);

	if (!name)
		return err_set(-EBADMSG, "the credential helper's name is not text");
	/* an empty name means none, where credsStore has another for the rest */
	return *name ? credhelper_get(name, strcmp(domain, HUB) ? domain : HUB_KEY, cred) : 0;
}

static int look_up(const json_t *config, const char *domain, const char *path, struct credentials *cred)
{
	const json_t *helper = find_key(json_object_get(config, "credHelpers"), domain, path), *entry;
	int err = 0;

	if (!helper)
		helper = json_object_get(config, "credsStore");
	if (helper)
		err = ask_helper(helper, domain, cred);
	if (err || credentials_any(cred))
		return err;
	entry = find_key(json_object_get(config, "auths"), domain, path);
	err = entry ? read_entry(entry, cred) : 0;
	return err ? err_in(err, "auths: %s", domain) : 0;
}

/* Everything jansson frees may be a secret, from the first such file on. */
static void wipe_free(void *p)
{
	if (p)
		explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

/* document_parse() would show what is wrong, and that may be a secret. */
static int parse(const char *json, size_t len, json_t **config)
{
	json_error_t error;

	json_set_alloc_funcs(malloc, wipe_free);
	*config = json_loadb(json, len, JSON_REJECT_DUPLICATES, &error);
	if (!*config)
		return err_set(-EBADMSG, "line %d is not valid JSON", error.line);
	return json_is_object(*config) ? 0 : err_set(-EBADMSG, "not a JSON object");
}

int credentials_parse(const char *json, size_t len, const char *domain, const char *path, struct credentials *cred)
{
	auto_json json_t *config = NULL;
	int err = parse(json, len, &config);

	*cred = (struct credentials){ 0 };
	return err ? err : look_up(config, domain, path, cred);
}

/* ~/.dockercfg is what "auths" is elsewhere. */
static int parse_legacy(const char *json, size_t len, const char *domain, const char *path, struct credentials *cred)
{
	auto_json json_t *auths = NULL;
	const json_t *entry;
	int err = parse(json, len, &auths);

	*cred = (struct credentials){ 0 };
	entry = err ? NULL : find_key(auths, domain, path);
	return entry ? read_entry(entry, cred) : err;
}

static char *from_environment(const char *variable, const char *tail)
{
	const char *value = getenv(variable);

	return value && *value ? mem_printf("%s%s", value, tail) : NULL;
}

static char *or_else(char *path, char *otherwise)
{
	if (path)
		free(otherwise);
	return path ? path : otherwise;
}

/* Those that may be, in order; NULL where there is no place for one. */
#define NR_FILES 4
#define LEGACY (NR_FILES - 1)
static void name_files(char *files[NR_FILES])
{
	files[0] = or_else(from_environment("XDG_RUNTIME_DIR", "/containers/auth.json"),
			   mem_printf("/run/containers/%u/auth.json", getuid()));
	files[1] = or_else(from_environment("XDG_CONFIG_HOME", "/containers/auth.json"),
			   from_environment("HOME", "/.config/containers/auth.json"));
	files[2] = or_else(from_environment("DOCKER_CONFIG", "/config.json"), from_environment("HOME", "/.docker/config.json"));
	files[LEGACY] = from_environment("HOME", "/.dockercfg");
}

static int load_file(const char *file, bool legacy, const char *domain, const char *path, struct credentials *cred)
{
	auto_secret_buf text = BUF_INIT;
	int err = file_read(file, CONFIG_MAX, &text);

	if (err)
		return err;
	err = (legacy ? parse_legacy : credentials_parse)(buf_str(&text), text.len, domain, path, cred);
	return err ? err_in(err, "%s", file) : 0;
}

int credentials_load(const char *domain, const char *path, struct credentials *cred)
{
	auto_free char *only = from_environment("REGISTRY_AUTH_FILE", "");
	char *files[NR_FILES];
	int err = 0;

	*cred = (struct credentials){ 0 };
	if (only)
		return load_file(only, false, domain, path, cred);
	name_files(files);
	for (int i = 0; i < NR_FILES; i++) {
		if (!err && !credentials_any(cred) && files[i] && (!access(files[i], F_OK) || errno == EACCES))
			err = load_file(files[i], i == LEGACY, domain, path, cred);
		free(files[i]);
	}
	return err;
}

int (*credentials_source)(const char *domain, const char *path, struct credentials *cred) = credentials_load;

void credentials_clean(struct credentials *cred)
{
	free(cred->user);
	mem_wipe(cred->password);
	mem_wipe(cred->identity);
	free(cred->note);
	*cred = (struct credentials){ 0 };
}

char *credentials_basic(const struct credentials *cred)
{
	auto_secret char *plain = mem_printf("%s:%s", cred->user, cred->password);
	size_t len = strlen(plain);
	char *header = mem_alloc(sizeof("Basic ") + (len + 2) / 3 * 4);

	strcpy(header, "Basic ");
	EVP_EncodeBlock((unsigned char *)header + 6, (const unsigned char *)plain, (int)len);
	return header;
}
