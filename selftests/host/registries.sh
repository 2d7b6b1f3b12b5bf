#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Registries as configured: TLS, client certificates, credentials, tokens, mirrors, proxies, with docker-registry; and who is sent
# what, by the records of registry_front.py, which stands before them. KTAP. In a network namespace of its own:
#
#   hypha-image ─┬─ reg.example       TLS          ─ docker-registry, open           127.0.0.1:5001 ┐
#                ├─ basic.example     TLS, → cdn   ─ docker-registry, htpasswd       127.0.0.1:5002 ┤ one storage
#                ├─ token.example     TLS          ─ docker-registry, token          127.0.0.1:5003 ┤
#                ├─ mtls.example                     docker-registry, its own TLS, wants a client's ┘
#                ├─ mirror.example    TLS          ─ docker-registry, mirror of 5001 127.0.0.1:5004
#                ├─ auth.example      TLS            token server; auth-get.example: no forms; auth-plain.example: no TLS;
#                │                                   moved.example: → other.example
#                ├─ plain.example     no TLS       ─ 5002; plain-open.example ─ 5001; clear.example: TLS, token server without
#                └─ proxy.example     proxy
cd "$(dirname "$0")" || exit 1
. ./suite.sh
have_registry
if [ -z "$REGISTRIES_SH_INSIDE" ] && [ "$(id -u)" -eq 0 ]; then
	REGISTRIES_SH_INSIDE=1 exec unshare -nm "$PWD/${0##*/}" "$@"
fi
begin
export HYPHA_CONF=$scratch/hypha.conf
[ "$(id -u)" -eq 0 ] || skip_all "needs root: a network namespace"
need docker-registry skopeo umoci mksquashfs python3 openssl ip
need_tool
unset DOCKER_CONFIG
mkdir -p "$XDG_RUNTIME_DIR/containers" "$scratch/bin"

# --- the world ---

names=(reg basic token mtls mirror auth auth-get auth-plain moved plain plain-open clear proxy cdn other)

make_names() {
	local i
	ip link set lo up && ip addr add 192.0.2.0/24 dev lo || return
	echo "127.0.0.1 localhost" >"$scratch/hosts"
	for i in "${!names[@]}"; do
		echo "192.0.2.$((i + 1)) ${names[i]}.example"
	done >>"$scratch/hosts"
	mount --bind "$scratch/hosts" /etc/hosts
}

authority() { # FILE SUBJECT: key and certificate in one file
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$2" -keyout "$scratch/k" -out "$scratch/c" 2>/dev/null &&
		cat "$scratch/k" "$scratch/c" >"$1"
}

sign() { # FILE SUBJECT EXTENSION: the same, signed by the first authority
	openssl req -newkey rsa:2048 -nodes -subj "/CN=$2" -keyout "$scratch/k" -out "$scratch/r" 2>/dev/null &&
		openssl x509 -req -in "$scratch/r" -CA "$scratch/ca.pem" -CAkey "$scratch/ca.pem" -CAcreateserial -days 2 \
			-extfile <(echo "$3") -out "$scratch/c" 2>/dev/null && cat "$scratch/k" "$scratch/c" >"$1"
}

make_certificates() {
	local san
	san=$(printf 'DNS:%s.example,' "${names[@]}")
	authority "$scratch/ca.pem" "an authority" && authority "$scratch/other-ca.pem" "another authority" &&
		authority "$scratch/token.pem" "token server" && sign "$scratch/server.pem" "server" "subjectAltName=${san%,}" &&
		sign "$scratch/client.pem" "client" "extendedKeyUsage=clientAuth" || return
	openssl pkey -in "$scratch/client.pem" -out "$scratch/client.key" && openssl x509 -in "$scratch/client.pem" -out "$scratch/client.crt"
}

