#!/bin/bash
# Takes away what a cluster or node controller has put into the network of this host: its nftables tables, public addresses of guests, its DHCP
# server. Stopping the daemon leaves them, because guests run on; it puts them back at its next start.
# Usage: deploy/clear-network.sh [DATA FOLDER…]   (default: /var/lib/educloud/cc and /var/lib/educloud/nc)
set -euo pipefail
export PATH=$PATH:/usr/sbin:/sbin

[ "$#" -gt 0 ] || set -- /var/lib/educloud/cc /var/lib/educloud/nc
for dir in "$@"; do
  pid=$(cat -- "$dir/network/dnsmasq.pid" 2>/dev/null || true)
  # A pid alone proves nothing.
  if [ -n "$pid" ] && tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF -- "--conf-file=$dir/network/dnsmasq.conf"; then kill -- "$pid"; fi
  id=$(sed -n 's/.*"id": *"\([a-z]*-[0-9a-f]*\)".*/\1/p' -- "$dir/identity.json" 2>/dev/null || true)
  [ -n "$id" ] && command -v nft >/dev/null || continue
  mine=educloud_${id//-/_}
  # Public addresses that this table leads to guests, and only those that carry our label.
  for address in $(nft list set ip "$mine" aliases 2>/dev/null | grep -oE '([0-9]+\.){3}[0-9]+' || true); do
    ip -o -4 addr show | awk -v a="$address/32" '$4 == a && /:edu( |\\)/ { print $2 }' | while read -r device; do ip addr del "$address/32" dev "$device"; done
  done
  for family in ip inet bridge; do nft delete table "$family" "$mine" 2>/dev/null || true; done
done
