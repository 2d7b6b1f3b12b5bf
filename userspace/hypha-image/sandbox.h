/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is between a job of hypha-image and the machine, once it reads what strangers have written: layers, each of which would do
 * much alone. docs/images.md, "The sandbox".
 */
#ifndef HYPHA_IMAGE_SANDBOX_H
#define HYPHA_IMAGE_SANDBOX_H

#include "hypha-image/places.h"
#include "util/buf.h"

struct sandbox {
	bool network;		/* talks to registries; else no socket, in a network namespace where there is nobody */
	struct places places;
};

/* The layers in the order they are entered; the last has no name. enter() returns 0, or -errno if this machine has no such thing. */
struct sandbox_layer {
	const char *name;
	int (*enter)(const struct sandbox *box);
};
extern const struct sandbox_layer sandbox_layers[];

/* All of them, for good; before the first thread. @lacks gets the names of those that could not be, and why. */
void sandbox_enter(const struct sandbox *box, struct buf *lacks);

/* view.c: a mount namespace with nothing in it but the places, and a network namespace. */
int view_enter(const struct sandbox *box);
/* landlock.c: the same places for opening and changing files, also where there are no namespaces for us. */
int landlock_enter(const struct sandbox *box);
/* calls.c: the system calls. Any other ends the process by SIGSYS, its name on standard output. */
int calls_enter(const struct sandbox *box);

#endif
