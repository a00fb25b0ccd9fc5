/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lk/image.h - a booted guest in a file: written out behind an executable, which then starts with that guest in it
 *
 * The image holds the guest's memory and static data, nothing of the host's side: no port, no attached program, no descriptor of the
 * host. Its owner adds a note, from which the next process makes its own side as it was. An image fits exactly the executable that it
 * was made by, because the guest's code and data lie at that one's addresses: hence one file.
 */
#ifndef LK_IMAGE_H
#define LK_IMAGE_H

#include <stdbool.h>
#include <stddef.h>

#define LK_IMAGE_NOTE_MAX 65536

/*
 * lk_image_save() - write this program and its guest as it is now into @fd, an empty file open for reading and writing, with @len bytes of
 * @note. @needed: without the image the new program is of no use. The guest MUST be idle with no call open. 0, -EINVAL (not booted, virtio cards, note too long), or -errno of the file.
 */
int lk_image_save(int fd, const void *note, size_t len, bool needed);

/*
 * lk_image_rehearse() - after lk_image_save() to @fd: begin from that image, here, let @start do with the guest what its users will do first and
 * @packets what they do with the first packet, and note in the file which pages that wrote: they are there at once when it is done again. The
 * guest as it was is lost. 0 (also where /proc/self/pagemap cannot be read: nothing is noted), or -errno of the file.
 */
int lk_image_rehearse(int fd, void (*start)(void *arg), void (*packets)(void *arg), void *arg);

/*
 * lk_image_note() - the note of the image in this executable; its length; -ENOENT: it has none; -EBADMSG: it is damaged, or needed and not there or
 * not to be read. Until exit.
 */
long lk_image_note(const void **note);

#endif
