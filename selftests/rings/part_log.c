// SPDX-License-Identifier: GPL-2.0-only
/* The product's own console/log.c, built into this test. */
#include "../../kmod/console/log.c"
