// SPDX-License-Identifier: GPL-2.0-only
/* The product's own block/image.c, built into this test. */
#include "../../kmod/block/image.c"
