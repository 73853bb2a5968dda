// Every setting of a cluster controller, with its default. config/cc.yaml explains each for the administrator.
import { z } from 'zod';
import { bossUrl, daemonName, daemonSettings, failAt } from '@educloud/config';
import { BridgeName, ClusterUsage, Port } from '@educloud/contracts';

const GiB = 1024 ** 3;
/** A label of 15 characters, `NAME:edu`, marks our addresses. */
const interfaceName = z.union([z.literal(''), BridgeName.max(11, 'the name of the interface has at most 11 characters: give it a shorter one (ip link property, systemd.link)')]).default('');

export const CcConfig = z.strictObject({
  name: daemonName('cluster-1'),
  ...daemonSettings('cc', 8772),
  clcUrl: bossUrl('http://127.0.0.1:8771'),
  joinToken: z.string().optional(),
  usages: z.array(ClusterUsage).min(1).default(['vs', 'rvd']),
  /** Broker (vhost) that is shared with CLC, Walrus and SC. */
  busUrl: z.string().default('embedded:clc'),
  /** Broker (vhost) of the cluster, shared with its nodes alone. */
  clusterBusUrl: z.string().default('embedded:cluster-1'),
  network: z
    .strictObject({
      /** Towards the people: public addresses of guests are put there. */
      publicInterface: interfaceName,
      /** Towards the nodes' bridges: addresses are given to guests there. */
      dhcpInterface: z.union([z.literal(''), BridgeName]).default(''),
      /** auto = ports are forwarded by nftables where that can be used; off = never. */
      nft: z.enum(['auto', 'off']).default('auto'),
      /** TCP ports of this host that guests on its bridge may reach. */
      openPorts: z.array(Port).max(64).default([]),
    })
    .prefault({}),
  slots: z.strictObject({ transfer: z.coerce.number().int().positive().default(4) }).prefault({}),
  /** Where the packets go that wake hosts. */
  wakeAddresses: z.array(z.ipv4()).min(1).default(['255.255.255.255']),
  reserveBytes: z.coerce.number().int().min(0).default(2 * GiB),
  failAt,
});
export type CcConfig = z.output<typeof CcConfig>;
