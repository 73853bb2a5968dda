// Each invariant is shown to be able to fail: a planted violation turns it red, and its sentence names the object.
import assert from 'node:assert/strict';
import type { Evidence } from '../evidence/interface.ts';
import { calmCloud, CANCELLED, FIRST, RUNNING, SUBMITTED } from './calm.ts';
import { checkInvariants, INVARIANTS } from './index.ts';

/** A violation that was planted: how, what must be told, and by which invariant. */
type Planted = [id: string, what: string, plant: (e: Evidence) => void, says: RegExp];

const disk = (e: Evidence, role: string): Evidence['disks'][number] => e.disks.find((d) => d.role === role) as Evidence['disks'][number];
const task = (e: Evidence, tid: string): Evidence['db']['tasks'][number] => e.db.tasks.find((t) => t.tid === tid) as Evidence['db']['tasks'][number];
const call = (id: number, path: string, set: object = {}, answer: object = {}): Evidence['history'] => [
  { kind: 'call', at: 2000, id, actor: 'person-1', method: 'POST', path, ...set },
  { kind: 'return', at: 2001, id, status: 202, ...answer },
];
const machine = (e: Evidence): Evidence['db']['userInstances'][number] => e.db.userInstances[0] as Evidence['db']['userInstances'][number];
const lease = (value: string): Evidence['db']['addresses'][number] => ({ ccId: 'cc-00000001', kind: 'management-port', value, state: 'leased', insId: 'ins-0000000d' });
const lived = (...stands: string[]): Evidence['db']['events'] => stands.map((stand, i) => ({ id: 4 + i, kind: 'instance', subject: 'ins-0000000d', at: 2000 + i, payload: { vmState: stand.split('/')[0], taskState: stand.endsWith('/-') ? null : stand.split('/')[1] } }));
const stepPath = (step: string, tid: string): string => `/image/create/task/${step}/${tid.replaceAll(':', '/')}`;
const guestSeen = (insId: string, set: object): Evidence['history'][number] => ({ kind: 'seen', what: 'guest', at: 3000, node: 'nc-1', insId, state: 'running', pid: 88, ...set });