serve() { # HOST PORT DIRECTORY [HTTP] [YAML]
	cat >"$scratch/$2.yml" <<-END
		version: 0.1
		log: {level: error, accesslog: {disabled: true}}
		storage: {filesystem: {rootdirectory: $scratch/$3}}
		http: {addr: "$1:$2"$4}
		$5
	END
	docker-registry serve "$scratch/$2.yml" >"$scratch/$2.log" 2>&1 &
	pids+=($!)
	wait_port "$1" "$2"
}

start_registries() {
	# bcrypt of "secret"
	echo 'user:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a' >"$scratch/htpasswd"
	serve 127.0.0.1 5001 storage &&
		serve 127.0.0.1 5002 storage "" "auth: {htpasswd: {realm: r, path: $scratch/htpasswd}}" &&
		serve 127.0.0.1 5003 storage "" "auth: {token: {realm: 'https://auth.example/token', service: service,
			issuer: issuer, rootcertbundle: $scratch/token.pem}}" &&
		serve 127.0.0.1 5004 mirrored "" "proxy: {remoteurl: 'http://127.0.0.1:5001'}" &&
		serve mtls.example 443 storage \
			", tls: {certificate: $scratch/server.pem, key: $scratch/server.pem, clientcas: [$scratch/ca.pem]}"
}

start_fronts() {
	python3 registry_front.py "$scratch" reg.example:443,tls=yes,to=5001 \
		basic.example:443,tls=yes,to=5002,blobs=https://cdn.example \
		token.example:443,tls=yes,to=5003 token.example:444,tls=yes,to=5003,realm=https://auth-get.example/token \
		token.example:445,tls=yes,to=5003,realm=https://moved.example/token \
		moved.example:443,tls=yes,moved=https://other.example/token \
		localhost:6000,to=5003,realm=http://auth-plain.example/token \
		clear.example:443,tls=yes,to=5003,realm=http://auth-plain.example/token \
		clear.example:80,to=5003,realm=http://auth-plain.example/token \
		mirror.example:443,tls=yes,to=5004 auth.example:443,tls=yes,token=post auth-get.example:443,tls=yes,token=get \
		auth-plain.example:80,token=post plain.example:80,to=5002 plain-open.example:80,to=5001 cdn.example:443,tls=yes,to=5001 \
		other.example:443,tls=yes,basic=yes,to=5001 other.example:444,tls=yes,to=1 proxy.example:3128,proxy=yes \
		>"$scratch/ready" 2>"$scratch/front.err" &
	pids+=($!)
	wait_file "$scratch/ready" || { cat "$scratch/front.err"; return 1; }
}

make_image() (
	set -e
	cd "$scratch"
	umoci init --layout layout
	umoci new --image layout:t
	mkdir -p x/etc && echo one >x/etc/one && tar -C x -cf one.tar etc && echo two >x/etc/two && tar -C x -cf two.tar etc/two
	umoci raw add-layer --image layout:t one.tar
	umoci raw add-layer --image layout:t two.tar
	umoci config --image layout:t --config.cmd /x
	for name in app public/app team/app; do
		skopeo copy -q --dest-tls-verify=false oci:layout:t "docker://127.0.0.1:5001/$name:1"
	done
)

