// A small cloud at rest in which every invariant holds, for the specs that plant one violation each.
import type { Evidence } from '../evidence/interface.ts';

export const SHA = { first: '1'.repeat(64), built: '2'.repeat(64) };
export const FIRST = 'img-00000001';
/** One task that runs, one that was submitted, one that was cancelled. */
export const RUNNING = `${FIRST}:img-0000000a:ins-0000000a`;
export const SUBMITTED = `${FIRST}:img-0000000b:ins-0000000b`;
export const CANCELLED = `${FIRST}:img-0000000c:ins-0000000c`;

/** An instance that was defined and never run. */
export const MACHINE = 'ins-0000000d';

const XML = '<domain><uuid>00000000-0000-8000-8000-00000000000a</uuid><mac address="52:54:00:00:00:0a"/><graphics type="vnc" socket="/run/a.sock"/></domain>';

export function calmCloud(): Evidence {
  const task = (tid: string, set: object): Evidence['db']['tasks'][number] => {
    const [srcImageId, dstImageId, insId] = tid.split(':') as [string, string, string];
    return {
      tid, kind: 'image/create', name: `build-${insId}`, srcImageId, srcVersion: 1, dstImageId, dstVersion: 1, insId, phase: 'editing', state: 'running', progress: 100, vmstatus: 'running', message: '',
      error: null, kept: null, failedStep: null, ccId: 'cc-00000001', ncId: 'nc-00000001', owner: 'person-1', createdAt: 1000, updatedAt: 2000, ...set,
    };
  };
  const tasks = [task(RUNNING, {}), task(SUBMITTED, { phase: 'submitted', state: 'submitted', vmstatus: 'stopped' }), task(CANCELLED, { state: 'cancelled', vmstatus: 'stopped' })];
  const version = (imageId: string, state: string, sha256: string | null, tid: string | null): Evidence['db']['versions'][number] => ({ imageId, version: 1, state, sha256, sizeBytes: sha256 ? 100 : null, format: sha256 ? 'qcow2' : null, tid, walrusId: 'walrus-00000001', error: null });
  const plan = (tid: string, seq: number, step: string): Evidence['db']['plans'][number] => ({ id: `${tid}/${seq}`, subject: tid, seq, name: `image/create/${step}`, state: 'done', generation: 1, startedAt: 1000 + seq, endedAt: 1100 + seq, activeSubject: null });
  /** Something on a node that belonged to nothing, and is gone. */
  const removal: Evidence['db']['plans'][number] = { ...plan('nc-00000001/folder/ins-0000beef', 1, ''), name: 'orphan/remove' };
  const plans = [plan(RUNNING, 1, 'prepare'), plan(RUNNING, 2, 'run'), plan(SUBMITTED, 1, 'submit'), plan(CANCELLED, 1, 'cancel'), removal];
  const job = (planId: string, name: string): Evidence['db']['jobs'][number] => ({ id: `${planId}/0`, planId, index: 0, name, role: 'nc', target: 'nc-00000001', state: 'done', attempt: 1, undoAttempt: 0, deadlineAt: null, notBefore: null, startedAt: 1, endedAt: 2 });
  const daemon = (id: string, role: string): Evidence['db']['daemons'][number] => ({ id, role, name: `${role}-1`, url: '', epoch: 3, state: 'up', enabled: 1, ccId: null, lastBeatAt: 1 });
  const file = (path: string, sha256: string | null = null): { path: string; sizeBytes: number; sha256: string | null } => ({ path, sizeBytes: 100, sha256 });
  const event = (id: number, state: string, progress: number): Evidence['db']['events'][number] => ({ id, kind: 'task', subject: RUNNING, payload: { phase: state.split('/')[0], state: state.split('/')[1], progress }, at: 1000 + id });
  const events = [event(1, 'preparing/prepared', 100), event(2, 'editing/booting', 0), event(3, 'editing/running', 100)];
  const step = (id: number, name: string, tid: string): Evidence['history'] => [
    { kind: 'call', at: 1000 + id, id, actor: 'person-1', method: 'POST', path: `/image/create/task/${name}/${tid.replaceAll(':', '/')}`, key: `k-${id}`, body: {} },
    { kind: 'return', at: 1001 + id, id, status: 202, tid },
  ];
  return {
    seed: 1, hypervisor: 'libvirt', healedAt: 5000, quietAt: 6000,
    history: [
      { kind: 'call', at: 1000, id: 1, actor: 'person-1', method: 'POST', path: `/image/create/task/begin/${FIRST}`, key: 'k-1', body: { name: 'build-ins-0000000a' } },
      { kind: 'return', at: 1001, id: 1, status: 201, tid: RUNNING },
      ...step(2, 'prepare', RUNNING), ...step(3, 'run', RUNNING), ...step(4, 'submit', SUBMITTED), ...step(5, 'cancel', CANCELLED),
      { kind: 'call', at: 1010, id: 6, actor: 'person-1', method: 'POST', path: '/images', body: { name: 'never-made' } },
      { kind: 'return', at: 1011, id: 6, status: 400, code: 'BAD_REQUEST' },
      { kind: 'seen', at: 1020, what: 'guest', node: 'nc-1', insId: 'ins-0000000a', state: 'running', pid: 77 },
      { kind: 'seen', at: 1021, what: 'daemon', id: 'nc-00000001', name: 'nc-1', state: 'up', epoch: 3, lastBeatAt: 1 },
      { kind: 'seen', at: 1022, what: 'event', watcher: 'first', id: 0, event: 'ready', data: {} },
      ...events.map((e): Evidence['history'][number] => ({ kind: 'seen', at: e.at, what: 'event', watcher: 'first', id: e.id, event: 'task', data: e.payload })),
    ],
    db: {
      tasks, plans, jobs: plans.map((p) => job(p.id, p.name.endsWith('/run') ? 'startDomain' : 'cloneDisk')), outbox: [],
      images: [FIRST, ...tasks.map((t) => t.dstImageId)].map((id) => ({ id, name: `image ${id}`, heldBy: null, deletedAt: id === 'img-0000000c' ? 1 : null, createdBy: 'person-1' })),
      versions: [version(FIRST, 'available', SHA.first, null), version('img-0000000a', 'reserved', null, RUNNING), version('img-0000000b', 'available', SHA.built, SUBMITTED), version('img-0000000c', 'deleted', null, CANCELLED)],
      instances: [...tasks.map((t) => ({ id: t.insId, tid: t.tid, ncId: 'nc-00000001', memoryMiB: 96, cpus: 1, diskBytes: 1000, vmstatus: t.state === 'running' ? 'running' : 'stopped', firstBootAt: 1, statusEpoch: 3, statusSeq: 1, deletedAt: t.state === 'running' ? null : 1 })), { id: MACHINE, tid: `${FIRST}:${FIRST}:${MACHINE}`, ncId: null, memoryMiB: 96, cpus: 1, diskBytes: 1000, vmstatus: 'init', firstBootAt: null, statusEpoch: 0, statusSeq: 0, deletedAt: null }],
      userInstances: [{ id: MACHINE, name: 'machine-1', owner: 'person-1', kind: 'rvd', lifetime: 'persistent', imageId: FIRST, madeFrom: null, vmState: 'initialized', taskState: null, error: null, createdAt: 1000, updatedAt: 2000, deletedAt: null, network: null }],
      ledger: [{ ncId: 'nc-00000001', limitCpus: 4, limitMemoryMiB: 1000, limitDiskBytes: 10_000, usedCpus: 1, usedMemoryMiB: 96, usedDiskBytes: 1000 }],
      claims: [{ insId: 'ins-0000000a', kind: 'disk', ncId: 'nc-00000001', cpus: 0, memoryMiB: 0, diskBytes: 1000 }, { insId: 'ins-0000000a', kind: 'compute', ncId: 'nc-00000001', cpus: 1, memoryMiB: 96, diskBytes: 0 }],
      daemons: [daemon('cc-00000001', 'cc'), daemon('nc-00000001', 'nc'), daemon('walrus-00000001', 'walrus')],
      events, idempotency: [], addresses: [], access: [], batches: [],
    },
    queues: ['cmd.cc.cc-00000001', 'cmd.nc.nc-00000001', 'cmd.walrus.walrus-00000001', 'status.clc', 'status.cc-00000001'].map((name) => ({ vhost: 'clc', name, messages: 0, unacknowledged: 0, consumers: 1 })),
    deadLetters: [],
    disks: [
      { id: 'walrus-00000001', role: 'walrus', files: [file(`images/${FIRST}.v1.qcow2`, SHA.first), file('images/img-0000000b.v1.qcow2', SHA.built)], journal: [], pins: [] },
      { id: 'cc-00000001', role: 'cc', files: [file(`images/${FIRST}.v1.qcow2`, SHA.first)], journal: [], pins: [] },
      {
        id: 'nc-00000001', role: 'nc', files: [file(`images/${FIRST}.v1.qcow2`, SHA.first), file('instances/ins-0000000a/disk.qcow2'), file('instances/ins-0000000a/booted')],
        journal: [{ id: 'a:do:1', tid: RUNNING, jobId: 'a', job: 'startDomain', op: 'do', attempt: 1, state: 'done', reported: true }], pins: [`ins-0000000a@${FIRST}.v1`],
      },
    ],
    guests: [{ node: 'nc-1', name: 'ins-0000000a', insId: 'ins-0000000a', state: 'running', uuid: '00000000-0000-8000-8000-00000000000a', mark: { tid: RUNNING, node: 'nc-00000001' }, xml: XML }],
    edits: [
      { tid: RUNNING, insId: 'ins-0000000a', node: 'nc-1', mark: 'mark-a', foundIn: ['nc-1:instances/ins-0000000a/disk.qcow2'] },
      { tid: SUBMITTED, insId: 'ins-0000000b', node: 'nc-1', mark: 'mark-b', foundIn: ['walrus:images/img-0000000b.v1.qcow2'] },
    ],
    processes: [{ pid: 77, kind: 'qemu', name: 'qemu-system-x86_64', cmdline: 'qemu-system-x86_64 -name guest=ins-0000000a,debug-threads=on' }],
    rules: [], redis: [{ key: 'task:x:preparing', value: '{}', ttlSeconds: 60 }], readiness: [{ name: 'clc', ready: true, reasons: [] }], secretsSeen: [],
  };
}
