/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keeper of credentials: a process beside the job, so that neither the user's files nor the credential helpers, which are
 * programs of the user's with their own needs, have to be within its reach.
 */
#ifndef HYPHA_IMAGE_KEEPER_H
#define HYPHA_IMAGE_KEEPER_H

#include "oci/reference.h"

/*
 * Start it: from now on it looks for us, whenever credentials are asked for, but only for those of the registry and mirrors that @ref
 * may be pulled from. It ends with us. Return: 0, or -errno with err_text().
 */
int keeper_start(const struct reference *ref);

#endif
