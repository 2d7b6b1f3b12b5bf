# SPDX-License-Identifier: GPL-2.0-or-later
# excused.awk - a kernel log without the traces that are no fault of ours. Variable: suite, the suite whose log it is.
#
# One report of lockdep is not ours to mend: Linux 6.1.192's gntdev, which xenconsoled uses and hypha does not, copies to its
# caller with the lock held that its mmap takes (gntdev_ioctl_map_grant_ref). In faults, Linux tells where it was made to fail,
# and what it did without for that, until somebody complains of something else; files of /proc/irq it could not make it warns of
# again when it removes them.

/possible circular locking dependency/ { begin("gntdev") }
suite == "faults" && /FAULT_INJECTION: forcing|vmalloc error: size|page allocation failure|sysctl could not get directory/ { begin("fault") }
inside == "fault" && /WARNING:|BUG:|Oops|general protection|KASAN|possible .* (lock|deadlock)/ { tell() }
suite == "faults" && /WARNING: .* remove_proc_entry/ { begin("irq") }
!inside { print; next }
{ report = report $0 "\n" }
/<\/TASK>/ { tell() }
END { if (inside) tell() }

function begin(what) {
	if (inside) tell()
	inside = what
	report = ""
}

function tell() {
	if (inside == "gntdev" && (report ~ /\[hypha\]/ || report !~ /gntdev_ioctl/ || report !~ /gntdev_mmap/)) printf "%s", report
	if (inside == "irq" && (report ~ /\[hypha\]/ || report !~ /unregister_irq_proc/)) printf "%s", report
	inside = ""
}
