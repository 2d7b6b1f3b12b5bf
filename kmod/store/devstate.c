// SPDX-License-Identifier: GPL-2.0-only
/*
 * The states of a device's two ends, from the backend's side (Xen's io/xenbus.h; drivers/block/xen-blkfront.c and
 * drivers/net/xen-netfront.c wait for what is answered here):
 *
 *	frontend	1 Initialising	3 Initialised, 4 Connected	5 Closing	6 Closed
 *	backend		2 InitWait	4 Connected			5 Closing	6 Closed
 *
 * A frontend that comes back (1 again) finds the backend at 2 again. Without the answers to 5 and 6 a guest waits 5 s per
 * device when it powers off.
 */
#include "devstate.h"

#include <linux/kernel.h>
#include <linux/nospec.h>

#define NR_STATES	(XenbusStateReconfigured + 1)

#define PUBLISH		{ HYPHA_DEV_PUBLISH, XenbusStateInitWait }
#define CONNECT		{ HYPHA_DEV_CONNECT, XenbusStateConnected }
#define CLOSE		{ HYPHA_DEV_CLOSE, XenbusStateClosing }
#define DISCONNECT	{ HYPHA_DEV_DISCONNECT, XenbusStateClosed }

/* [backend][frontend]; what is not here is NONE: backends do not use Initialised, Reconfiguring, Reconfigured. */
static const struct hypha_devstate_step steps[NR_STATES][NR_STATES] = {
	[XenbusStateUnknown] = {
		[XenbusStateInitialising] = PUBLISH,
	},
	[XenbusStateInitialising] = {
		[XenbusStateInitialising] = PUBLISH,
		[XenbusStateInitWait] = PUBLISH,
		[XenbusStateInitialised] = PUBLISH,
		[XenbusStateConnected] = PUBLISH,
		[XenbusStateClosing] = CLOSE,
		[XenbusStateClosed] = DISCONNECT,
	},
	[XenbusStateInitWait] = {
		[XenbusStateInitialised] = CONNECT,
		[XenbusStateConnected] = CONNECT,
		[XenbusStateClosing] = CLOSE,
		[XenbusStateClosed] = DISCONNECT,
	},
	[XenbusStateConnected] = {
		[XenbusStateInitialising] = DISCONNECT,	/* it starts over without having closed: a kexec */
		[XenbusStateClosing] = CLOSE,
		[XenbusStateClosed] = DISCONNECT,
		[XenbusStateUnknown] = DISCONNECT,	/* its directory is gone */
	},
	[XenbusStateClosing] = {
		[XenbusStateInitialising] = DISCONNECT,
		[XenbusStateClosed] = DISCONNECT,
		[XenbusStateUnknown] = DISCONNECT,
	},
	[XenbusStateClosed] = {
		[XenbusStateInitialising] = PUBLISH,
	},
};

struct hypha_devstate_step hypha_devstate_step(enum xenbus_state backend, unsigned int frontend)
{
	const struct hypha_devstate_step none = { HYPHA_DEV_NONE, backend };
	struct hypha_devstate_step step;

	if ((unsigned int)backend >= NR_STATES || frontend >= NR_STATES)
		return none;

	step = steps[backend][array_index_nospec(frontend, NR_STATES)];
	return step.action == HYPHA_DEV_NONE ? none : step;
}
