// The cloud that the wizard's browser tests play in: three images, three nodes, and what each phase looks like.
import type { CloudStatus, ImageView, Placement, TaskView } from '@educloud/contracts';

export const GIB = 1024 ** 3;
const NOW = Date.now();

const version = (n: number, sizeBytes: number, format: 'qcow2' | 'iso' = 'qcow2') => ({
  version: n, state: 'available' as const, sha256: 'ab'.repeat(32), sizeBytes, virtualSizeBytes: 20 * GIB, format, parent: null, createdAt: NOW, createdBy: 'admin', error: null,
});
const image = (id: string, patch: Partial<ImageView>): ImageView => ({
  id: id as ImageView['id'], name: 'x', ostype: 'linux', usage: 'desktop', description: '', latest: version(1, GIB), heldBy: null, createdAt: NOW, updatedAt: NOW, createdBy: 'admin', ...patch,
});
export const IMAGES: ImageView[] = [
  image('img-aaaaaaaa', { name: 'Debian 12 desktop', description: 'Plain desktop with Firefox, LibreOffice and Chinese input.', latest: version(3, 2.5 * GIB) }),
  image('img-bbbbbbbb', { name: '服务器基础镜像', usage: 'server', latest: version(1, 0.75 * GIB) }),
  image('img-cccccccc', { name: 'Windows 11 setup', usage: 'medium', ostype: 'windows', latest: version(1, 5.125 * GIB, 'iso') }),
];

const daemon = (role: 'nc' | 'cc', n: number): CloudStatus['daemons'][number] => ({
  id: `${role}-0000000${n}` as CloudStatus['daemons'][number]['id'], role, name: role === 'nc' ? `node-${n}` : 'room-1', url: 'http://127.0.0.1:1', state: 'up', enabled: true, fenced: false, epoch: 1, ccId: null, clusterName: 'room-1', lastBeatAt: NOW, registeredAt: NOW,
  facts: { version: '0.1.0', hostname: 'h', capacity: null, hypervisor: null, pools: [], usages: [], faults: [] }, claimed: null, guests: 0, ownerGroup: null, mac: null, heartbeatMs: null,
});
export const STATUS: CloudStatus = { version: '0.1.0', mode: 'distributed', fake: true, ready: true, reasons: [], controller: { id: 'clc-00000001', role: 'leader', epoch: 1, since: NOW, leader: 'clc-00000001' }, daemons: [daemon('cc', 1), daemon('nc', 1), daemon('nc', 2), daemon('nc', 3)], tasks: { active: 1, stuck: 0 }, images: 3, orphans: { due: 0, kept: 0 } };

export const PLACEMENT: Placement = {
  clusterId: 'cc-00000001', nodeId: 'nc-00000001', summary: '2 of 3 fit; node-3 lacks 2 GiB',
  candidates: [
    { ncId: 'nc-00000001', name: 'node-1', fits: true, score: 0.9, reason: '12 GiB memory free, image already in its cache' },
    { ncId: 'nc-00000002', name: 'node-2', fits: true, score: 0.6, reason: '6 GiB memory free' },
    { ncId: 'nc-00000003', name: 'node-3', fits: false, score: 0, reason: 'lacks 2 GiB memory' },
  ],
};

const job = (name: string, role: string, from: number, to: number | null, result?: unknown): TaskView['plans'][number]['jobs'][number] => ({ name, role, state: to === null ? 'running' : 'done', attempt: 1, startedAt: NOW + from, endedAt: to === null ? null : NOW + to, error: null, result });
export const PREPARE_PLAN: TaskView['plans'][number] = {
  seq: 1, step: 'prepare', state: 'done', startedAt: NOW, endedAt: NOW + 14_200, error: null,
  jobs: [job('placeInstance', 'clc', 0, 80), job('cacheImage', 'cc', 80, 400), job('fetchImage', 'nc', 400, 14_100), job('cloneDisk', 'nc', 14_100, 14_200)],
};
export const STOP_PLAN: TaskView['plans'][number] = { seq: 3, step: 'stop', state: 'done', startedAt: NOW + 60_000, endedAt: NOW + 66_400, error: null, jobs: [job('stopDomain', 'nc', 60_000, 66_300, { how: 'acpi' }), job('releaseCompute', 'clc', 66_300, 66_400)] };

export const DISK_FULL = { code: 'DISK_FULL', message: 'The image store lacks 3.2 GiB on /var/lib/educloud/walrus.', retryable: true };
export const KEPT = { what: 'the edited disk of ins-00000001', where: 'node-1', until: 'submit, cancel or delete' };
