# SPDX-License-Identifier: GPL-2.0-or-later
# make: module, userland, guest init.  make demo | test | test-debug | debug-kernel | endurance | bench | bench-net | bench-images |
# fuzz-smoke | fuzz-rings | mutants | check | analyze | install | guest-kernel: see README.md and docs/testing.md
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

test-debug: deps
	@selftests/test-debug $(SUITES)

debug-kernel: deps
	@selftests/lab/debug dom0 true
	@selftests/lab/debug kasan true

# What make test does in short: hours.
endurance: deps
	@TEST_ENV='STEPS=0 CUTS=200 CYCLES=1000 LAUNCHES=50 GUESTS=24 MINUTES=10' TEST_WORDS='mem=6144 timeout=14400' \
		selftests/test storesteps killsteps powercut endurance

mutants: deps
	@selftests/mutants/run $(MUTANTS)

bench-net: deps
	@selftests/bench/net/run

bench-images: deps userspace
	@selftests/bench/images/run

bench: deps
	@selftests/bench/run

fuzz-smoke: deps
	@selftests/fuzz/smoke

fuzz-rings: deps
	@TEST_ENV="DESCRIPTORS=$(or $(DESCRIPTORS),10000000) FUZZ_SEED=$(or $(FUZZ_SEED),1)" TEST_WORDS=timeout=18000 selftests/test ringfuzz

check: all
	@selftests/check

analyze:
	@selftests/lab/deps analyze
	@selftests/analyze $(ANALYSERS)

guest-kernel:
	@$(MAKE) --no-print-directory -C kernel-patches

clean:
	@$(MAKE) --no-print-directory -C $(KDIR) M=$(CURDIR) clean
	@rm -rf build

.PHONY: all kmod userspace initramfs install deps demo test test-debug debug-kernel endurance bench bench-net bench-images fuzz-smoke fuzz-rings \
	mutants check analyze guest-kernel clean
