/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's announcements of devices. */
#ifndef INIT_UEVENT_H
#define INIT_UEVENT_H

/* Listen. Return: a non-blocking descriptor for poll(), or -1. */
int uevent_open(void);
/* Read what is waiting: load modules for new devices, switch on new processors. */
void uevent_handle(int fd);

/* Read what is waiting, for who only wants to know that something has happened. */
void uevent_drain(int fd);

#endif
