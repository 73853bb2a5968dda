// Tables of instances and of what is promised to them on the nodes.
import type { Columns } from '@educloud/database';
import { EntitySchema } from 'typeorm';
import type { ClaimKind, InstanceRow } from '../interface.ts';

export const instances = (c: Columns) => new EntitySchema<InstanceRow>({
  name: 'instances',
  columns: {
    id: c.text(20, { primary: true }), tid: c.text(64, { nullable: true }), purpose: c.text(16), kind: c.text(16), ccId: c.text(40, { nullable: true }), ncId: c.text(40, { nullable: true }),
    memoryMiB: c.int(), cpus: c.int(), diskBytes: c.big(), vmstatus: c.text(16), firstBootAt: c.big({ nullable: true }), statusEpoch: c.int(), statusSeq: c.big(),
    createdAt: c.big(), deletedAt: c.big({ nullable: true }),
  },
  indices: [{ name: 'ix_instances_nc', columns: ['ncId'] }, { name: 'ix_instances_list', columns: ['ncId', 'purpose', 'createdAt', 'id'] }],
});

export interface LedgerNode {
  ncId: string; limitCpus: number; limitMemoryMiB: number; limitDiskBytes: number; usedCpus: number; usedMemoryMiB: number; usedDiskBytes: number;
}
export const ledgerNodes = (c: Columns) => new EntitySchema<LedgerNode>({
  name: 'ledger_nodes',
  columns: {
    ncId: c.text(40, { primary: true }), limitCpus: c.int(), limitMemoryMiB: c.big(), limitDiskBytes: c.big(), usedCpus: c.int(), usedMemoryMiB: c.big(), usedDiskBytes: c.big(),
  },
});

export interface LedgerClaim { insId: string; kind: ClaimKind; ncId: string; cpus: number; memoryMiB: number; diskBytes: number }
export const ledgerClaims = (c: Columns) => new EntitySchema<LedgerClaim>({
  name: 'ledger_claims',
  columns: { insId: c.text(20, { primary: true }), kind: c.text(16, { primary: true }), ncId: c.text(40), cpus: c.int(), memoryMiB: c.big(), diskBytes: c.big() },
  indices: [{ name: 'ix_claims_nc', columns: ['ncId'] }],
  foreignKeys: [{ name: 'fk_claims_node', target: 'ledger_nodes', columnNames: ['ncId'], referencedColumnNames: ['ncId'], onDelete: 'NO ACTION', onUpdate: 'NO ACTION' }],
});
