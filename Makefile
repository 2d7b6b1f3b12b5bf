# SPDX-License-Identifier: GPL-2.0-or-later
# make: module, userland, guest init.  make demo | test | bench | bench-net | bench-images | fuzz-smoke | check | install | guest-kernel:
# see README.md
VERSION := 0.1.0
HYPHA_VERSION := $(VERSION)
KVER ?= $(shell selftests/lab/kver)
KDIR ?= /lib/modules/$(KVER)/build
PREFIX ?= /usr
export VERSION HYPHA_VERSION PREFIX

all: kmod userspace initramfs

kmod:
	@$(MAKE) --no-print-directory -C $(KDIR) M=$(CURDIR) modules

userspace initramfs:
	@$(MAKE) --no-print-directory -C $@

install: all
	install -D -m 644 hypha.ko $(DESTDIR)/lib/modules/$(KVER)/updates/hypha.ko
	@$(MAKE) --no-print-directory -C userspace install
	@$(MAKE) --no-print-directory -C initramfs install
	@[ -n "$(DESTDIR)" ] || depmod $(KVER)

deps:
	@selftests/lab/deps

demo test: deps
	@selftests/$@

bench-net: deps
	@selftests/bench/net/run

bench-images: deps userspace
	@selftests/bench/images/run

bench: deps
	@selftests/bench/run

fuzz-smoke: deps
	@selftests/fuzz/smoke

check: all
	@selftests/check

guest-kernel:
	@$(MAKE) --no-print-directory -C kernel-patches

clean:
	@$(MAKE) --no-print-directory -C $(KDIR) M=$(CURDIR) clean
	@rm -rf build

.PHONY: all kmod userspace initramfs install deps demo test bench bench-net bench-images fuzz-smoke check guest-kernel clean
