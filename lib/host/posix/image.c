/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lib/host/posix/image.c - a booted guest behind its executable (lk/image.h)
 *
 * The file: the executable, then at page boundaries the pages of the guest that are not zero, then the note, and in the last page the
 * header. To begin from it is to map these pages, private, at their addresses: a page costs something only when it is touched, and
 * pages that are only read are shared by all processes that began from the same file.
 *
 * Most of a beginning's time would be page faults, two for a page that is read before it is written. The pages that every beginning
 * writes, and those that the first packet does, are in the header, too (lk_image_rehearse()), and copied at once when it is time, a
 * call for each run of them: half the price.
 */
#include "lk/image.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/direct.h"
#include "lib/host/posix/posix.h"
#include "lib/kernel/arch/lib/include/asm/lk_layout.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif

#define PAGE 4096ul
#define MAGIC 0x656e6f74736b6c31ull
#define EXTENTS 128
#define RUNS 112
#define GAP (32 * PAGE) /* zero pages that do not end an extent: a mapping costs more than they do */

struct extent {
	uint64_t address, length, offset; /* bytes, all multiples of PAGE; offset in the file */
};

struct header {
	uint64_t magic;
	uint64_t memory, time_ns;
	uint64_t guest[4]; /* bounds of the guest's data and bss: those of this executable, or it is another one's image */
	uint64_t note_offset;
	uint32_t note_length, nics, extents, runs, start_runs;
	struct extent extent[EXTENTS];
	/* pages to copy: the address of the first, and in the bits below PAGE how many; start_runs at once, the rest for the first packet */
	uint64_t run[RUNS];
};
_Static_assert(sizeof(struct header) <= PAGE, "the header has the file's last page");

/* 1 in the file of a program that is nothing without its image: what cuts that off (strip) leaves this alone. */
static const volatile uint64_t image_needed = 0;

static struct header found; /* magic: looked for and there */
static int kept = -1;	    /* the executable, from the note to the mapping: looking it up is not for nothing */

static int executable(void)
{
	const int fd = kept;

	kept = -1;
	return fd >= 0 ? fd : open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
}

static bool same_guest(const struct header *h)
{
	const uint64_t guest[4] = { (uintptr_t)lk_guest_data_start, (uintptr_t)lk_guest_data_end, (uintptr_t)lk_guest_bss_start, (uintptr_t)lk_guest_bss_end };

	return !memcmp(guest, h->guest, sizeof(guest));
}

static bool whole_pages_within(uint64_t at, uint64_t len, uint64_t start, uint64_t end)
{
	return !(at % PAGE) && !(len % PAGE) && at >= start && at <= end && len <= end - at;
}

static bool guest_pages(const struct header *h, uint64_t at, uint64_t len)
{
	return whole_pages_within(at, len, LK_MEMORY_BASE, LK_MEMORY_BASE + h->memory) || whole_pages_within(at, len, h->guest[0], h->guest[1]) ||
	       whole_pages_within(at, len, h->guest[2], h->guest[3]);
}

static bool sound(const struct header *h, uint64_t file_size)
{
	if (h->extents > EXTENTS || h->runs > RUNS || h->start_runs > h->runs || h->note_length > LK_IMAGE_NOTE_MAX || h->note_offset > file_size || !same_guest(h) || h->memory > LK_MEMORY_MAX)
		return false;
	for (unsigned i = 0; i < h->extents; i++) {
		const struct extent *x = &h->extent[i];

		if (!whole_pages_within(x->offset, x->length, 0, file_size) || !guest_pages(h, x->address, x->length))
			return false;
	}
	for (unsigned i = 0; i < h->runs; i++)
		if (!guest_pages(h, h->run[i] & -PAGE, h->run[i] % PAGE * PAGE))
			return false;
	return true;
}

/* The header of the image in the executable that @fd is, in `found`. */
static int find(int fd)
{
	struct stat st;

	if (found.magic)
		return 0;
	if (fstat(fd, &st) || st.st_size % PAGE || st.st_size < (off_t)PAGE ||
	    pread(fd, &found, sizeof(found), st.st_size - PAGE) != sizeof(found) || found.magic != MAGIC) {
		found.magic = 0;
		return -ENOENT;
	}
	if (sound(&found, st.st_size))
		return 0;
	found.magic = 0;
	return -EBADMSG;
}

