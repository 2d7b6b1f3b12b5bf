/* SPDX-License-Identifier: GPL-2.0-only */
/* What a backend does when its frontend's XenbusState changes. */
#ifndef HYPHA_STORE_DEVSTATE_H
#define HYPHA_STORE_DEVSTATE_H

#include <xen/interface/io/xenbus.h>

enum hypha_devstate_action {
	HYPHA_DEV_NONE,		/* nothing to do, nothing to write */
	HYPHA_DEV_PUBLISH,	/* (again) offer features, then write @next */
	HYPHA_DEV_CONNECT,	/* map its rings, bind, publish the rest, then write @next; on failure write Closing */
	HYPHA_DEV_CLOSE,	/* write @next; the rings stay until the frontend has closed */
	HYPHA_DEV_DISCONNECT,	/* unmap and unbind everything, then write @next */
};

struct hypha_devstate_step {
	enum hypha_devstate_action action;
	enum xenbus_state next;	/* the backend's state afterwards */
};

/**
 * hypha_devstate_step() - the next step of a backend
 * @backend:  its state as it was last written
 * @frontend: an untrusted number from the store
 *
 * Repeated and senseless states give HYPHA_DEV_NONE with @next == @backend. Calling again after each step until it is NONE
 * ends after at most two, for any pair of states.
 */
struct hypha_devstate_step hypha_devstate_step(enum xenbus_state backend, unsigned int frontend);

#endif
