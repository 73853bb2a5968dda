// The rules of a cluster controller as an nftables table. Numbers of guests only make its sets longer, not its rules more.
import type { TableWanted } from '@educloud/nftables';
import type { ForwardingWanted } from './interface.ts';

export interface RulesOptions {
  /** Interface towards the guests. */
  guestInterface: string;
  /** TCP ports of this host that guests may reach: none but DHCP otherwise. */
  openPorts: readonly number[];
}

/** Everything that goes in is made of validated addresses, numbers and interface names. */
export function tableOf({ redirects, aliases, guests }: ForwardingWanted, { guestInterface, openPorts }: RulesOptions): TableWanted {
  const outside = guests && guestInterface ? `iifname != "${guestInterface}" ip daddr ${guests.cidr}` : null;
  const body = `
  set aliases { type ipv4_addr; }
  set hidden { type ipv4_addr . inet_proto . inet_service; }
  set targets { type ipv4_addr . inet_proto . inet_service; }
  map own_ports { type inet_proto . inet_service : ipv4_addr . inet_service; }
  map alias_ports { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }
  map sources { type ipv4_addr : ipv4_addr; }
  chain redirected {
    ip daddr 127.0.0.0/8 return
    dnat ip to ip daddr . meta l4proto . th dport map @alias_ports
    ip daddr @aliases return
    fib daddr type local dnat ip to meta l4proto . th dport map @own_ports
  }
  chain prerouting {
    type nat hook prerouting priority -100; policy accept;
    goto redirected
  }
  chain output {
    type nat hook output priority -100; policy accept;
    goto redirected
  }
  chain postrouting {
    type nat hook postrouting priority 100; policy accept;
    ct status dnat ip daddr . meta l4proto . th dport @hidden masquerade
${guests ? `    ip saddr ${guests.cidr} ct status dnat ip daddr ${guests.cidr} masquerade
    ip daddr ${guests.cidr} return
${guests.gateway ? `    snat to ip saddr map @sources
    ip saddr ${guests.from}-${guests.to} masquerade
` : ''}` : ''}  }
  chain forward {
    type filter hook forward priority 0; policy accept;
    ct status dnat ct direction original ip daddr . meta l4proto . th dport != @targets drop
${outside && guests?.gateway ? `    ${outside} ct direction original ct status & dnat == 0 drop
` : ''}  }
  chain input {
    type filter hook input priority 0; policy accept;
    ip daddr @aliases icmp type echo-request accept
    ip daddr @aliases drop
${guests && guestInterface ? `    iifname "${guestInterface}" ip saddr ${guests.from}-${guests.to} goto from_guests
` : ''}  }
  chain from_guests {
    ct state established,related accept
    udp dport 67 accept
    icmp type echo-request accept
${openPorts.length > 0 ? `    tcp dport { ${openPorts.join(', ')} } accept
` : ''}    drop
  }`;
  const target = (r: ForwardingWanted['redirects'][number]): string => `${r.toIp} . ${r.protocol} . ${r.toPort}`;
  return {
    body,
    sets: {
      aliases: aliases.map((a) => a.publicIp),
      hidden: redirects.filter((r) => r.hidden).map(target),
      targets: redirects.map(target),
      own_ports: redirects.filter((r) => r.listenIp === null).map((r) => `${r.protocol} . ${r.listenPort} : ${r.toIp} . ${r.toPort}`),
      alias_ports: redirects.filter((r) => r.listenIp !== null).map((r) => `${r.listenIp} . ${r.protocol} . ${r.listenPort} : ${r.toIp} . ${r.toPort}`),
      sources: aliases.map((a) => `${a.privateIp} : ${a.publicIp}`),
    },
  };
}
