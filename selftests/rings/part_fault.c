// SPDX-License-Identifier: GPL-2.0-only
/* The product's own xen/fault.c, built into this test. */
#include "../../kmod/xen/fault.c"
