// SPDX-License-Identifier: GPL-2.0-or-later
/* The test header itself: what it says of good and bad. */
#include "test.h"

int main(void)
{
	ok(true, "ok() passes %s", "what is true");
	ok_str("a", "a", "equal strings");
	ok_str(NULL, NULL, "two NULLs are equal");
	ok_num(3, 3, "equal numbers");
	return done();
}
