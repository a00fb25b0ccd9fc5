/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd/frozen.h - the note in a guest's image (lk/image.h): what the element around the guest is to be like */
#ifndef CMD_FROZEN_H
#define CMD_FROZEN_H

#include "cmd/element.h"

/* Written and read by the same executable: no versions, no byte order. */
struct frozen {
	bool function; /* a configured function; else only booted: what every element begins from */
	char name[32]; /* of the element, without the pid */
	size_t memory;
	unsigned mtu;
	int ports;
	struct {
		char spec[224];	  /* -p */
		uint8_t mac[6];
		bool renew;	  /* the MAC is neither chosen nor in use by an address: each process takes one of its own */
	} port[ELEMENT_PORTS];
};

/* frozen_function() - the function in this executable, or NULL. Dies if it is damaged. */
const struct frozen *frozen_function(void);
/* frozen_main() - what an executable with a function in it does instead of being stdpkt */
int frozen_main(const struct frozen *f, int argc, char **argv);

#endif