check "names and addresses" make_names
check "certificates" make_certificates
check "registries" start_registries
check "fronts" start_fronts
check "an image" make_image
digest=$(skopeo inspect --tls-verify=false --format '{{.Digest}}' docker://127.0.0.1:5001/app:1)

# --- what is tried, and what was seen ---

conf() { # the configuration from standard input; all that speak TLS are known by our authority
	local name
	cat >"$HYPHA_CONF"
	for name in reg basic token token.example:444 token.example:445 mirror auth auth-get moved cdn other other.example:444 clear; do
		[ "${name#*.}" != "$name" ] || name=$name.example
		grep -qF "[registry \"$name\"]" "$HYPHA_CONF" || printf '[registry "%s"]\nca = %s\n' "$name" "$scratch/ca.pem"
	done >"$scratch/more"
	cat "$scratch/more" >>"$HYPHA_CONF"
}

auths() { # HOST=USER:PASSWORD…: as podman keeps them
	local pair list=
	for pair; do
		list="$list,\"${pair%%=*}\":{\"auth\":\"$(printf %s "${pair#*=}" | base64)\"}"
	done
	printf '{"auths":{%s}}' "${list#,}" >"$XDG_RUNTIME_DIR/containers/auth.json"
	rm -f "$HOME/.docker/config.json"
}

docker_config() { # JSON
	rm -f "$XDG_RUNTIME_DIR/containers/auth.json"
	printf '%s' "$1" >"$HOME/.docker/config.json"
}

attempt() { # REF: into a store of its own, with a record of its own
	rm -rf "$scratch/root"
	: >"$scratch/sent"
	timeout 60 "$tool" "$scratch/root" always "$1" >"$scratch/out" 2>"$scratch/err"
	local status=$?
	tee -a "$scratch/all" <"$scratch/err"
	cat "$scratch/sent" >>"$scratch/all-sent"
	return "$status"
}

pulls() { attempt "$1"; }

refuses() { # REF TEXT
	if attempt "$1"; then
		echo "did not fail"
		return 1
	fi
	grep -qF -- "$2" "$scratch/err" || { echo "does not say: $2"; return 1; }
	[ -z "$("$tool" "$scratch/root" list)" ]
}

sent() { grep -E "^$1" "$scratch/sent"; }			# NAME…: something was
unsent() { ! grep -E "^$1" "$scratch/sent"; }		# NAME…: nothing was
bare() { sent "$1" && ! grep -E "^$1 [^ ]+ [^ ]+ [^-]" "$scratch/sent"; }	# NAME: something was, without credentials
Basic() { printf 'Basic_%s' "$(printf %s "$1" | base64)"; }

all() { # COMMAND [AND COMMAND]…
	local words=()
	while [ $# -gt 0 ]; do
		words=()
		while [ $# -gt 0 ] && [ "$1" != and ]; do
			words+=("$1")
			shift
		done
		shift
		"${words[@]}" || { echo "failed: ${words[*]}"; return 1; }
	done
}

# --- TLS ---

auths
conf <<<''
check "TLS by an authority of one's own" all pulls reg.example/app:1 and bare reg.example
conf <<<'[registry "reg.example"]'
check "an authority nobody has told of" all refuses reg.example/app:1 "certificate" and unsent reg.example
conf <<<"[registry \"reg.example\"]
ca = $scratch/other-ca.pem"
check "another authority" all refuses reg.example/app:1 "certificate" and unsent reg.example
conf <<<"[registry \"reg.example\"]
ca = $scratch/absent.pem"
check "an authority's file that is not there" refuses reg.example/app:1 "absent.pem"
conf <<<"[registry \"mtls.example\"]
ca = $scratch/ca.pem"
check "no client certificate" refuses mtls.example/app:1 "mtls.example"
conf <<<"[registry \"mtls.example\"]
ca = $scratch/ca.pem
client-cert = $scratch/client.pem"
check "a client certificate with its key" pulls mtls.example/app:1
check "it is shown to no other host" all pulls reg.example/app:1 and sent "reg.example .* -" and unsent ".* cert"
conf <<<"[registry \"mtls.example\"]
ca = $scratch/ca.pem
client-cert = $scratch/client.crt
client-key = $scratch/client.key"
check "a client certificate and a key apart" pulls mtls.example/app:1
conf <<<"[registry \"mtls.example\"]
ca = $scratch/ca.pem
client-cert = $scratch/client.crt
client-key = $scratch/absent.key"
check "a key that is not there" refuses mtls.example/app:1 "absent.key"

# --- credentials ---

conf <<<''
auths basic.example=user:secret
check "Basic, from podman's file; redirected without" \
	all pulls basic.example/app:1 and sent "basic.example .* $(Basic user:secret)" and bare cdn.example
auths
check "none" refuses basic.example/app:1 "authentication required"
auths other.example=user:secret basic.example:444=user:secret example=user:secret
check "only other hosts'" all refuses basic.example/app:1 "authentication required" and bare basic.example
auths basic.example=user:wrong
check "wrong ones" refuses basic.example/app:1 "access denied"
auths basic.example=user:wrong basic.example/team=user:secret
check "of the namespace" all pulls basic.example/team/app:1 and unsent "basic.example .* $(Basic user:wrong)"
check "not of another" refuses basic.example/app:1 "access denied"
docker_config "{\"auths\":{\"https://basic.example/v1/\":{\"auth\":\"$(printf user:secret | base64)\"}}}"
check "from docker's file" pulls basic.example/app:1

helper() { # NAME SCRIPT
	printf '#!/bin/sh\n%s\n' "$2" >"$scratch/bin/docker-credential-$1" && chmod +x "$scratch/bin/docker-credential-$1"
}
PATH=$scratch/bin:$PATH
helper good "cat >'$scratch/asked'; tr '\\0' ' ' </proc/\$PPID/cmdline >>'$scratch/argv'
	echo '{\"ServerURL\":\"\",\"Username\":\"user\",\"Secret\":\"secret\"}'"
helper bad 'echo the keychain is locked; exit 1'
helper none 'echo credentials not found in native keychain; exit 1'
helper token 'echo "{\"ServerURL\":\"\",\"Username\":\"<token>\",\"Secret\":\"identity\"}"'
docker_config '{"credHelpers":{"basic.example":"good"},"credsStore":"bad"}'
was_asked() { [ "$(cat "$scratch/asked")" = basic.example ]; }
check "from a helper" all pulls basic.example/app:1 and was_asked
docker_config '{"credsStore":"bad"}'
check "a broken helper is not anonymity" all refuses reg.example/app:1 "docker-credential-bad: exit status 1: the keychain is locked" and \
	unsent reg.example
docker_config '{"credsStore":"none"}'
check "a helper that knows none is" pulls reg.example/app:1

# --- tokens ---

auths token.example=user:secret
check "a token for a name and password" all pulls token.example/app:1 and sent "auth.example GET .* $(Basic user:secret)" and \
	sent "token.example .* Bearer_"
check "which the registry itself never sees" unsent "token.example .* $(Basic user:secret)"
auths
check "a token for nobody" all pulls token.example/public/app:1 and bare auth.example
check "no token for nobody" refuses token.example/app:1 "no anonymous access"
auths token.example=user:wrong
check "no token for a wrong password" refuses token.example/app:1 "the credentials were refused"
auths auth.example=user:secret
check "credentials of the token server's host are another host's" all refuses token.example/app:1 "no anonymous access" and \
	bare auth.example
docker_config '{"auths":{"token.example":{"identitytoken":"identity"}}}'
check "an identity token, by form" all pulls token.example/app:1 and sent "auth.example POST /token -" and unsent "auth.example GET"
docker_config '{"auths":{"token.example":{"identitytoken":"expired"}}}'
check "a bad identity token" refuses token.example/app:1 "the identity token was refused"
docker_config '{"credsStore":"token"}'
check "an identity token from a helper" pulls token.example/app:1
check "an identity token where no form is taken" all pulls token.example:444/app:1 and sent "auth-get.example POST" and \
	sent "auth-get.example GET .* $(Basic '<token>:identity')"
docker_config '{"auths":{"token.example:445":{"identitytoken":"identity"}}}'
check "an identity token goes nowhere else" all refuses token.example:445/app:1 "redirected to" and sent "moved.example POST" and \
	unsent other.example
auths token.example:445=user:secret
check "nor does a password" all refuses token.example:445/app:1 "moved.example" and \
	sent "moved.example GET .* $(Basic user:secret)" and bare other.example
docker_config '{"credsStore":"token"}'
check "an identity token is nothing for Basic" all refuses basic.example/app:1 "there is only an identity token" and \
	bare basic.example

# --- plain http ---

auths plain.example=user:secret plain-open.example=user:secret clear.example=user:secret localhost:6000=user:secret
check "no plain http, unless told" all refuses plain-open.example:80/app:1 "plain-open.example" and unsent plain-open.example
conf <<<'[registry "plain-open.example"]
insecure-http = yes
[registry "plain.example"]
insecure-http = yes
[registry "auth-plain.example"]
insecure-http = yes
[registry "clear.example:80"]
insecure-http = yes'
check "plain http as told, without credentials" all pulls plain-open.example/app:1 and bare plain-open.example
check "credentials are never sent over it" all refuses plain.example/app:1 "never sent over plain http" and bare plain.example
check "nor to a token server over it, behind a registry with TLS" \
	all refuses clear.example/app:1 "is not https, as the registry is" and unsent auth-plain.example
check "nor behind one without" all refuses clear.example:80/app:1 "never sent over plain http" and bare auth-plain.example
check "nor behind this machine itself" all refuses localhost:6000/app:1 "never sent over plain http" and bare localhost and \
	unsent auth-plain.example
check "a token for nobody is" pulls clear.example:80/public/app:1
conf <<<'[registry "127.0.0.1:5001"]
insecure-http = no'
check "no plain http even to this machine, if told" refuses 127.0.0.1:5001/app:1 "127.0.0.1"

# --- mirrors ---

auths basic.example=user:secret
conf <<<'[registry "basic.example"]
ca = '"$scratch"'/ca.pem
mirror = mirror.example'
check "from a mirror, which gets no credentials" all pulls basic.example/app:1 and bare mirror.example and unsent basic.example
named_as_asked() { grep -qxF "reference=basic.example/app:1" "$scratch/out"; }
check "the image has the name it was asked for by" named_as_asked
auths basic.example=user:secret mirror.example=mine:own
check "but its own" all pulls basic.example/app:1 and unsent "mirror.example .* $(Basic user:secret)"
auths basic.example=user:secret other.example=mine:own
conf <<<'[registry "basic.example"]
ca = '"$scratch"'/ca.pem
mirror = other.example'
check "as it asks for them" all pulls basic.example/app:1 and sent "other.example .* $(Basic mine:own)" and \
	unsent "other.example .* $(Basic user:secret)"
auths basic.example=user:secret
check "a mirror that wants some it has none of: the registry itself" \
	all pulls basic.example/app:1 and bare other.example and sent "basic.example .* $(Basic user:secret)"
conf <<<'[registry "basic.example"]
ca = '"$scratch"'/ca.pem
mirror = absent.example
mirror = other.example:444
mirror = mirror.example'
check "mirrors that fail: the next" all pulls basic.example/app:1 and sent other.example and bare mirror.example and \
	unsent basic.example
conf <<<'[registry "reg.example"]
ca = '"$scratch"'/ca.pem
mirror = mirror.example'
docker_config '{"credHelpers":{"mirror.example":"bad"}}'
check "a mirror's credentials that cannot be had end the pull" all refuses reg.example/app:1 "the keychain is locked" and unsent reg.example
auths basic.example=user:secret
conf <<<'[registry "reg.example"]
ca = '"$scratch"'/ca.pem
mirror = mirror.example
[registry "mirror.example"]
ca = /nowhere.pem'
check "so do its certificates that cannot be read" all refuses reg.example/app:1 "mirror mirror.example/app" and unsent reg.example
conf <<<'[registry "reg.example"]
ca = '"$scratch"'/ca.pem
mirror = absent.example
mirror = mirror.example/nothing/here'
says() { grep -qF -- "$1" "$scratch/err"; }
check "all fail: each says why" all refuses reg.example/app:2 "manifest 2: not found" and says "mirror absent.example/app" and \
	says "resolve" \
	and says "mirror mirror.example/nothing/here/app: manifest 2: not found"
conf <<<'[registry "reg.example"]
ca = '"$scratch"'/ca.pem
mirror = mirror.example
pull-from-mirror = digest-only'
check "digest-only: a tag is the registry's to tell" all pulls reg.example/app:1 and unsent mirror.example
check "digest-only: a digest is not" all pulls "reg.example/app@$digest" and unsent reg.example and sent mirror.example
conf <<<'[registry "shop.example/x"]
location = reg.example/team'
check "another location" all pulls shop.example/x/app:1 and sent "reg.example GET /v2/team/app/manifests/1"
conf <<<'[registry "reg.example"]
blocked = yes'
check "blocked" all refuses reg.example/app:1 "$HYPHA_CONF:1: blocked" and unsent reg.example

# --- proxies ---

auths basic.example=user:secret
conf <<<'[registry "basic.example"]
ca = '"$scratch"'/ca.pem
proxy = http://proxy.example:3128'
check "by way of a proxy, and where it is sent on to as well; the proxy sees no credentials" all pulls basic.example/app:1 and \
	sent "proxy.example CONNECT basic.example:443 -" and sent "proxy.example CONNECT cdn.example:443 -" and bare proxy.example
despite_no_proxy() { no_proxy=example all pulls basic.example/app:1 and sent "proxy.example CONNECT basic.example:443 -"; }
check "whatever no_proxy says" despite_no_proxy
check "others are not" all pulls reg.example/app:1 and unsent proxy.example
auths token.example=user:secret
conf <<<'[registry "token.example"]
ca = '"$scratch"'/ca.pem
proxy = http://proxy.example:3128
[registry "auth.example"]
ca = '"$scratch"'/ca.pem
proxy = none'
check "its token server, unless told otherwise" all pulls token.example/app:1 and sent "proxy.example CONNECT token.example" and \
	unsent "proxy.example CONNECT auth.example"
conf <<<''
with() { # VARIABLE=VALUE… -- COMMAND…
	local set=()
	while [ "$1" != -- ]; do
		set+=("$1")
		shift
	done
	shift
	(export "${set[@]}" && "$@")
}
check "by the environment" all with https_proxy=http://proxy.example:3128 -- pulls reg.example/app:1 and \
	sent "proxy.example CONNECT reg.example"
check "except as it says" all with https_proxy=http://proxy.example:3128 no_proxy=reg.example -- pulls reg.example/app:1 and \
	unsent proxy.example
check "never to this machine itself" all with http_proxy=http://proxy.example:3128 all_proxy=http://proxy.example:3128 -- pulls 127.0.0.1:5001/app:1 and \
	unsent proxy.example
conf <<<'[registry "127.0.0.1:5001"]
proxy = http://proxy.example:3128'
check "whatever is configured" all pulls 127.0.0.1:5001/app:1 and unsent proxy.example

# --- the file ---

conf <<<'memory = 1G

[registry "reg.example"]
certificate = x'
check "a word that is wrong" all refuses reg.example/app:1 "$HYPHA_CONF:4: [registry \"reg.example\"]: unknown key \"certificate\"; there are: location" and \
	unsent reg.example
conf <<<'[limits]
layers = 1'
check "a limit" refuses reg.example/app:1 "2 layers, the limit is 1 (layers)"

# --- all that was sent and said ---

never() { ! grep -nE "$1" "$2"; }
check "nobody but those it was for saw a password" \
	never "^(reg|token|mirror|plain|plain-open|clear|auth-plain|proxy|cdn|other)\.example [^ ]+ [^ ]+ $(Basic user:secret)" "$scratch/all-sent"
check "redirect targets, mirrors, the proxy and plain http saw nothing but what was their own" \
	never "^(cdn|mirror|proxy|plain|plain-open|auth-plain)\.example [^ ]+ [^ ]+ [^-]" "$scratch/all-sent"
check "no secret was printed" never "secret|identity[^ ]|mine:own|$(printf user:secret | base64)|$(printf mine:own | base64)" "$scratch/all"
check "nor in the arguments of a program" never "secret|identity" "$scratch/argv"

finish
