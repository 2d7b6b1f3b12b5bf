/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the bytes of a packed image or layer were, as an attribute of its file: its name only says what it was made of. */
#ifndef HYPHA_IMAGE_SEAL_H
#define HYPHA_IMAGE_SEAL_H

/* Before it gets its name. A file system without attributes is no failure: see seal_check(). */
void seal(int fd);
/* Return: 0; -ENODATA without err_text(), nothing is known; -EBADMSG it is damaged, or another -errno with err_text(). */
int seal_check(int fd);

#endif
