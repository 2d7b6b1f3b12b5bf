# SPDX-License-Identifier: GPL-2.0-or-later
# ktap.awk - one program's KTAP as the parts of one result; counts them and says what the program broke.
#
# In: the KTAP, then "#exit STATUS". Out: the same indented, then the one result. Variables: name, nr (its number), counts
# (a file that gets a line "passed failed skipped"), failures (one that gets a line for each). Counted are leaves: a
# result after deeper ones only sums them up.

function depth(line) { match(line, /^ */); return RLENGTH }

# Looks at the results deeper than @level since the last one at @level or above, and forgets them.
function sum_up(level,    i) {
	children = bad_children = 0
	for (i in seen) if (i + 0 > level) {
		children += seen[i]
		bad_children += bad[i]
		delete seen[i]
		delete bad[i]
	}
}

function result(level, good, skip) {
	sum_up(level)
	seen[level]++
	if (!good) bad[level]++
	if (children && (good || bad_children)) return
	if (!good) fail(substr($0, level + length("not ok ") + 1))
	else if (skip) skipped++
	else passed++
}

function fail(what) { print name ": " what >>failures; failed++ }

function broken(why) { print "    # " why; fail(why) }

$1 == "#exit" { status = $2; ended = 1; next }
/^$/ { next }
{ print "    " $0; fflush() }
/^1\.\.[0-9]+/ { planned = 1; plan = substr($1, 4) + 0; none = /# *[Ss][Kk][Ii][Pp]/ }
/^ *(not )?ok( |$)/ { result(depth($0), $0 !~ /^ *not /, /# *[Ss][Kk][Ii][Pp]/) }
/^ *Bail out!/ { fail($0) }

END {
	if (!ended) broken("it did not get to its end")
	else if (status == 124 || status == 137) broken("its time was up or it was killed: exit status " status)
	else if (status != 0 && status != 4 && !failed) broken("exit status " status " without a failed test")
	else if (status == 0 && bad[0]) broken("exit status 0 with a failed test")
	if (!planned) broken("no plan")
	else if (seen[0] + 0 != plan) broken("planned " plan " results, gave " seen[0] + 0)
	else if (!plan && !none) broken("an empty plan")
	if (none) skipped++
	print (failed ? "not ok " : "ok ") nr " " name (none && !failed ? " # SKIP all of it" : "")
	print passed + 0, failed + 0, skipped + 0 >>counts
}
