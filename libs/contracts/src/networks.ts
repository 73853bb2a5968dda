// Networks of clusters: how people reach guests, from which pools addresses and ports come, and the state that a cluster controller brings about.
import { z } from 'zod';
import { Said } from './words/said.ts';

/** public: nodes (and bridged guests) are reached at their own addresses. private: only the cluster controller is, and forwards. */
export const NetworkMode = z.enum(['public', 'private']);
export type NetworkMode = z.infer<typeof NetworkMode>;

export const Port = z.number().int().min(1).max(65_535);
export const Ipv4 = z.ipv4();
export const Mac = z.string().regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/, 'a MAC address looks like 52:54:00:12:34:56');
export const TransportProtocol = z.enum(['tcp', 'udp']);
/** A Linux interface name. */
export const BridgeName = z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,14}$/, 'a bridge name has 1-15 letters, digits, dots, dashes and underscores');

/** What a guest offers: reached from outside at an address that the instance shows. */
export const Service = z.strictObject({ name: z.string().regex(/^[a-z][a-z0-9-]{0,14}$/), port: Port, protocol: TransportProtocol.default('tcp') });
export type Service = z.infer<typeof Service>;

/** A network card as its node is told. nat: QEMU's own network, reaches out, is reached at forwarded ports of the node. bridge: on a bridge of the node, with the one address it may use. */
export const GuestNic = z.discriminatedUnion('mode', [
  z.object({ mode: z.literal('nat'), mac: Mac, forwards: z.array(z.object({ protocol: TransportProtocol, hostPort: Port, guestPort: Port })).max(32) }),
  z.object({ mode: z.literal('bridge'), mac: Mac, bridge: BridgeName, ip: Ipv4 }),
]);
export type GuestNic = z.infer<typeof GuestNic>;

/** GET /clc/api/1.0/cluster/network, by the cluster controller: everything that is to be true there, nothing else of ours may be. */
export const ClusterNetworkState = z.object({
  /** Rises with each change. */
  rev: z.number().int().nonnegative(),
  mode: NetworkMode,
  /** Addresses the cluster controller hands out on its interface towards the nodes' bridges; null = it runs no DHCP. */
  dhcp: z.object({ cidr: z.cidrv4(), from: Ipv4, to: Ipv4, gateway: Ipv4.nullable(), dns: z.array(Ipv4).max(4) }).nullable(),
  hosts: z.array(z.object({ insId: z.string(), mac: Mac, ip: Ipv4, hostname: z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/) })),
  /** `listenIp` null: the address of the cluster controller itself. `toIp` null: the address of node `ncId`. */
  forwards: z.array(z.object({
    /** Stable: made of the instance, protocol and ports. */
    id: z.string(), insId: z.string(), protocol: TransportProtocol, listenIp: Ipv4.nullable(), listenPort: Port, ncId: z.string().nullable(), toIp: Ipv4.nullable(), toPort: Port,
  })),
  /** Public addresses that the cluster controller answers for; what the guest sends goes out under them. */
  aliases: z.array(z.object({ insId: z.string(), publicIp: Ipv4, privateIp: Ipv4 })),
});
export type ClusterNetworkState = z.infer<typeof ClusterNetworkState>;

/** POST /clc/api/1.0/cluster/network/applied: from now on that revision is what is true, but for what was refused. Freed addresses of older revisions may be given to others. */
export const ClusterNetworkApplied = z.strictObject({
  rev: z.number().int().nonnegative(),
  refused: z.array(z.object({ id: z.string(), insId: z.string(), code: z.string().max(60), reason: z.string().max(1000), why: Said.optional() })).max(1000),
});
export type ClusterNetworkApplied = z.infer<typeof ClusterNetworkApplied>;
