// What every hypervisor promises, checked on the fake and on a private libvirtd with real QEMU.
import assert from 'node:assert/strict';
import net from 'node:net';
import { OS_HARDWARE } from '@educloud/contracts';
import { hasCode } from '@educloud/errors';
import type { DomainEvent, DomainSpec, Hypervisor } from '../../apps/nc/src/drivers/hypervisor/interface.ts';
import { thumbnailOf } from '../../apps/nc/src/screen/thumbnail.ts';
import { freePorts } from '../../tools/servers/ports.ts';
import { until } from '../support/qemu-guest.ts';

export interface HypervisorScene {
  /** Each a new one, as after a start of the node controller: the guests are those of before. */
  open(): Promise<Hypervisor>;
  disk(insId: string): string;
  /** A guest that does nothing of its own is given work. */
  busy?(insId: string): void;
}

const TID = 'img-00000000:img-00000001:ins-00000001';
const ABSENT = 'ins-deadbeef';

/** What a VNC server says first. */
const greeting = (address: { path: string } | { host: string; port: number }): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = net.connect(address as net.NetConnectOpts);
    socket.once('data', (d) => { socket.destroy(); resolve(d.toString('latin1')); });
    socket.once('error', reject);
  });

export function hypervisorContract(scene: () => HypervisorScene): void {
  const specOf = (insId: string, more: Partial<DomainSpec> = {}): DomainSpec => ({
    insId, title: 'Klasse 3b <"Übung"> & \'mehr\' 中文', tid: TID, memoryMiB: 96, cpus: 1, hardware: OS_HARDWARE.linux, disk: { path: scene().disk(insId), format: 'qcow2' }, mediaPath: null, ...more,
  });
  let hv: Hypervisor;
  const events: DomainEvent[] = [];
  before(async () => {
    hv = await scene().open();
    hv.onEvent((e) => events.push(e));
  });
  after(async () => {
    for (const { insId } of await hv.list()) await hv.ensureAbsent(insId);
    await hv.close();
  });

  it('is connected and says what it is', () => {
    const health = hv.health();
    assert.ok(health.connected && health.version !== '' && health.message !== '');
  });
  it('tells a new listener that it is connected', async () => {
    let told = false;
    const off = hv.onConnected(() => (told = true));
    await until('onConnected', () => told, 2000);
    off();
  });
  it('starts a guest, lists it, greets on its console, powers it off and removes it, each step twice', async () => {
    const id = 'ins-000000a1';
    assert.equal(await hv.state(id), 'absent');
    await hv.ensureRunning(specOf(id));
    await hv.ensureRunning(specOf(id));
    assert.equal(await hv.state(id), 'running');
    assert.deepEqual((await hv.list()).find((d) => d.insId === id), { insId: id, state: 'running' });
    assert.match(await greeting(await hv.consoleAddress(id)), /^RFB 003/);
    const counted = async () => (await hv.counters()).find((one) => one.insId === id);
    await until('its work to be counted', async () => ((await counted())?.memoryMiB ?? 0) > 0, 5000);
    scene().busy?.(id);
    const first = await counted();
    await until('it to go on working', async () => ((await counted())?.cpuNs ?? -1) > (first?.cpuNs ?? 0), 5000);
    assert.equal(thumbnailOf(await hv.screenshot(id)).toString('latin1', 1, 4), 'PNG');
    await hv.ensureStopped(id);
    await hv.ensureStopped(id);
    assert.deepEqual([await hv.state(id), await counted()], ['shutoff', undefined]);
    await hv.ensureAbsent(id);
    await hv.ensureAbsent(id);
    assert.equal(await hv.state(id), 'absent');
    assert.ok(!(await hv.list()).some((d) => d.insId === id));
  });
  it('tells of start, power-off and removal within a second', async () => {
    const id = 'ins-000000a2';
    events.length = 0;
    await hv.ensureRunning(specOf(id));
    await until('started', () => events.some((e) => e.insId === id && e.state === 'running'), 1000);
    await hv.ensureStopped(id);
    await until('destroyed', () => events.some((e) => e.insId === id && e.state === 'shutoff' && e.reason === 'destroyed'), 1000);
    await hv.ensureAbsent(id);
    await until('undefined', () => events.some((e) => e.insId === id && e.state === 'absent'), 1000);
  });
  it('starts a stopped guest again, with changed memory', async () => {
    const id = 'ins-000000a3';
    await hv.ensureRunning(specOf(id));
    await hv.ensureStopped(id);
    await hv.ensureRunning(specOf(id, { memoryMiB: 112 }));
    assert.equal(await hv.state(id), 'running');
    await hv.ensureAbsent(id);
  });
  it('finds its guests again after the node controller was started anew', async () => {
    const id = 'ins-000000a4';
    await hv.ensureRunning(specOf(id));
    const again = await scene().open();
    assert.equal(await again.state(id), 'running');
    assert.deepEqual((await again.list()).find((d) => d.insId === id), { insId: id, state: 'running' });
    await again.close();
    await hv.ensureAbsent(id);
  });
  it('pauses a guest and lets it go on, each step twice, and tells of both; also a paused one is powered off', async () => {
    const id = 'ins-000000a5';
    await hv.ensureRunning(specOf(id));
    events.length = 0;
    await hv.pause(id);
    await hv.pause(id);
    assert.equal(await hv.state(id), 'paused');
    await until('paused', () => events.some((e) => e.insId === id && e.state === 'paused' && e.reason === 'suspended'), 1000);
    await hv.resume(id);
    await hv.resume(id);
    assert.equal(await hv.state(id), 'running');
    await until('resumed', () => events.some((e) => e.insId === id && e.state === 'running' && e.reason === 'resumed'), 1000);
    await hv.pause(id);
    await hv.ensureStopped(id);
    assert.equal(await hv.state(id), 'shutoff');
    await hv.ensureAbsent(id);
  });
  it('forwards the ports it is asked for, and no others, to a guest that starts or runs; a port that is taken refuses the start', async () => {
    const [id, other] = ['ins-000000a7', 'ins-000000a8'];
    const [port, second] = await freePorts(2) as [number, number];
    const nat = (...ports: Array<[number, number]>): DomainSpec['nics'] => [{ mode: 'nat', mac: '52:54:00:00:00:a7', forwards: ports.map(([hostPort, guestPort]) => ({ protocol: 'tcp', hostIp: '127.0.0.1', hostPort, guestPort })) }];
    await hv.ensureRunning(specOf(id, { nics: nat([port, 22]) }));
    assert.deepEqual(await hv.forwards(id), [{ protocol: 'tcp', hostIp: '127.0.0.1', hostPort: port, guestPort: 22 }]);
    await hv.ensureRunning(specOf(id, { nics: nat([second, 80]) }));
    assert.deepEqual(await hv.forwards(id), [{ protocol: 'tcp', hostIp: '127.0.0.1', hostPort: second, guestPort: 80 }]);
    await assert.rejects(hv.ensureRunning(specOf(other, { nics: nat([second, 22]) })), (e) => hasCode(e, 'ACCESS_REFUSED'));
    assert.notEqual(await hv.state(other), 'running');
    await hv.ensureAbsent(id);
    await hv.ensureRunning(specOf(other, { nics: nat([second, 22]) }));
    await hv.ensureAbsent(other);
  });
  it('saves a guest to disk and lets it go on, each step twice; what was saved goes when it is stopped, started from its disk, or removed', async () => {
    const id = 'ins-000000a9';
    await assert.rejects(hv.save(id), (e) => hasCode(e, 'NOT_FOUND'));
    await hv.ensureRunning(specOf(id));
    events.length = 0;
    await hv.save(id);
    await hv.save(id);
    assert.deepEqual([await hv.state(id), await hv.isSaved(id)], ['shutoff', true]);
    await until('saved', () => events.some((e) => e.insId === id && e.state === 'shutoff' && e.reason === 'saved'), 1000);
    await hv.restore({ insId: id });
    await hv.restore({ insId: id });
    assert.deepEqual([await hv.state(id), await hv.isSaved(id)], ['running', false]);
    await hv.pause(id);
    await hv.save(id);
    await hv.restore({ insId: id });
    assert.equal(await hv.state(id), 'running', 'also one that was paused');
    await hv.save(id);
    await hv.ensureStopped(id);
    assert.equal(await hv.isSaved(id), false);
    await assert.rejects(hv.restore({ insId: id }), (e) => hasCode(e, 'NOT_FOUND'));
    await assert.rejects(hv.save(id), (e) => hasCode(e, 'GUEST_NOT_RUNNING'));
    await hv.ensureRunning(specOf(id));
    await hv.save(id);
    await hv.ensureRunning(specOf(id));
    assert.deepEqual([await hv.state(id), await hv.isSaved(id)], ['running', false]);
    await hv.save(id);
    await hv.ensureAbsent(id);
    assert.deepEqual([await hv.state(id), await hv.isSaved(id)], ['absent', false]);
  });
  it('R130 lets go on what came up paused, although nothing of it is saved any more', async () => {
    const id = 'ins-000000aa';
    await hv.ensureRunning(specOf(id));
    await hv.save(id);
    await hv.restore({ insId: id });
    await hv.pause(id);
    await hv.restore({ insId: id });
    assert.equal(await hv.state(id), 'running');
    await hv.ensureAbsent(id);
  });
  it('is fine with stopping and removing what never was', async () => {
    await hv.ensureStopped(ABSENT);
    await hv.ensureAbsent(ABSENT);
  });
  it('says NOT_FOUND of an absent guest and GUEST_NOT_RUNNING of a stopped one', async () => {
    for (const ask of [() => hv.consoleAddress(ABSENT), () => hv.screenshot(ABSENT), () => hv.pause(ABSENT), () => hv.requestShutdown(ABSENT), () => hv.agentCommand(ABSENT, { execute: 'guest-ping' }, 1)]) {
      await assert.rejects(ask(), (e) => hasCode(e, 'NOT_FOUND'));
    }
    const id = 'ins-000000a6';
    await hv.ensureRunning(specOf(id));
    await hv.ensureStopped(id);
    for (const ask of [() => hv.consoleAddress(id), () => hv.screenshot(id), () => hv.pause(id), () => hv.requestShutdown(id), () => hv.agentCommand(id, { execute: 'guest-ping' }, 1)]) {
      await assert.rejects(ask(), (e) => hasCode(e, 'GUEST_NOT_RUNNING'));
    }
    await hv.ensureAbsent(id);
  });
  it('refuses control characters in the title and leaves nothing behind', async () => {
    await assert.rejects(hv.ensureRunning(specOf('ins-000000a5', { title: 'a\u0000b' })), (e) => hasCode(e, 'BAD_REQUEST'));
    assert.equal(await hv.state('ins-000000a5'), 'absent');
  });
}
