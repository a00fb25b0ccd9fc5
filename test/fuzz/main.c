// SPDX-License-Identifier: GPL-2.0-only
/*
 * test/fuzz/main.c - a fuzz target without libFuzzer: runs the files that are named, each also with spoilt bytes
 *
 * usage: fuzz_NAME FILE...; STDPKT_FUZZ_RUNS=N spoilt copies of each (default 20). For gcc, ASan, and finding a crash again.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SIZE_MAX_READ (1u << 22)

static uint32_t next(uint64_t *state)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(*state >> 33);
}

int main(int argc, char **argv)
{
	const char *runs = getenv("STDPKT_FUZZ_RUNS");
	long n_runs = runs ? atol(runs) : 20;
	uint8_t *data = malloc(SIZE_MAX_READ);
	uint64_t state = 1;

	if (!data)
		return 111;
	for (int i = 1; i < argc; i++) {
		FILE *f = fopen(argv[i], "rb");
		size_t n;

		if (!f) {
			perror(argv[i]);
			return 111;
		}
		data[0] = (uint8_t)i; /* in what pieces: not part of the file */
		n = 1 + fread(data + 1, 1, SIZE_MAX_READ - 1, f);
		fclose(f);
		LLVMFuzzerTestOneInput(data + 1, n - 1);
		for (long k = 0; k < n_runs; k++) {
			LLVMFuzzerTestOneInput(data, n);
			data[0]++;
			if (n > 1)
				data[1 + next(&state) % (n - 1)] = (uint8_t)next(&state);
		}
		printf("ok %s\n", argv[i]);
	}
	free(data);
	return 0;
}
