/* SPDX-License-Identifier: GPL-2.0-only */
/* What a flow costs. */
#ifndef NAT_LOOKUP_H
#define NAT_LOOKUP_H

#include <linux/seq_file.h>

/* Lines "FLOWS NS-TO-ADD NS-TO-FIND". */
int lookup_show(struct seq_file *m, void *v);

#endif
