#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# hostile_net.sh - hostile.sh with what the guest does to its network, and to who is in it.
# lab: own timeout=2700
# shellcheck disable=SC2034 # hostile.sh's
kinds=net
# shellcheck source=hostile.sh
. "$(dirname "$0")/hostile.sh"
