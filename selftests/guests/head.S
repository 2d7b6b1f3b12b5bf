/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where Xen enters the guest, and the notes that tell its builder how; see xen/include/public/elfnote.h. */

#define VIRT_BASE	0xffffffff80000000

.macro note type, body:vararg
	.balign 4
	.long 4, 9f - 8f, \type
	.asciz "Xen"
8:	\body
9:
.endm

/* GUEST_INIT_P2M: notes only in a section, raw hypercalls, p2m list at an address of its own. */
#ifdef GUEST_INIT_P2M
	.section .note.Xen, "", @note
#else
	.section .note.Xen, "a", @note
#endif
	note 6, .asciz "hostile"		/* GUEST_OS */
	note 7, .asciz "1"			/* GUEST_VERSION */
	note 8, .asciz "generic"		/* LOADER */
	note 5, .asciz "xen-3.0"		/* XEN_VERSION */
	note 3, .quad VIRT_BASE			/* VIRT_BASE */
	note 1, .quad _start			/* ENTRY */
#ifdef GUEST_INIT_P2M
	note 15, .quad 0x8000000000		/* INIT_P2M */
	note 16, .quad 1			/* MOD_START_PFN */
#else
	note 2, .quad hypercall_page		/* HYPERCALL_PAGE */
#endif
	.balign 4

	.section .text.head, "ax", @progbits
	.global _start
_start:						/* rsi: start_info */
	lea	stack_top(%rip), %rsp
	xor	%ebp, %ebp
	mov	%rsi, %rdi
	call	guest_main
	ud2

#ifndef GUEST_INIT_P2M
	.balign 4096
	.global hypercall_page
hypercall_page:					/* the builder has Xen fill it; until then every call traps */
	.fill 4096, 1, 0xcc
#endif

	.section .bss
	.balign 4096
	.skip 32768
stack_top:

	.section .note.GNU-stack, "", @progbits
