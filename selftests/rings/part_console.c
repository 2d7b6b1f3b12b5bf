// SPDX-License-Identifier: GPL-2.0-only
/* The product's own console/console.c, built into this test. */
#include "../../kmod/console/console.c"
