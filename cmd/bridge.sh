#!/usr/bin/env -S stdpkt run
# SPDX-License-Identifier: GPL-2.0-only
# bridge.sh - a learning Ethernet bridge between left and right
set -eu
usage() {
	cat <<-'E'
	usage: bridge.sh [--stp] [--vlan-filtering]
	A learning Ethernet bridge between stdin (left) and stdout (right). It has no address; packets pass no IP filter.

	  --stp              speak the spanning tree protocol
	  --vlan-filtering   filter VLANs: 'stdpkt exec bridge -- bridge vlan add vid 10 dev left' admits one

	example: ping.sh -c 5 | bridge.sh | nat.sh | host.sh
	E
}
stp=0 vlan=0
while [ $# -gt 0 ]; do
	case $1 in --?*=*) option=$1; shift; set -- "${option%%=*}" "${option#*=}" "$@" ;; esac
	case $1 in
	-h | --help) usage; exit 0 ;;
	--stp) stp=1 ;;
	--vlan-filtering) vlan=1 ;;
	*) echo "bridge.sh: unknown argument '$1'; see bridge.sh --help" >&2; exit 100 ;;
	esac
	shift
done

ip -batch - <<-E
	link add name br0 type bridge stp_state $stp vlan_filtering $vlan mcast_snooping 0
	link set left master br0
	link set right master br0
	link set br0 up
E
echo 0 >/proc/sys/net/ipv6/conf/br0/accept_ra # without an address, whatever passes
for t in iptables ip6tables arptables; do echo 0 >/proc/sys/net/bridge/bridge-nf-call-$t; done
