// Chooses how addresses are given: dnsmasq on the interface towards the guests. Without one nothing is ever wanted of it.
import { createDnsmasq, type DnsmasqOptions } from './dnsmasq.ts';
import type { Dhcp } from './interface.ts';

export const loadDhcp = (options: DnsmasqOptions): Dhcp => createDnsmasq(options);
