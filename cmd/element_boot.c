/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd/element_boot.c - an element's ports and its guest, which are there before it runs (element.c)
 */
#include "cmd/element.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/control.h"
#include "cmd/frozen.h"
#include "lk/boot.h"
#include "lk/nic.h"

#define STAMPS 16 /* frames of one batch that go out with one look at the clock */
#define GAP_NS (6 * 86400 * 1000000000ull) /* conntrack keeps a connection for five days */

static void say(struct lk_port *port, const char *text)
{
	cmd_warn("%s: %s: %s", port->element, port->name, text);
}

static uint64_t now_ns(struct lk_port *port)
{
	struct element *e = port->owner;

	if (e->first_ts_ns)
		return e->first_ts_ns + (lk_time_ns() - e->first_time_ns);
	if (!e->stamps) {
		e->stamp_ns = lk_wall_ns();
		e->stamps = STAMPS;
	}
	e->stamps--;
	return e->stamp_ns;
}

void element_add_port(struct element *e, const char *spec)
{
	const char *eq = strchr(spec, '='), *medium = eq ? eq + 1 : "", *colon = strchr(medium, ':');
	size_t len = eq ? (size_t)(eq - spec) : strlen(spec);
	char word[16], err[256] = "";
	struct lk_port *p;
	int i, ret;

	if (e->ports == ELEMENT_PORTS)
		cmd_usage_error("more than %d ports", ELEMENT_PORTS);
	p = &e->port[e->ports].port;
	if (!len || len >= sizeof(p->name) || strcspn(spec, "/ ") < len)
		cmd_usage_error("port name '%.*s' is not a name of 1 to 15 characters", (int)len, spec);
	memcpy(p->name, spec, len);
	e->port[e->ports].left = !strcmp(p->name, "left");
	for (i = 0; i < e->ports; i++)
		if (!strcmp(e->port[i].port.name, p->name))
			cmd_usage_error("port %s twice", p->name);
	if (!*medium) {
		if (e->port[e->ports].left)
			medium = "stdio:in";
		else if (!strcmp(p->name, "right"))
			medium = "stdio:out";
		else
			cmd_usage_error("port %s needs a medium: -p %s=MEDIUM", p->name, p->name);
		colon = strchr(medium, ':');
	}
	len = colon ? (size_t)(colon - medium) : strlen(medium);
	snprintf(word, sizeof(word), "%.*s", (int)(len < sizeof(word) ? len : sizeof(word) - 1), medium);
	p->ops = lk_medium_find(word);
	if (!p->ops)
		cmd_usage_error("no medium '%.*s': stdio, fifo, capture and null are there", (int)len, medium);
	memcpy(p->element, e->name, sizeof(p->element));
	p->mtu = e->opt.mtu ? e->opt.mtu : 1500;
	p->loop = e->loop;
	p->output = e->opt.output;
	p->leave = e->opt.leave;
	p->say = say;
	p->now_ns = now_ns;
	p->owner = e;
	ret = p->ops->open(p, colon ? colon + 1 : "", err, sizeof(err));
	if (ret)
		cmd_die(CMD_SYSTEM, "unable to open port %s (%s): %s", p->name, medium, *err ? err : strerror(-ret));
	e->ports++;
}

/* Time stamps and the guest's clocks are as far apart from here on. */
static void anchor_clock(struct element *e, uint64_t ts)
{
	const struct timespec wall = { .tv_sec = ts / 1000000000u, .tv_nsec = ts % 1000000000u };

	lk_syscall(__NR_clock_settime, CLOCK_REALTIME, (long)&wall, 0, 0, 0, 0);
	e->first_ts_ns = ts;
	e->first_time_ns = lk_time_ns();
}

/*
 * --clock packets: before a frame is handed over, the guest's clock goes to the frame's time, and what was due until then happens.
 * The first frame sets the wall clock; so does one behind a gap that is longer than all timers of the guest, of years perhaps, between
 * two captures in one file: these go by with the end of the gap.
 */
static int deliver_in_time(struct lk_port *p, const void *data, size_t len)
{
	struct element *e = p->owner;
	const uint64_t ts = p->last_ts_ns;

	if (ts && !e->first_ts_ns)
		anchor_clock(e, ts);
	if (ts > e->first_ts_ns && e->first_time_ns + (ts - e->first_ts_ns) > lk_time_ns()) {
		const uint64_t gap = e->first_time_ns + (ts - e->first_ts_ns) - lk_time_ns();

		lk_run(); /* what came before happened before */
		lk_time_advance(lk_time_ns() + (gap < GAP_NS ? gap : GAP_NS));
		if (gap > GAP_NS)
			anchor_clock(e, ts);
	}
	return e->nic_deliver(p, data, len);
}

static void add_card(struct element *e, int i, int (*add)(struct lk_port *port, const uint8_t mac[6]))
{
	const unsigned pid = e->opt.seed ? (unsigned)e->opt.seed : (unsigned)getpid();
	const uint8_t mac[6] = { 2, 1, pid >> 16, pid >> 8, pid, i };
	int err;

	memcpy(e->port[i].mac, mac, 6);
	err = add(&e->port[i].port, mac);
	if (err)
		cmd_die(CMD_SYSTEM, "unable to add port %s: %s", e->port[i].port.name, strerror(-err));
}

/* The port is configured already; only a MAC that nothing depends on must not be that of all processes of this image. */
static void thaw_port(struct element *e, int i)
{
	uint8_t fresh[6];

	memcpy(fresh, e->port[i].mac, 6);
	memcpy(e->port[i].mac, e->opt.frozen->port[i].mac, 6);
	if (e->opt.frozen->port[i].renew)
		guest_port_renew_mac(&e->port[i], fresh);
}

void element_start_ports(struct element *e)
{
	for (int i = 0; i < e->ports; i++)
		if (!e->opt.frozen)
			guest_port_start(&e->port[i], e->opt.virtio ? i : -1);
		else
			thaw_port(e, i);
}

void element_add_cards(struct element *e)
{
	for (int i = 0; i < e->ports; i++) {
		/* of two all that comes leaves by the other: text of that much is still below LK_OUT_HARD */
		e->port[i].port.pump_bytes = e->ports <= 2 ? 4 * LK_PUMP_BYTES : 0;
		add_card(e, i, e->opt.virtio ? lk_virtio_net_add : lk_direct_nic_add);
	}
}

void element_boot(struct element *e)
{
	struct lk_boot_params params = {
		.memory = e->opt.memory,
		.cmdline = e->opt.cmdline,
		.seed = e->opt.seed,
		.virtual_time = e->opt.clock_packets,
	};
	int i, err;

	if (e->opt.virtio)
		element_add_cards(e);
	element_report(e, "ports");
	err = lk_boot(&params);
	if (err)
		cmd_die(CMD_SYSTEM, "unable to start the guest: %s", strerror(-err));
	element_report(e, "guest");
	if (!lk_boot_from_image())
		guest_quiet();
	if (!e->opt.virtio)
		element_add_cards(e);
	element_start_ports(e);
	for (i = 0; e->opt.clock_packets && i < e->ports; i++) {
		e->nic_deliver = e->port[i].port.deliver; /* the same for all: they are of one kind */
		e->port[i].port.deliver = deliver_in_time;
	}
	e->attach = lk_attach_new(e->loop, &lk_attach_guest);
	if (!e->attach)
		cmd_die(CMD_SYSTEM, "unable to serve programs: %s", strerror(errno));
	e->control = control_open(e);
	element_report(e, "cards");
}
