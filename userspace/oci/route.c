// SPDX-License-Identifier: GPL-2.0-or-later
/* A host's rule as options of libcurl. */
#include "oci/route.h"

#include "oci/registries.h"

#include <string.h>

static void set_certificates(CURL *easy, const struct registry_rule *rule)
{
	if (rule->ca) {
		curl_easy_setopt(easy, CURLOPT_CAINFO, rule->ca);
		curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);	/* the system's authorities do not count beside it */
	}
	if (rule->client_cert) {
		curl_easy_setopt(easy, CURLOPT_SSLCERT, rule->client_cert);
		curl_easy_setopt(easy, CURLOPT_SSLKEY, rule->client_key ? rule->client_key : rule->client_cert);
	}
}

void route_set(CURL *easy, const char *host, const char *proxy)
{
	const struct registry_rule *rule = registries_host(host);

	if (rule && rule->proxy)
		proxy = rule->proxy;
	if (host_is_loopback(host))
		proxy = "none";
	if (proxy) {
		curl_easy_setopt(easy, CURLOPT_PROXY, strcmp(proxy, "none") ? proxy : "");
		curl_easy_setopt(easy, CURLOPT_NOPROXY, "");	/* the environment's does not count then */
	}
	if (rule)
		set_certificates(easy, rule);
}
