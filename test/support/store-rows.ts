// Rows for tests of the store: complete ones, of which a test names only what it is about.
import { say } from '@educloud/contracts';
import type { DaemonRow, ImageRow, InstanceRow, TaskRow, UserInstanceRow, VersionRow } from '../../apps/clc/src/store/index.ts';
import type { JobRow, PlanRow } from '@educloud/saga';

export const hex8 = (n: number): string => n.toString(16).padStart(8, '0');

export const imageRow = (n: number, set: Partial<ImageRow> = {}): ImageRow => ({
  id: `img-${hex8(n)}`, name: `image ${n}`, ostype: 'linux', usage: 'server', description: 'für 教室', heldBy: null, deletedAt: null, createdAt: 1000 + n, updatedAt: 1000 + n, createdBy: 'admin', ...set,
});

export const versionRow = (imageId: string, set: Partial<VersionRow> = {}): Omit<VersionRow, 'version'> => ({
  imageId, state: 'reserved', sha256: null, sizeBytes: null, virtualSizeBytes: null, format: null, declared: { sizeBytes: 5_000_000_000, sha256: null, format: 'qcow2' },
  parentImageId: null, parentVersion: null, tid: null, walrusId: null, error: null, createdAt: 1, createdBy: 'admin', ...set,
});

export const daemonRow = (n: number, set: Partial<DaemonRow> = {}): DaemonRow => ({
  id: `nc-${hex8(n)}`, role: 'nc', name: `node-${n}`, url: `http://10.0.0.${n}:8773`, secretHash: 'x', epoch: 0, state: 'new', enabled: true, ccId: 'cc-00000001',
  facts: { version: '1', hostname: `h${n}`, capacity: null, hypervisor: null, pools: [], usages: [], faults: [] }, lastBeatAt: null, registeredAt: 0, createdAt: 0, fencedEpoch: null, draining: false, properties: null, heartbeatMs: null, ownerGroup: null, mac: null, ...set,
});

export const instanceRow = (n: number, set: Partial<InstanceRow> = {}): InstanceRow => ({
  id: `ins-${hex8(n)}`, tid: null, purpose: 'build', kind: 'vs', ccId: null, ncId: null, memoryMiB: 512, cpus: 1, diskBytes: 8_000_000_000_000, vmstatus: 'init', firstBootAt: null,
  statusEpoch: 0, statusSeq: 0, createdAt: n, deletedAt: null, ...set,
});

export const taskRow = (n: number, set: Partial<TaskRow> = {}): TaskRow => ({
  tid: `img-${hex8(n)}:img-${hex8(n + 1)}:ins-${hex8(n)}`, kind: 'image/create', name: `build ${n}`, srcImageId: `img-${hex8(n)}`, srcVersion: 1, dstImageId: `img-${hex8(n + 1)}`, dstVersion: 1,
  insId: `ins-${hex8(n)}`, phase: 'preparing', state: 'pending', progress: 0, vmstatus: 'init', message: say('text', { text: '' }), error: null, kept: null, failedStep: null,
  options: { ostype: 'linux', usage: 'server', description: '', memoryMiB: 512, cpus: 1, blankBytes: null, node: null, cluster: null },
  ccId: null, ncId: null, placement: null, owner: 'anna', rev: 1, createdAt: 1000 + n, updatedAt: 1000 + n, ...set,
});

export const planRow = (subject: string, seq: number, set: Partial<PlanRow> = {}): PlanRow => ({
  id: `${subject}/${seq}`, subject, seq, name: 'image/create/prepare', state: 'running', generation: 1, rev: 1, input: { force: true }, error: null, startedAt: 1000 + seq, endedAt: null, ...set,
});

export const jobRow = (planId: string, index: number, set: Partial<JobRow> = {}): JobRow => ({
  id: `${planId}/${index}`, planId, index, name: 'clone-disk' as JobRow['name'], role: 'nc', target: 'nc-00000001', state: 'pending', attempt: 0, undoAttempt: 0, rev: 1, params: null, result: null, error: null,
  deadlineAt: null, notBefore: null, startedAt: null, endedAt: null, ...set,
});

export const userInstanceRow = (n: number, set: Partial<UserInstanceRow> = {}): UserInstanceRow => ({
  id: `ins-${hex8(n)}`, name: `desk <${n}> & "more" 课`, description: '', owner: 'anna', kind: 'rvd', lifetime: 'persistent', imageId: `img-${hex8(1)}`, pinnedVersion: null, madeFrom: null, ostype: 'linux', vmType: null,
  memoryMiB: 512, cpus: 1, diskBytes: 8_000_000_000_000, definition: { diskGiB: 0, node: null, cluster: null, highAvailability: false, scale: null }, autoStop: null, autoStopAt: null, extendedUntil: null, idleSince: null, idleSeenAt: null,
  vmState: 'initialized', taskState: null, progress: 0, message: say('instanceDefined'), error: null, failedAction: null, kept: null, placement: null, network: null, rev: 1, createdAt: 1000 + n, updatedAt: 1000 + n, startedAt: null, deletedAt: null, ...set,
});
