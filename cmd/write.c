// SPDX-License-Identifier: GPL-2.0-only
/* cmd/write.c - packets to stdout */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "stdpkt/pkt.h"

void cmd_wait_for(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	poll(&p, 1, -1);
}

void cmd_write_out(struct pkt_buf *out, bool bad)
{
	size_t done = 0;
	ssize_t n;

	while (done < out->len) {
		n = write(1, out->data + done, out->len - done);
		if (n >= 0)
			done += (size_t)n;
		else if (errno == EAGAIN)
			cmd_wait_for(1, POLLOUT);
		else if (errno == EPIPE) /* the reader has all it wants */
			exit(bad ? CMD_NO : CMD_OK);
		else if (errno != EINTR)
			cmd_die(CMD_SYSTEM, "unable to write: %s", strerror(errno));
	}
	out->len = 0;
}

void cmd_write_signals(bool fatal)
{
	signal(SIGPIPE, fatal ? SIG_DFL : SIG_IGN);
	signal(SIGXFSZ, fatal ? SIG_DFL : SIG_IGN);
}
