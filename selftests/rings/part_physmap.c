// SPDX-License-Identifier: GPL-2.0-only
/* The product's own xen/physmap.c, built into this test. */
#include "../../kmod/xen/physmap.c"
