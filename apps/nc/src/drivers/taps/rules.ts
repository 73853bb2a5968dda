// The guards of taps as two nftables tables: what comes from a guest is judged where it enters its bridge, and marked; what is marked reaches no
// port of the node itself.
import type { TableWanted } from '@educloud/nftables';
import type { TapGuard } from './interface.ts';

/** A bit of the packet mark that says "came from a guest". */
const MARK = '0x20000000';

/** No card is given an IPv6 address, so nothing of it passes. Clients take an answer of DHCP from any port: what goes to theirs is dropped, too. */
export function guardTable(guards: readonly TapGuard[]): TableWanted {
  return {
    body: `
  set taps { type ifname; }
  set macs { type ifname . ether_addr; }
  set addresses { type ifname . ether_addr . ipv4_addr; }
  chain prerouting {
    type filter hook prerouting priority -300; policy accept;
    iifname @taps goto from_guest
  }
  chain from_guest {
    iifname . ether saddr != @macs drop
    meta mark set meta mark | ${MARK}
    iifname . arp saddr ether . arp saddr ip @addresses accept
    ether type != ip drop
    udp sport 67 drop
    udp dport 68 drop
    ip saddr 0.0.0.0 ip daddr 255.255.255.255 udp sport 68 udp dport 67 accept
    iifname . ether saddr . ip saddr @addresses accept
    drop
  }`,
    sets: {
      taps: guards.map((g) => g.tap),
      macs: guards.map((g) => `${g.tap} . ${g.mac}`),
      addresses: guards.map((g) => `${g.tap} . ${g.mac} . ${g.ip}`),
    },
  };
}

export function nodeTable(openPorts: readonly number[]): TableWanted {
  return {
    body: `
  chain input {
    type filter hook input priority 0; policy accept;
    meta mark & ${MARK} == ${MARK} goto from_guests
  }
  chain from_guests {
    ct state established,related accept
    udp dport 67 accept
    icmp type echo-request accept
${openPorts.length > 0 ? `    tcp dport { ${openPorts.join(', ')} } accept
` : ''}    drop
  }`,
    sets: {},
  };
}