const PLANTED: Planted[] = [
  ['I1', 'a task that was answered and does not exist', (e) => e.history.push(...call(50, `/image/create/task/begin/${FIRST}`, {}, { status: 201, tid: 'img-1:img-2:ins-3' })), /img-1:img-2:ins-3, which does not exist/],
  ['I1', 'an upload that was answered and does not exist', (e) => e.history.push(...call(50, '/images', {}, { status: 201, body: { imageId: 'img-0000dead' } })), /img-0000dead, which does not exist/],
  ['I1', 'a deletion that was answered and not done', (e) => e.history.push(...call(50, `/images/${FIRST}`, { method: 'DELETE' }, { status: 204 })), /img-00000001 was answered 204, and the image is still there/],
  ['I1', 'a step that was accepted and never begun', (e) => e.history.push(...call(50, stepPath('submit', SUBMITTED))), /submit of task .* accepted 2 times and begun 1/],
  ['I1', 'a plan that goes on for ever', (e) => { (e.db.plans[0] as { state: string }).state = 'running'; }, /plan .*\/1 .* is running/],
  ['I1', 'a task that stands still half-way', (e) => { task(e, SUBMITTED).state = 'uploading'; }, /stands at submitted\/uploading/],
  ['I1', 'a stuck task', (e) => { task(e, RUNNING).state = 'stuck'; }, /is stuck at editing/],
  ['I1', 'a message that was never published', (e) => e.db.outbox.push({ id: 'm:do:1', queue: 'cmd.nc.nc-00000001', createdAt: 1 }), /m:do:1 .* never published/],
  ['I1', 'a cloud that does not come to rest', (e) => { e.quietAt = null; }, /did not come to rest/],
  ['I2', 'a task without its instance', (e) => { e.db.instances = e.db.instances.filter((i) => i.id !== 'ins-0000000c'); }, /task .*ins-0000000c has no instance row/],
  ['I2', 'a plan of a task that does not exist', (e) => { (e.db.plans[0] as { subject: string }).subject = 'img-1:img-2:ins-3'; }, /plan .* is about img-1:img-2:ins-3, which does not exist/],
  ['I2', 'a plan without jobs', (e) => { e.db.jobs = e.db.jobs.slice(1); }, /plan .*\/1 has no jobs/],
  ['I3', 'a step that was done twice', (e) => { e.db.plans.push({ ...(e.db.plans[1] as Evidence['db']['plans'][number]), id: `${RUNNING}/3`, seq: 3 }); e.db.jobs.push({ ...(e.db.jobs[1] as Evidence['db']['jobs'][number]), id: `${RUNNING}/3/0`, planId: `${RUNNING}/3`, attempt: 0 }); }, /run of task .* ordered 1 times and begun 2/],
  ['I3', 'a guest that was started twice', (e) => e.history.push(guestSeen('ins-0000000a', { at: 3001, pid: 77, state: 'gone' }), guestSeen('ins-0000000a', { at: 3002 })), /guest ins-0000000a was started 2 times/],
  ['I4', 'one key, two tasks', (e) => e.history.push(...call(50, `/image/create/task/begin/${FIRST}`, { key: 'k-1', body: { name: 'build-ins-0000000a' } }, { status: 201, tid: SUBMITTED })), /key k-1 of person-1 made/],
  ['I4', 'one key, two requests', (e) => e.history.push(...call(50, `/image/create/task/begin/${FIRST}`, { key: 'k-1', body: { name: 'another' } }, { status: 201, tid: RUNNING })), /accepted with 2 different requests/],
  ['I4', 'two tasks of one name', (e) => { task(e, SUBMITTED).name = task(e, RUNNING).name; }, /2 tasks are called build-ins-0000000a/],
  ['I5', 'a row that is not where its last event says', (e) => { (e.db.events[2]?.payload as { state: string }).state = 'stopped'; }, /last event 3 says editing\/stopped/],
  ['I5', 'a registration that falls', (e) => e.history.push({ kind: 'seen', at: 1, what: 'daemon', id: 'nc-00000001', name: 'nc-1', state: 'up', epoch: 2, lastBeatAt: 1 }), /fell from 3 to 2/],
  ['I6', 'a way that the table does not know', (e) => { (e.db.events[0]?.payload as { state: string }).state = 'pending'; }, /from preparing\/pending to editing\/booting in event 2/],
  ['I6', 'a bar that falls', (e) => e.db.events.push({ id: 4, kind: 'task', subject: RUNNING, payload: { phase: 'editing', state: 'running', progress: 10 }, at: 1 }), /fell from 100 to 10 %/],
  ['I7', 'the folder of a task that has ended', (e) => disk(e, 'nc').files.push({ path: 'instances/ins-0000000c/disk.qcow2', sizeBytes: 1, sha256: null }), /keeps instances\/ins-0000000c\/disk.qcow2 of a task that is editing\/cancelled/],
  ['I7', 'a folder of nobody', (e) => disk(e, 'nc').files.push({ path: 'instances/ins-0000dead/disk.qcow2', sizeBytes: 1, sha256: null }), /ins-0000dead\/disk.qcow2 of nobody/],
  ['I7', 'a staged file', (e) => disk(e, 'cc').files.push({ path: 'staging/img-0000000b.v1.qcow2', sizeBytes: 1, sha256: null }), /staged file/],
  ['I7', 'a half upload', (e) => disk(e, 'walrus').files.push({ path: 'incoming/img-0000000c.v1.part', sizeBytes: 1, sha256: null }), /upload that has ended/],
  ['I7', 'a half download that nobody wants', (e) => disk(e, 'cc').files.push({ path: 'images/img-0000000b.v1.qcow2.part', sizeBytes: 1, sha256: null }), /unfinished file/],
  ['I7', 'a pin of a task that has ended', (e) => disk(e, 'cc').pins.push(`ins-0000000b@${FIRST}.v1`), /pin ins-0000000b@.* submitted/],
  ['I7', 'a disk that is missing', (e) => { disk(e, 'nc').files = disk(e, 'nc').files.filter((f) => !f.path.endsWith('disk.qcow2')); }, /no disk of ins-0000000a/],
  ['I7', 'an image held by a task that has ended', (e) => { (e.db.images[0] as { heldBy: string }).heldBy = CANCELLED; }, /is held by .* which has ended/],
  ['I7', 'a reserved version of a task that has ended', (e) => { (e.db.versions[3] as { state: string }).state = 'reserved'; }, /reserved for .* which has ended/],
  ['I10', 'two guests with one MAC address', (e) => e.guests.push({ ...(e.guests[0] as Evidence['guests'][number]), name: 'foreign', insId: null, mark: null, state: 'shutoff', xml: '<mac address="52:54:00:00:00:0a"/>' }), /ins-0000000a on nc-1 and foreign on nc-1 have the MAC address/],
  ['I13', 'a claim of nobody', (e) => { e.db.claims.push({ insId: 'ins-0000dead', kind: 'disk', ncId: 'nc-00000001', cpus: 0, memoryMiB: 0, diskBytes: 0 }); }, /claim of ins-0000dead, which nobody knows/],
  ['I13', 'a sum that is not the sum', (e) => { (e.db.ledger[0] as { usedCpus: number }).usedCpus = 2; }, /counts 2 CPUs as used, its claims make 1/],
  ['I13', 'more promised than there is', (e) => { (e.db.ledger[0] as { limitMemoryMiB: number }).limitMemoryMiB = 90; }, /promised 96 MiB of memory of 90/],
  ['I13', 'a guest that runs without a claim', (e) => { e.db.claims.pop(); const l = e.db.ledger[0] as Evidence['db']['ledger'][number]; l.usedCpus = 0; l.usedMemoryMiB = 0; }, /ins-0000000a runs without a claim/],
  ['I14', 'a guest on two nodes', (e) => e.history.push(guestSeen('ins-0000000a', { node: 'nc-2' })), /ins-0000000a runs on nc-1 \(process 77\) and on nc-2 \(process 88\) at once/],
  ['I14', 'a guest that is not at home', (e) => { (e.guests[0] as { node: string }).node = 'nc-2'; }, /runs on nc-2, its place is nc-1/],
  ['I18', 'a queue at which nobody listens', (e) => { (e.queues[1] as { consumers: number }).consumers = 0; }, /0 consumers listen at cmd.nc/],
  ['I18', 'a message that waits', (e) => { (e.queues[3] as { messages: number }).messages = 2; }, /2 messages wait in status.clc/],
  ['I18', 'a queue that is gone', (e) => { e.queues.pop(); }, /the queue status.cc-00000001 is not there/],
  ['I20', 'a dead letter', (e) => e.deadLetters.push({ vhost: 'clc', queue: 'status.clc', code: 'DELIVERY_LIMIT', reason: 'failed', at: 1, content: '{}' }), /dead letter from status.clc: DELIVERY_LIMIT failed/],
  ['I21', 'a queue of a daemon that is none', (e) => e.queues.push({ vhost: 'clc', name: 'cmd.nc.nc-0000dead', messages: 0, unacknowledged: 0, consumers: 1 }), /cmd.nc.nc-0000dead belongs to no daemon/],
  ['I22', 'a Redis key that never ends', (e) => e.redis.push({ key: 'truth', value: '', ttlSeconds: -1 }), /truth never ends/],
  ['I25', 'a flipped bit in a cache', (e) => { (disk(e, 'cc').files[0] as { sha256: string }).sha256 = '3'.repeat(64); }, /images\/img-00000001.v1.qcow2 of cc-00000001 has sha256 3333/],
  ['I26', 'a version without its file', (e) => { disk(e, 'walrus').files.pop(); }, /img-0000000b.v1.qcow2 is promised and not in the store/],
  ['I26', 'a file that nobody promised', (e) => disk(e, 'walrus').files.push({ path: 'images/img-0000dead.v1.raw', sizeBytes: 1, sha256: null }), /img-0000dead.v1.raw is in the store and promised to nobody/],
  ['I26', 'a short file', (e) => { (disk(e, 'walrus').files[0] as { sizeBytes: number }).sizeBytes = 99; }, /has 99 bytes in the store, promised are 100/],
  ['I29', 'a base that was evicted', (e) => { disk(e, 'nc').files.shift(); }, /nc-00000001 has lost img-00000001.v1/],
  ['I30', 'a guest that went off by itself', (e) => { e.history.push(guestSeen('ins-0000000a', { pid: 77, state: 'gone' })); }, /ins-0000000a went off on nc-1 .* nobody had asked/],
  ['I30', 'a guest that went off with its libvirtd', (e) => { e.history.push({ kind: 'fault', at: 2999, name: 'libvirtd-kill', target: 'nc', phase: 'inject', detail: null }, guestSeen('ins-0000000a', { pid: 77, state: 'gone' })); }, /ins-0000000a went off on nc-1 .* nobody had asked/],
  ['I31', 'a task whose guest does not run', (e) => { (e.guests[0] as { state: string }).state = 'shutoff'; e.processes = []; }, /runs nowhere/],
  ['I31', 'a guest that runs after its end', (e) => { e.guests.push({ ...(e.guests[0] as Evidence['guests'][number]), name: 'ins-0000000c', insId: 'ins-0000000c', xml: null }); }, /ins-0000000c runs on nc-1, and its task .* is editing\/cancelled/],
  ['I31', 'a daemon that stays down', (e) => { (e.db.daemons[1] as { state: string }).state = 'down'; }, /nc-1 \(nc-00000001\) is down/],
  ['I32', 'a domain of nobody', (e) => e.guests.push({ ...(e.guests[0] as Evidence['guests'][number]), name: 'ins-0000dead', insId: 'ins-0000dead', state: 'shutoff', xml: null }), /domain ins-0000dead on nc-1 belongs to nobody/],
  ['I32', 'a QEMU that no hypervisor knows', (e) => e.processes.push({ pid: 99, kind: 'qemu', name: 'qemu', cmdline: 'qemu -name guest=ins-0000dead,x' }), /process 99 is a guest ins-0000dead/],
  ['I33', 'a cancel that lost', (e) => { task(e, CANCELLED).state = 'stopped'; }, /cancel of task .* accepted, and it is editing\/stopped/],
  ['I36', 'a password in a log', (e) => e.secretsSeen.push({ what: 'a password', where: 'log clc.log' }), /a password stands in log clc.log/],
  ['I37', 'an image of a refused request', (e) => { (e.db.images[0] as { name: string }).name = 'never-made'; }, /image img-00000001 is called "never-made"/],
  ['U1', 'an edited disk that was lost', (e) => { (e.edits[0] as { foundIn: string[] }).foundIn = []; }, /"mark-a" is not on the disk of ins-0000000a on nc-1/],
  ['U1', 'a version without what was edited', (e) => { (e.edits[1] as { foundIn: string[] }).foundIn = []; }, /"mark-b" is not in img-0000000b version 1/],
  ['I40', 'an address of an instance that is nowhere', (e) => e.db.addresses.push(lease('18001')), /18001 is leased to ins-0000000d, which is nowhere/],
  ['I40', 'an address of nobody', (e) => e.db.addresses.push({ ...lease('18001'), insId: 'ins-0000dead' }), /18001 is leased to ins-0000dead, which nobody knows/],
  ['I40', 'one port for two', (e) => { const network = { cards: [], doors: [{ name: 'web', at: 'node', port: 18_001 }] }; e.db.userInstances = [{ ...machine(e), network }, { ...machine(e), id: 'ins-0000000e', network }]; }, /18001 is told to be that of ins-0000000d and ins-0000000e/],
  ['I40', 'a port that is not leased', (e) => { machine(e).network = { cards: [], doors: [{ name: 'web', at: 'node', port: 18_001 }] }; }, /ins-0000000d has 18001, which is not leased to it/],
  ['I40', 'a port of the cloud', (e) => { e.db.addresses.push(lease('8774')); (e.db.daemons[0] as { url: string }).url = 'http://10.0.0.1:8774'; }, /port 8774 of .* is leased to ins-0000000d/],
  ['I40', 'a way to one that is off', (e) => e.db.access.push({ insId: 'ins-0000000d', ccId: 'cc-00000001' }), /ways to ins-0000000d are open, and it is initialized/],
  ['I41', 'a class of which one is missing', (e) => { e.history.push(...call(50, '/batches', { body: { count: 2, definition: { name: 'pc-{n}' } } })); e.db.userInstances.push({ ...machine(e), id: 'ins-0000000e', name: 'pc-1' }); }, /class pc-\{n\} was accepted, and its members are there 1, 0 times/],
  ['I41', 'a batch that goes on for ever', (e) => e.db.batches.push({ id: 'bat-00000001', state: 'running' }), /batch bat-00000001 never ended/],
  ['I13', 'saved memory without room', (e) => { machine(e).vmState = 'suspended'; }, /memory of ins-0000000d is saved/],
  ['I39', 'an instance that never comes to rest', (e) => { machine(e).taskState = 'spawning'; }, /ins-0000000d stands at initialized\/spawning/],
  ['I39', 'an instance that was told and is not there', (e) => { e.history.push(...call(50, '/instances', { body: { name: 'machine-2' } }, { status: 201 })); }, /"machine-2" was defined once and is there 0 times/],
  ['I39', 'a deletion that was accepted and not done', (e) => e.history.push(...call(50, '/instances/ins-0000000d', { method: 'DELETE' })), /deletion of ins-0000000d was accepted/],
  ['I39', 'a temporary one that keeps its disk', (e) => { Object.assign(machine(e), { lifetime: 'temporary', vmState: 'stopped' }); }, /temporary instance ins-0000000d is off/],
  ['I39', 'a persistent disk that is gone', (e) => { e.db.events.push(...lived('active/-', 'stopped/-')); machine(e).vmState = 'stopped'; }, /disk of the persistent instance ins-0000000d is gone/],
  ['I39', 'a way that the table of instances does not know', (e) => e.db.events.push(...lived('initialized/-', 'paused/-')), /ins-0000000d went from initialized\/- to paused\/- in event 5/],
  ['I39', 'an instance that is not where its last event says', (e) => e.db.events.push(...lived('initialized/-', 'initialized/scheduling')), /last event 5 says initialized\/scheduling/],
  ['I7', 'a folder of an instance that never ran', (e) => disk(e, 'nc').files.push({ path: 'instances/ins-0000000d/disk.qcow2', sizeBytes: 1, sha256: null }), /keeps instances\/ins-0000000d\/disk.qcow2/],
  ['I13', 'a claim of an instance that never ran', (e) => e.db.claims.push({ insId: 'ins-0000000d', kind: 'disk', ncId: 'nc-00000001', cpus: 0, memoryMiB: 0, diskBytes: 0 }), /keeps the disk claim of ins-0000000d/],
  ['E1', 'an event that a watcher missed', (e) => { e.history = e.history.filter((h) => !(h.kind === 'seen' && h.what === 'event' && h.id === 2)); }, /first missed 1 events: 2/],
  ['E1', 'an event that came twice', (e) => e.history.push({ kind: 'seen', at: 1, what: 'event', watcher: 'first', id: 3, event: 'task', data: {} }), /saw event 3 twice/],
];