long lk_image_note(const void **note)
{
	static char text[LK_IMAGE_NOTE_MAX];
	const int fd = executable();
	int err = fd < 0 ? -ENOENT : find(fd);

	if (!err && pread(fd, text, found.note_length, found.note_offset) != found.note_length)
		err = -EBADMSG;
	if (err == -ENOENT && image_needed)
		err = -EBADMSG;
	if (!err && fd > 2) /* else somebody wants to see that it is closed */
		kept = fd;
	else if (fd >= 0)
		close(fd);
	*note = text;
	return err ? err : (long)found.note_length;
}

static void copy_runs(const struct header *h, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++)
		madvise((void *)(h->run[i] & -PAGE), h->run[i] % PAGE * PAGE, MADV_POPULATE_WRITE);
}

static void map(int fd, const struct header *h)
{
	for (unsigned i = 0; i < h->extents; i++) {
		const struct extent *x = &h->extent[i];

		if (mmap((void *)x->address, x->length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, fd, x->offset) == MAP_FAILED)
			lk_panic("the guest's image cannot be mapped"); /* half of it may be there */
	}
	copy_runs(h, 0, h->start_runs);
}

void lk_direct_first(void)
{
	if (lk_boot_from_image())
		copy_runs(&found, found.start_runs, found.runs);
}

int lk_image_map(size_t memory, uint64_t *time_ns)
{
	const int fd = executable();
	int err = fd < 0 ? -ENOENT : find(fd);

	if (!err && (found.memory != memory))
		err = -ENOENT;
	if (!err)
		map(fd, &found);
	if (fd >= 0)
		close(fd);
	*time_ns = found.time_ns;
	return err ? err : (int)found.nics;
}

static bool zero(const char *page)
{
	return !*page && !memcmp(page, page + 1, PAGE - 1);
}

/* Extents of what is not zero from @start to @end, written at @offset; the offset behind them. */
static off_t save_range(int fd, struct header *h, uintptr_t start, uintptr_t end, off_t offset, int *err)
{
	uintptr_t at = start;

	while (at < end && !*err) {
		uintptr_t from, to;

		while (at < end && zero((char *)at))
			at += PAGE;
		from = to = at;
		while (at < end && at - to < GAP) {
			at += PAGE;
			if (!zero((char *)at - PAGE))
				to = at;
		}
		if (from == to)
			break;
		if (h->extents == EXTENTS) {
			*err = -E2BIG;
			break;
		}
		h->extent[h->extents++] = (struct extent){ from, to - from, offset };
		while (from < to && !*err) {
			const ssize_t n = pwrite(fd, (void *)from, to - from, offset);

			if (n <= 0)
				*err = n ? -errno : -EIO;
			from += n > 0 ? n : 0;
			offset += n > 0 ? n : 0;
		}
	}
	return offset;
}

/* The executable without an image of its own, to the next page boundary. */
static off_t save_executable(int fd, int *err)
{
	const int self = executable();
	off_t size = 0, done = 0;
	struct stat st;

	if (self < 0 || fstat(self, &st)) {
		*err = -errno;
	} else {
		size = find(self) ? st.st_size : (off_t)found.extent[0].offset;
		while (done < size && !*err) {
			const ssize_t n = sendfile(fd, self, &done, size - done);

			if (n <= 0)
				*err = n ? -errno : -EIO;
		}
	}
	if (self >= 0)
		close(self);
	return (size + PAGE - 1) & -PAGE;
}

/* Where @p, a part of this program, is in its file; -1: it is not. */
static off_t file_offset(const volatile void *p)
{
	const ElfW(Phdr) *h = (const void *)getauxval(AT_PHDR);

	for (unsigned long i = 0; i < getauxval(AT_PHNUM); i++)
		if (h[i].p_type == PT_LOAD && (uintptr_t)p - h[i].p_vaddr < h[i].p_filesz)
			return (uintptr_t)p - h[i].p_vaddr + h[i].p_offset;
	return -1;
}

static int mark_needed(int fd)
{
	const uint64_t yes = 1;
	const off_t at = file_offset(&image_needed);

	return at >= 0 && pwrite(fd, &yes, sizeof(yes), at) == sizeof(yes) ? 0 : -EIO;
}

