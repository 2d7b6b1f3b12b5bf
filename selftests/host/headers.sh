#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# headers.sh DIR KSRC: a kernel include tree for the host: headers.txt forward to kernel.h, Xen's interface is the kernel's own.
set -e
dir=$1 ksrc=$2
here=$(cd "$(dirname "$0")" && pwd)

while read -r header; do
	mkdir -p "$dir/$(dirname "$header")"
	{
		# libc includes some of these itself and wants what the real ones say.
		[ ! -e "/usr/include/$header" ] && [ ! -e "/usr/include/x86_64-linux-gnu/$header" ] ||
			echo "#include_next <$header>"
		echo '#include <kernel.h>'
	} >"$dir/$header"
done <"$here/headers.txt"

[ -d "$ksrc/include/xen/interface" ] || { echo "no kernel headers with xen/interface in '$ksrc'" >&2; exit 1; }
mkdir -p "$dir/xen" "$dir/asm"
ln -sfn "$ksrc/include/xen/interface" "$dir/xen/interface"
ln -sfn "$ksrc/arch/x86/include/asm/xen" "$dir/asm/xen"
for header in pvclock-abi.h emulate_prefix.h; do
	ln -sf "$ksrc/arch/x86/include/asm/$header" "$dir/asm/$header"
done
touch "$dir/.done"
