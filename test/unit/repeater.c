// SPDX-License-Identifier: GPL-2.0-only
/*
 * test/unit/repeater.c - an element without a guest for the shell: `repeater gen a -c 10 | repeater rep b | repeater echo c`
 */
#include "test/unit/element.h"

int main(int argc, char **argv)
{
	if (argc < 3) {
		dprintf(2, "usage: repeater rep|gen|echo|pong NAME [-c COUNT] [-s SIZE] [-e EXPECT] [-w WINDOW] "
			   "[-o FORMAT] [-P PIPESIZE]\n");
		return 100;
	}
	return element_main(argc, argv);
}
