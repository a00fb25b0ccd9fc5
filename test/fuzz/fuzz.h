/* SPDX-License-Identifier: GPL-2.0-only */
/* test/fuzz/fuzz.h - what the targets share */
#ifndef TEST_FUZZ_H
#define TEST_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(cond)                                                      \
	do {                                                            \
		if (!(cond)) {                                          \
			fprintf(stderr, "%d: %s\n", __LINE__, #cond);   \
			abort();                                        \
		}                                                       \
	} while (0)

#endif
