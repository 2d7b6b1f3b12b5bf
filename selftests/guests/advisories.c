// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Advisories of Xen and of Linux' backends: whose attack each was, and what it did to them. The attacks are tried on backends
 * that share no line with those; names and titles are those of the changelogs of Debian's xen and linux packages.
 */
#include "guest.h"

static const struct {
	const char *name, *mode, *did;
} advisories[] = {
	/* netback */
	{ "xsa-39", "net-index", "looped over a ring whose index was beyond its end" },
	{ "xsa-90", "net-chains", "took an interface down in the softirq that met a bad packet, and died" },
	{ "xsa-155", "net-flip", "read a request again after it had checked it" },
	{ "xsa-270", "net-control", "wrote beyond the hash's table, at an index of the guest's" },
	{ "xsa-332", "net-storm", "had no time for anything but a guest's events" },
	{ "xsa-367", "net-grants", "went on although no grant at all could be mapped" },
	{ "xsa-374", "net-break", "freed a thread that had ended itself over a bad ring" },
	{ "xsa-392", "net-deaf", "kept packets without end for who does not take them" },
	{ "xsa-423", "net-split", "handed on headers that were not all in the linear part" },
	{ "xsa-424", "net-leave", "freed packets with interrupts off, and could wait for itself" },
	{ "xsa-432", "net-tiny", "counted too few pieces for headers in many slots, and wrote beyond an array" },
	{ "xsa-448", "net-zero", "made fragments of no length, which nothing expects" },
	{ "cve-2026-99286", "net-keys", "undid a connection that had failed half-way wrongly" },
	{ "cve-2026-99287", "net-start", "used rings that were unmapped after a connection failed" },
	{ "cve-2026-100080", "net-reconnect", "read counters of queues that were just freed" },
	{ "cve-2026-100081", "net-multicast", "freed the list of multicast addresses too early" },

	/* blkback, and what both share */
	{ "xsa-155-block", "block-flip", "read the number of segments again after it had checked it" },
	{ "xsa-216", "block-padding", "sent what lay on its stack in the holes of a response" },
	{ "xsa-331", "hang-up", "handled an event of a channel that was just closed" },
	{ "xsa-350", "quick", "kept the pointer to a thread that had ended, over a quick reconnect" },
	{ "xsa-361", "partial", "mistook a grant that failed for the others of its batch" },
	{ "xsa-362", "block-grants", "took a grant that cannot be mapped for a bug of the kernel's" },
	{ "xsa-365", "grants-mixed", "forgot that a grant could not be mapped over the next that could" },
	{ "xsa-371", "grants-remembered", "lost count of grants it kept mapped for later" },
	{ "xsa-441", "hang-up", "waited for a lock that the closing of a channel held" },
	{ "cve-2026-100082", "reconnect", "read counters of rings that were just freed" },

	/* what backends did to guests: here it is looked whether ours do */
	{ "xsa-391", "quiet", "raised more events than the guest could stand" },
	{ "xsa-403", "block-around", "was given, or gave, bytes beside those a request was about" },
	{ "xsa-403-net", "net-around", "was given, or gave, bytes behind those of a packet" },

	/* xenstored, the one in C unless said */
	{ "xsa-115", "store-strangers", "told everyone of changes to nodes they may not read" },
	{ "xsa-322", "store-left", "left the rights of a dead domain to the next one of its number" },
	{ "xsa-323", "store-paths", "checked the length of a path before it was complete" },
	{ "xsa-324", "store-token", "died of an event longer than a message may be" },
	{ "xsa-325", "store-breach", "took who broke the protocol for dead, and told all the others" },
	{ "xsa-326", "store-hoard", "ran out of memory for what a guest asked and did not fetch" },
	{ "xsa-330", "store-reset", "leaked the watches that were reset (the one in OCaml)" },
	{ "xsa-349", "states", "ran out of memory (Linux' backends did) for events of a node that a guest wrote without end" },
	{ "xsa-352", "store-owner", "let anybody give a node to anybody (the one in OCaml)" },
	{ "xsa-353", "store-perms", "did not look at the root's rights (the one in OCaml)" },
	{ "xsa-414", "store-nodes", "followed a wild pointer when a node was one too many" },
	{ "xsa-415", "store-orphans", "kept, and did not count, nodes of a request that failed half-way in a transaction" },
	{ "xsa-416", "store-unread", "kept what a request had taken until its answer was fetched" },
	{ "xsa-417", "store-left", "left nodes of a dead domain to others" },
	{ "xsa-418", "store-deep", "ran out of stack when a deep tree was removed" },
	{ "xsa-419", "store-give", "did not count nodes that became another domain's" },
	{ "xsa-420", "store-long", "went round for ever over a number that was negative to it (the one in OCaml)" },
	{ "xsa-421", "store-churn", "did not count nodes of a transaction that also removed one it had made" },
	{ "xsa-425", "store-soft", "died when a domain with transactions open reset itself" },
	{ "xsa-440", "store-negative", "died when a domain had less than no nodes for a moment" },
	{ "xsa-483", "store-left", "went on counting the nodes of dead domains (the one in OCaml)" },
	{ "xsa-484", "store-reset", "died of watches being reset" },
	{ "xsa-512", "store-watches", "took watches without end (the one in OCaml)" },
	{ }
};

const char *advisory_mode(const char *name)
{
	u32 i;

	for (i = 0; advisories[i].name; i++)
		if (same(advisories[i].name, name)) {
			say("%s: mode %s. A backend once %s", name, advisories[i].mode, advisories[i].did);
			return advisories[i].mode;
		}
	return name;
}
