// Tables of the clusters' networks: the setting of each, one row for each address or port of its pools, and what of instances a cluster controller has to bring about.
import type { Columns } from '@educloud/database';
import { EntitySchema } from 'typeorm';
import type { AddressRow, ClusterAccessRow, ClusterNetworkRow } from '../interface.ts';

export const clusterNetworks = (c: Columns) => new EntitySchema<ClusterNetworkRow>({
  name: 'cluster_networks',
  columns: {
    ccId: c.text(40, { primary: true }), settings: c.json({ nullable: true }), rev: c.int(), stateRev: c.big(), appliedRev: c.big(), appliedAt: c.big({ nullable: true }), refused: c.json(),
    updatedAt: c.big({ nullable: true }),
  },
});

export const clusterAddresses = (c: Columns) => new EntitySchema<AddressRow>({
  name: 'cluster_addresses',
  columns: {
    ccId: c.text(40, { primary: true }), kind: c.text(16, { primary: true }), value: c.text(20, { primary: true }), place: c.big(), state: c.text(16),
    insId: c.text(20, { nullable: true }), purpose: c.text(32), freedRev: c.big(), freedAt: c.big({ nullable: true }),
  },
  indices: [{ name: 'ix_cluster_addresses_free', columns: ['ccId', 'kind', 'state', 'place'] }, { name: 'ix_cluster_addresses_instance', columns: ['insId'] }],
});

export const clusterAccess = (c: Columns) => new EntitySchema<ClusterAccessRow>({
  name: 'cluster_access',
  columns: { insId: c.text(20, { primary: true }), ccId: c.text(40), ncId: c.text(40), hostname: c.text(63), network: c.json() },
  indices: [{ name: 'ix_cluster_access_cluster', columns: ['ccId'] }],
});
