// SPDX-License-Identifier: GPL-2.0-only
/*
 * stdpkt/linktype.c - what a capture file's frames are; https://www.tcpdump.org/linktypes.html
 *
 * Only Ethernet is read. Frames of another type that can be made Ethernet frames (raw IP, Linux cooked) belong in
 * pkt_linktype_frame(), which sees every frame of both capture formats.
 */
#include "stdpkt/linktype.h"

static const struct {
	uint16_t type;
	const char *name;
} names[] = {
	{ 0, "NULL" },
	{ 1, "ETHERNET" },
	{ 6, "IEEE802_5" },
	{ 8, "SLIP" },
	{ 9, "PPP" },
	{ 10, "FDDI" },
	{ 50, "PPP_HDLC" },
	{ 51, "PPP_ETHER" },
	{ 101, "RAW" },
	{ 104, "C_HDLC" },
	{ 105, "IEEE802_11" },
	{ 107, "FRELAY" },
	{ 108, "LOOP" },
	{ 113, "LINUX_SLL" },
	{ 127, "IEEE802_11_RADIOTAP" },
	{ 147, "USER0" },
	{ 189, "USB_LINUX" },
	{ 192, "PPI" },
	{ 195, "IEEE802_15_4_WITHFCS" },
	{ 201, "BLUETOOTH_HCI_H4_WITH_PHDR" },
	{ 220, "USB_LINUX_MMAPPED" },
	{ 228, "IPV4" },
	{ 229, "IPV6" },
	{ 239, "NFLOG" },
	{ 249, "USBPCAP" },
	{ 252, "WIRESHARK_UPPER_PDU" },
	{ 253, "NETLINK" },
	{ 276, "LINUX_SLL2" },
};

const char *pkt_linktype_name(uint32_t type)
{
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].type == type)
			return names[i].name;
	return "unknown";
}

/**
 * pkt_linktype_frame() - make f what a struct pkt_frame promises: Ethernet without FCS
 * @fcslen: bytes of FCS that the file says its frames end in
 *
 * Return: false where this link type cannot be read.
 */
bool pkt_linktype_frame(uint32_t type, uint32_t fcslen, struct pkt_frame *f)
{
	if (type != PKT_LINKTYPE_ETHERNET)
		return false;
	if (f->len < f->caplen)
		f->len = f->caplen;
	f->len -= fcslen < f->len ? fcslen : f->len;
	if (f->caplen > f->len)
		f->caplen = f->len;
	return true;
}