int lk_image_save(int fd, const void *note, size_t len, bool needed)
{
	struct header h = { .magic = MAGIC, .memory = lk_boot_memory(), .note_length = len, .nics = lk_direct_count(),
		.guest = { (uintptr_t)lk_guest_data_start, (uintptr_t)lk_guest_data_end, (uintptr_t)lk_guest_bss_start, (uintptr_t)lk_guest_bss_end } };
	int err = 0;
	off_t at;

	if (!h.memory || lk_boot_devices() || len > LK_IMAGE_NOTE_MAX)
		return -EINVAL;
	lk_run();
	h.time_ns = lk_clock_time();
	at = save_executable(fd, &err);
	if (!err && needed)
		err = mark_needed(fd);
	at = save_range(fd, &h, LK_MEMORY_BASE, LK_MEMORY_BASE + h.memory, at, &err);
	at = save_range(fd, &h, h.guest[0], h.guest[1], at, &err);
	at = save_range(fd, &h, h.guest[2], h.guest[3], at, &err);
	h.note_offset = at;
	if (!err && pwrite(fd, note, len, at) != (ssize_t)len)
		err = -EIO;
	at = (at + len + PAGE - 1) & -PAGE;
	if (!err && (ftruncate(fd, at + PAGE) || pwrite(fd, &h, sizeof(h), at) != sizeof(h)))
		err = -EIO;
	return err;
}

static bool in_start_runs(const struct header *h, uint64_t page)
{
	for (unsigned i = 0; i < h->start_runs; i++)
		if (page >= (h->run[i] & -PAGE) && page - (h->run[i] & -PAGE) < h->run[i] % PAGE * PAGE)
			return true;
	return false;
}

/* Into @h the runs of pages from @at to @end that this process has copies of, or made, but for those that are there. */
static void add_range(struct header *h, int pagemap, uint64_t at, uint64_t end)
{
	const uint64_t present = 1ull << 63, of_file = 1ull << 61; /* kernel: Documentation/admin-guide/mm/pagemap.rst */
	static uint64_t entry[4096];
	bool going = false;

	while (at < end && h->runs < RUNS) {
		const size_t want = (end - at) / PAGE < 4096 ? (end - at) / PAGE : 4096;

		if (pread(pagemap, entry, want * sizeof(*entry), at / PAGE * sizeof(*entry)) != (ssize_t)(want * sizeof(*entry)))
			return;
		for (size_t i = 0; i < want && h->runs < RUNS; i++, at += PAGE) {
			const bool ours = (entry[i] & present) && !(entry[i] & of_file) && !in_start_runs(h, at);

			if (ours && going && h->run[h->runs - 1] % PAGE < PAGE - 1)
				h->run[h->runs - 1]++;
			else if (ours)
				h->run[h->runs++] = at | 1;
			going = ours;
		}
	}
}

static void add_runs(struct header *h, int pagemap)
{
	add_range(h, pagemap, LK_MEMORY_BASE, LK_MEMORY_BASE + h->memory);
	for (unsigned i = 0; i < h->extents; i++) /* static data: the rest of it was never another's */
		if (h->extent[i].address >= h->guest[0] && h->extent[i].address < h->guest[3])
			add_range(h, pagemap, h->extent[i].address, h->extent[i].address + h->extent[i].length);
}

int lk_image_rehearse(int fd, void (*start)(void *arg), void (*packets)(void *arg), void *arg)
{
	const int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	struct header h;
	struct stat st;
	int err;

	if (pagemap < 0)
		return 0;
	if (fstat(fd, &st) || pread(fd, &h, sizeof(h), st.st_size - PAGE) != sizeof(h) ||
	    mmap((void *)LK_MEMORY_BASE, h.memory, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED) {
		err = errno ? -errno : -EIO;
		goto out;
	}
	map(fd, &h);
	found.runs = found.start_runs = 0; /* those of the image that this process began from */
	err = lk_boot_thaw();
	if (err)
		goto out;
	start(arg);
	add_runs(&h, pagemap);
	h.start_runs = h.runs;
	packets(arg);
	add_runs(&h, pagemap);
	if (pwrite(fd, &h, sizeof(h), st.st_size - PAGE) != sizeof(h))
		err = -errno;
out:
	close(pagemap);
	return err;
}
