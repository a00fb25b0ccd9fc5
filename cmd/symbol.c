/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd/symbol.c - which function of this program, the guest's included, an address lies in: from the symbol table of our own file */
#include <elf.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/explain.h"

struct table {
	const Elf64_Sym *sym;
	size_t count;
	const char *names;
	size_t names_len;
};

static bool within(uint64_t off, uint64_t len, uint64_t size)
{
	return off <= size && len <= size - off;
}

/* The file is our own, but it may have been stripped, packed or replaced. */
static bool find_table(const uint8_t *file, size_t size, struct table *t)
{
	const Elf64_Ehdr *head = (const void *)file;
	const Elf64_Shdr *section;

	if (size < sizeof(*head) || memcmp(head->e_ident, ELFMAG, SELFMAG) != 0 || head->e_ident[EI_CLASS] != ELFCLASS64 ||
	    head->e_shentsize != sizeof(*section) || !within(head->e_shoff, (uint64_t)head->e_shnum * sizeof(*section), size))
		return false;
	section = (const void *)(file + head->e_shoff);
	for (unsigned i = 0; i < head->e_shnum; i++) {
		const Elf64_Shdr *s = &section[i], *names;

		if (s->sh_type != SHT_SYMTAB || s->sh_link >= head->e_shnum)
			continue;
		names = &section[s->sh_link];
		if (!within(s->sh_offset, s->sh_size, size) || !within(names->sh_offset, names->sh_size, size))
			return false;
		t->sym = (const void *)(file + s->sh_offset);
		t->count = s->sh_size / sizeof(*t->sym);
		t->names = (const char *)file + names->sh_offset;
		t->names_len = names->sh_size;
		return t->names_len && !t->names[t->names_len - 1];
	}
	return false;
}

static void load(struct table *t)
{
	const int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *file;

	if (fd < 0)
		return;
	if (!fstat(fd, &st) && st.st_size > 0) {
		file = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (file != MAP_FAILED && !find_table(file, st.st_size, t))
			t->count = 0;
	}
	close(fd);
}

const char *symbol_name(const void *where)
{
	static struct table t;
	static bool loaded;
	static struct {
		const void *where;
		const char *name;
	} known[64]; /* few places drop packets: the table is gone through once for each */
	static unsigned used;
	const uint64_t at = (uintptr_t)where;
	const char *name = NULL;

	for (unsigned i = 0; i < used; i++)
		if (known[i].where == where)
			return known[i].name;
	if (!loaded)
		load(&t);
	loaded = true;
	for (size_t i = 0; i < t.count && !name; i++) {
		const Elf64_Sym *s = &t.sym[i];

		if (ELF64_ST_TYPE(s->st_info) == STT_FUNC && at >= s->st_value && at - s->st_value < s->st_size && s->st_name < t.names_len)
			name = strndup(t.names + s->st_name, strcspn(t.names + s->st_name, ".")); /* without .constprop.0 */
	}
	if (used < sizeof(known) / sizeof(known[0])) {
		known[used].where = where;
		known[used++].name = name;
	}
	return name;
}
