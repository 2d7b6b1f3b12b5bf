#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# SIGKILL at the system calls of what changes the image store, before and after each (../stepper). Whatever is killed where: the
# store verifies, shows images that are whole or none, and the same command once more leaves what it leaves undisturbed. KTAP.
#
# STEPS, SEED: ../stepper/steps.sh
cd "$(dirname "$0")" || exit 1
[ "$(id -u)" -eq 0 ] || { echo "KTAP version 1"; echo "1..0 # SKIP needs root"; exit 0; }
. ./suite.sh
. ../stepper/steps.sh

have_registry
begin
need skopeo umoci docker-registry unsquashfs jq flock
need_hyphactl
run=("$build/hyphactl") killstep=$top/build/stepper/killstep
check "the stepper" make -s -C ../stepper
[ -x "$killstep" ] || finish

files() { find "$HYPHA_ROOT/images" -type f ! -name lease ! -name index.lock ! -name index.json | sort | sed "s,^$HYPHA_ROOT,,"; }
is_left() { same "$(files)" "$(cat "$scratch/$1.files")"; }
unlocked() {
	local lock
	for lock in "$HYPHA_ROOT"/images/{lease,index.lock} "$HYPHA_ROOT"/images/{tmp,partial}/*; do
		[ ! -e "$lock" ] || flock -n "$lock" true || { echo "$lock is locked"; return 1; }
	done
}

# All there is is whole, whatever of it is there.
sound() {
	local name
	unlocked && hypha image verify -q || return
	same "$(jq '.manifests | length' "$HYPHA_ROOT/images/index.json" 2>/dev/null || echo 0)" "$(hypha images -o jsonl | wc -l)" || return
	for name in $(hypha images -o jsonl 2>/dev/null | jq -r '.repository + ":" + .tag'); do
		is_image "$name" || return
	done
}

# --- the commands: before NAME, NAME itself, by ${run[@]}, and after it was killed ---

before_pull() { use_root pull; }
do_pull() { "${run[@]}" pull -q "$source"; }
after_pull() { sound && do_pull && unlocked && is_image "$source" && is_left whole; }

before_load() { use_root load; }
do_load() { "${run[@]}" image load -q -i "$scratch/image.tar"; }
after_load() { sound && do_load && unlocked && is_image example.org/a:1 && is_left whole; }

# A whole store to take away from.
before_rm() { use_root rm && cp -a "$scratch/whole" "$HYPHA_ROOT"; }
do_rm() { "${run[@]}" image rm "$source"; }
after_rm() {
	sound || return
	[ -z "$(hypha images -q)" ] || do_rm || return
	hypha image prune && unlocked && is_left empty
}

before_prune() { use_root prune && cp -a "$scratch/whole" "$HYPHA_ROOT"; }
do_prune() { "${run[@]}" image prune -a; }
after_prune() { sound && do_prune && unlocked && is_left empty; }

before_tag() { use_root tag && cp -a "$scratch/whole" "$HYPHA_ROOT"; }
do_tag() { "${run[@]}" image tag "$source" example.org/b:2; }
after_tag() { sound && is_image "$source" && do_tag && is_image example.org/b:2 && is_left whole; }

make_source() {
	start_registry registry && source=127.0.0.1:$port/image:1 || return
	skopeo copy -q --dest-tls-verify=false "oci:$scratch/layout:t" "docker://$source" &&
		skopeo copy -q "oci:$scratch/layout:t" "oci-archive:$scratch/image.tar:example.org/a:1" || return
	use_root empty && hypha image prune && files >"$scratch/empty.files" || return
	use_root whole && do_pull && is_image "$source" && files >"$scratch/whole.files"
}

check "an image made by umoci" make_image
check "a registry, an archive, an empty store and a whole one" make_source
for name in pull load tag rm prune; do
	check "SIGKILL at any system call of $name: all or nothing, nothing is left behind" killed $name
	grep '^# ' "$scratch/said"
done
finish
