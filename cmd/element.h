/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd/element.h - an element: a guest, its ports, the programs attached to it, and the loop that moves frames
 */
#ifndef CMD_ELEMENT_H
#define CMD_ELEMENT_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lk/attach.h"
#include "lk/loop.h"
#include "lk/netdev.h"

#define ELEMENT_PORTS 16

struct element_options {
	const char *name;	/* NULL: from the script's name */
	enum pkt_format output; /* -o; PKT_FMT_NONE: as the media decide */
	enum lk_leave leave;	/* --link */
	size_t memory;		/* bytes, 0 = default */
	unsigned mtu;		/* of the ports, 0 = 1500 */
	uint64_t seed;		/* 0 = fresh */
	bool virtio;		/* cards are upstream's virtio_net instead of direct ones */
	bool root;		/* programs are told that they are root */
	bool clock_packets;	/* virtual time, driven by the time stamps of what comes in */
	const struct frozen *frozen; /* the guest is in this executable's image, with these ports (cmd/frozen.h); NULL: it boots */
	const char *cmdline;	/* further words for the guest's kernel command line, or NULL */
};

struct element_port {
	struct lk_port port;
	uint8_t mac[6];	 /* at boot */
	unsigned ifindex;
	bool closed;
	bool left; /* toward the beginning of the chain */
};

struct element {
	char name[48];	/* nat.4711 */
	struct element_options opt;
	struct lk_loop *loop;
	struct lk_attach *attach;
	struct element_port port[ELEMENT_PORTS];
	int ports;
	bool passing;	/* frames are taken from the ports */
	bool ending;	/* finish what is there and end */
	bool closing;	/* take in what others need to take our last, and no more */
	int status;	/* exit status when it ends */
	pid_t script;	/* 0: none, or it has ended */
	bool script_foreground; /* it said `stdpkt up` and runs on: the element ends with it */
	bool hangup;	/* it and all other programs were told to end because the element ends */
	uint64_t linger_ns; /* until then its connections may come to their end; 0: it has not ended */
	uint64_t interrupted_ns; /* it got a SIGINT and may have last words until then; 0: it has not */
	int signal_fd;
	struct lk_watch *signal_watch;
	struct control *control;
	uint64_t slept_frames, slept_bytes; /* of all ports, when it last slept */
	uint64_t stamp_ns; /* of the last frame that went out */
	unsigned stamps;   /* further ones that may have it too */
	uint64_t first_ts_ns, first_time_ns; /* --clock packets: time stamp of the first frame, and the guest's clock then */
	int (*nic_deliver)(struct lk_port *port, const void *data, size_t len);
	uint64_t t0_ns;	/* STDPKT_BENCH_T0: report the way to the first frame, with the time since then; 0 = no */
};

/* element_init() - loop, signals, name ("BASE.PID"). Dies on failure, as all of these: this is a command's part. */
void element_init(struct element *e, const struct element_options *opt, const char *base);
/* element_boot.c: element_add_port() - "NAME[=MEDIUM[:ARGS]]", see stdpkt(1) -p. Before element_boot(). */
void element_add_port(struct element *e, const char *spec);
void element_boot(struct element *e);
/* what element_boot() does, in parts: the cards (virtio's before the guest boots), then their interfaces */
void element_add_cards(struct element *e);
void element_start_ports(struct element *e);
/* element.c again: element_start_program() - argv[0], looked up in PATH, served by the guest, with @fd as its 0, 1 and 2. */
void element_start_program(struct element *e, char *const argv[], const int fd[3]);
/* element_start_script() - the set-up script: no input, its output to stderr. */
void element_start_script(struct element *e, char *const argv[]);
/* element_report() - for test/bench/boot.c, which asks for it: "PHASE after N ns, M page faults" on stderr. */
void element_report(const struct element *e, const char *phase);
/* element_pass() - set-up is complete: give the ports their addresses' MACs and take frames. */
void element_pass(struct element *e);
/* element_turns_until_passing() - run until the script has ended or said `stdpkt up`; 0, or the exit status of a script that failed. */
int element_turns_until_passing(struct element *e);
/* element_main() - until it is over; returns the exit status, everything closed. */
int element_main(struct element *e);

/* options.c: what several commands' command lines have in common */
enum { CMD_OPT_LINK = 512, CMD_OPT_MTU, CMD_OPT_MEMORY, CMD_OPT_SEED, CMD_OPT_NIC, CMD_OPT_CLOCK, CMD_OPT_KERNEL }; /* have no letter */
#define CMD_RUN_SHORTS "+:p:o:n:bh"
extern const struct option cmd_run_longs[]; /* stdpkt run's, which may also stand in a script's first line */
/* cmd_element_option() - what getopt_long() has returned, if it is one of these, 'n' or 'o'; anything else is a usage error */
void cmd_element_option(struct element_options *o, int c, char *const argv[]);
void cmd_element_environment(struct element_options *o); /* STDPKT_OUTPUT and STDPKT_LINK; options come after them */
void cmd_port_option(const char *ports[], int *n, const char *spec); /* one more, of ELEMENT_PORTS */
#define CMD_FIRST_WORDS 64
/*
 * cmd_first_line() - "run" and the options in a script's "#!/usr/bin/env -S stdpkt run OPTION..." as an argv with NULL behind; how many, 0: it has no
 * such line, -EINVAL: no regular file, -errno. They are overwritten by the next call.
 */
int cmd_first_line(const char *script, char *words[CMD_FIRST_WORDS]);
enum pkt_format cmd_output_format(const char *name, const char *from); /* text, pcapng or pcap; else a usage error, @from says whose word it was */
/* Descriptors 0, 1 and 2 exist from then on, whatever the caller left closed: nothing that we open can become stdout by accident. */
void cmd_keep_standard_descriptors(void);

/* counters.c: frames that @p dropped; by reason in @why ("full=3,gone=1", "" = none) */
uint64_t element_drops(const struct lk_port *p, char *why, size_t len);
/* a line a port, of nine words, as `stdpkt ls` has them, or one if there is no port; returns their length */
size_t element_counters(const struct element *e, char *buf, size_t len);

/* guest.c: small jobs by the guest's own interfaces */
void guest_port_start(struct element_port *p, int number); /* name (virtio: eth@number; direct: @number is -1), GRO off, up */
void guest_port_mac(struct element_port *p);		    /* 02:00 + its IPv4 address, if it has one and nobody chose another */
bool guest_addresses_changed(void);			    /* since the last call */
uint32_t guest_port_address(const struct element_port *p); /* IPv4, as in a header; 0: it has none */
void guest_quiet(void);
void guest_as_host(void); /* new interfaces are as talkative as on a host */
bool guest_port_anonymous(const struct element_port *p);   /* it has the MAC of its boot, and no address that needs it */
void guest_port_renew_mac(struct element_port *p, const uint8_t mac[6]);
void guest_release(void);				    /* close what these functions keep open: before an image is made */
unsigned guest_tcp_orphans(void); /* TCP connections that no program has any more, but which have not ended */

/* control.c: the socket on which `stdpkt exec`, `ls` and `up` reach an element */
struct control *control_open(struct element *e);
void control_close(struct control *c);

/* spawn.c: the environment that attached programs get */
char **spawn_environment(const char *element);
void spawn_failed(const char *program, int err) __attribute__((noreturn)); /* says why lk_attach_spawn() could not, and ends */

#endif