describe('invariants', () => {
  it('all hold in a cloud at rest', () => assert.deepEqual(checkInvariants(calmCloud()), []));
  it('hold when libvirtd is killed in the middle of a start, which is done again', () => {
    const evidence = calmCloud();
    (evidence.db.events[2] as { at: number }).at = 1015;
    for (const job of evidence.db.jobs.filter((j) => j.name === 'startDomain')) job.attempt = 2;
    const half = { insId: 'ins-0000000a', node: 'nc-1', pid: 70 };
    evidence.history.unshift({ kind: 'seen', what: 'guest', at: 1005, ...half, state: 'running' }, { kind: 'seen', what: 'guest', at: 1010, ...half, state: 'gone' });
    assert.match(JSON.stringify(checkInvariants(evidence)), /went off/);
    evidence.history.unshift({ kind: 'fault', at: 1006, name: 'libvirtd-kill', target: 'nc', phase: 'inject', detail: null });
    assert.deepEqual(checkInvariants(evidence), []);
  });
  it('are each shown to be able to fail', () => assert.deepEqual(INVARIANTS.map((i) => i.id).filter((id) => !PLANTED.some(([planted]) => planted === id)), []));
  for (const [id, what, plant, says] of PLANTED) {
    it(`${id} tells of ${what}`, () => {
      const evidence = calmCloud();
      plant(evidence);
      const found = checkInvariants(evidence);
      assert.ok(found.some((v) => v.invariant === id && says.test(v.says)), `found only ${JSON.stringify(found)}`);
    });
  }
});
