# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# cache.sh - what is expensive is made once: one directory per part and content key, under the user's cache.
#
# A part is an executable with two verbs: `PART key` prints what its result depends on beside its own text (package
# versions, other parts), `PART build DIR` fills the new directory DIR. It is made beside its place and renamed when
# whole, so what is there is always complete; a lock lets several checkouts share one making.

CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/hypha
CACHE_KEEP=3	# results kept of each part, the newest: checkouts of different ages take turns
export CACHE

# cached PART: makes it unless it is there and prints its directory.
cached() {
	cached_name=$(basename "$1")
	cached_key=$({ "$1" key && cat "$1"; } | sha256sum | cut -c 1-20) || return 1
	cached_dir=$CACHE/$cached_name-$cached_key
	if [ ! -d "$cached_dir" ]; then
		mkdir -p "$CACHE"
		(
			flock 9
			[ -d "$cached_dir" ] || cached_make "$1" >&2
		) 9>"$CACHE/.lock-$cached_name" || return 1
	fi
	touch "$cached_dir"
	echo "$cached_dir"
}

cached_make() {
	cached_tmp=$CACHE/.new-$cached_name-$$
	rm -rf "$CACHE/.new-$cached_name-"*	# ours alone: we hold the lock
	trap 'rm -rf "$cached_tmp"; exit 130' INT TERM HUP
	mkdir "$cached_tmp"
	echo "lab: making $cached_name (kept in $cached_dir)" >&2
	if ! "$1" build "$cached_tmp"; then
		rm -rf "$cached_tmp"
		echo "lab: making $cached_name failed" >&2
		return 1
	fi
	mv "$cached_tmp" "$cached_dir"
	# shellcheck disable=SC2012 # our own names
	ls -dt "$CACHE/$cached_name"-* | tail -n +$((CACHE_KEEP + 1)) | xargs -r rm -rf --
}

# package_versions NAME…: what apt would install now, or (none).
package_versions() {
	apt-cache policy "$@" | awk '/^[^ ]/ { name = $1 } $1 == "Candidate:" { print name, $2 }'
}

# package_unpack DIR NAME…: downloads Debian packages and unpacks them below DIR; nothing is installed.
package_unpack() {
	unpack_dir=$1
	shift
	mkdir -p "$unpack_dir/.debs"
	(cd "$unpack_dir/.debs" && apt-get -qq -o APT::Sandbox::User=root download "$@" >/dev/null) ||
		{ apt-get -qq update && (cd "$unpack_dir/.debs" && apt-get -qq -o APT::Sandbox::User=root download "$@" >/dev/null); } ||
		return 1
	for unpack_deb in "$unpack_dir/.debs"/*.deb; do
		dpkg-deb -x "$unpack_deb" "$unpack_dir" || return 1
	done
	rm -rf "$unpack_dir/.debs"
}
