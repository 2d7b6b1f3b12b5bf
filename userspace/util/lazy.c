// SPDX-License-Identifier: GPL-2.0-or-later
/* Loads a library when the first of its functions is called; the tables and jumps are made by ../lazylink. */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#define HIDDEN __attribute__((visibility("hidden")))

extern void *lazy_slots[] HIDDEN;
extern const char *const lazy_names[] HIDDEN, *const lazy_sonames[] HIDDEN;

HIDDEN void *lazy_resolve(uint64_t i);

/* Two threads may do this at once: both store the same. */
HIDDEN void *lazy_resolve(uint64_t i)
{
	void *lib = dlopen(lazy_sonames[i], RTLD_LAZY | RTLD_LOCAL);
	void *function = lib ? dlsym(lib, lazy_names[i]) : NULL;

	if (!function) {
		fprintf(stderr, "hypha: %s\n", dlerror());
		_exit(125);
	}
	__atomic_store_n(&lazy_slots[i], function, __ATOMIC_RELAXED);
	return function;
}

/* Entered with the function's number pushed: keeps all argument registers, then goes where the caller wanted. */
asm(".text\n"
    ".globl lazy_first_call\n"
    ".hidden lazy_first_call\n"
    ".type lazy_first_call, @function\n"
    "lazy_first_call:\n"
    "	push %rax\n	push %rdi\n	push %rsi\n	push %rdx\n"
    "	push %rcx\n	push %r8\n	push %r9\n	push %r10\n"
    "	mov 64(%rsp), %rdi\n"
    "	call lazy_resolve\n"
    "	mov %rax, %r11\n"
    "	pop %r10\n	pop %r9\n	pop %r8\n	pop %rcx\n"
    "	pop %rdx\n	pop %rsi\n	pop %rdi\n	pop %rax\n"
    "	add $8, %rsp\n"
    "	jmp *%r11\n");
