# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# sources.sh - the project's files, for check and analyze, which run at its top: which there are, which are shell, a copy of all.

# A checkout may belong to somebody else than who tests it.
git() { command git -c safe.directory="$PWD" "$@"; }
sources() { git ls-files -- "$@" | while read -r file; do [ ! -f "$file" ] || echo "$file"; done; }
[ "$(sources '*' | wc -l)" -gt 100 ] || { echo "Bail out! git does not list the project's files"; exit 1; }

scripts() {
	sources '*' | while read -r file; do
		case $file in
		*.sh | *.bash) echo "$file" ;;
		*) head -c 40 "$file" | head -n 1 | tr -d '\0' | grep -qE '^#!.*[/ ](ba)?sh( |$)' && echo "$file" ;;
		esac
	done
}

shell_clean() {
	# shellcheck disable=SC2046 # our file names
	shellcheck -f gcc $(scripts)
}

# copy_of_tree DIR: the files git knows, as they are here and now, and nothing that was built.
copy_of_tree() {
	rm -rf "$1"
	mkdir -p "$1"
	git ls-files -z --cached --others --exclude-standard | xargs -0 ls -d 2>/dev/null | cpio -pdm --quiet "$1" 2>/dev/null
}
