// The contract of the hypervisor on the fake and on a private libvirtd with real QEMU; then what only the real one can show.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import { GuestHardware, OS_HARDWARE } from '@educloud/contracts';
import { hasCode, isCloudError } from '@educloud/errors';
import { openLibvirt, UNDEFINE, type Libvirt } from '@educloud/libvirt';
import { silentLog } from '@educloud/log';
import { domainXml } from '../../apps/nc/src/drivers/hypervisor/domain-xml.ts';
import type { DomainEvent, DomainSpec, Hypervisor } from '../../apps/nc/src/drivers/hypervisor/interface.ts';
import { loadHypervisor } from '../../apps/nc/src/drivers/hypervisor/load.ts';
import { createSerialLines } from '../../apps/nc/src/serial/line.ts';
import { readSerialLog } from '../../apps/nc/src/serial/log-file.ts';
import { makeGuestImage } from '../../tools/guest-image.ts';
import { guestPids, startLibvirtd, type LibvirtServer } from '../../tools/servers/libvirtd.ts';
import { hypervisorContract } from '../contract/hypervisor.contract.ts';
import { until } from '../support/qemu-guest.ts';

const textOf = (stream: Duplex): (() => string) => {
  let text = '';
  stream.on('data', (chunk: Buffer) => (text += chunk.toString('latin1'))).on('error', () => undefined);
  return () => text;
};
const TID = 'img-00000000:img-00000001:ins-00000001';

describe('the fake hypervisor', () => {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'edu-fake-'));
  after(() => rmSync(dir, { recursive: true, force: true }));
  hypervisorContract(() => ({ open: () => loadHypervisor({ kind: 'fake', stateDir: dir }), disk: (id) => path.join(dir, `${id}.qcow2`), busy: (id) => writeFileSync(path.join(dir, `${id}.busy`), '50') }));
});

describe('the libvirt hypervisor on a private libvirtd', function () {
  this.timeout(120_000);
  let dir: string;
  let server: LibvirtServer;
  let raw: Libvirt;
  let hv: Hypervisor;
  const disk = (id: string): string => {
    const file = path.join(dir, 'disks', `${id}.qcow2`);
    if (!existsSync(file)) execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', file, '64M']);
    return file;
  };
  const open = (): Promise<Hypervisor> =>
    loadHypervisor({ kind: 'libvirt', uri: server.uri, nodeId: () => 'nc-00000001', socketDir: path.join(dir, 'vnc'), acceleration: 'tcg', log: silentLog() });
  const specOf = (insId: string, more: Partial<DomainSpec> = {}): DomainSpec => ({
    insId, title: insId, tid: TID, memoryMiB: 96, cpus: 1, hardware: OS_HARDWARE.linux, disk: { path: disk(insId), format: 'qcow2' }, mediaPath: null, ...more,
  });
  const env = { nodeId: 'nc-00000001', acceleration: 'tcg' as const, vncSocket: '', serialSocket: '' };
  const time = async (work: () => Promise<unknown>): Promise<number> => {
    const start = performance.now();
    await work();
    return performance.now() - start;
  };
  const sha256 = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

  before(async function () {
    if (process.getuid?.() !== 0 && process.env['CI'] !== 'true') this.skip();
    dir = mkdtempSync(path.join(os.tmpdir(), 'edu-lv-'));
    mkdirSync(path.join(dir, 'disks'));
    server = await startLibvirtd({ dir: path.join(dir, 'd'), hideKvm: true });
    hv = await open();
    raw = await openLibvirt({ uri: server.uri, log: silentLog() });
  });
  after(async () => {
    await hv?.close();
    await raw?.close();
    await server?.stop({ guests: true });
    if (dir) rmSync(dir, { recursive: true, force: true });
  });

  describe('contract', () => hypervisorContract(() => ({ open, disk })));

  it('accepts all hardware that an OS type may have, with a medium', async () => {
    const iso = path.join(dir, 'disks', 'medium.iso');
    execFileSync('truncate', ['-s', '1M', iso]);
    const { diskBus, nicModel, video, audio } = GuestHardware.shape;
    // With each bus every other value once.
    const all = diskBus.options.flatMap((bus) => nicModel.options.map((nic, i): GuestHardware => ({ diskBus: bus, nicModel: nic, video: video.options[i % 4]!, audio: audio.options[i % 3]!, localtime: i % 2 === 0 })));
    for (const [i, hardware] of all.entries()) {
      const id = `ins-0000b${String(i).padStart(3, '0')}`;
      await hv.ensureRunning(specOf(id, { hardware, mediaPath: iso, ...(i % 2 === 0 ? {} : { startup: { bootFrom: 'network' as const, bootMenuSeconds: i, clipboard: i % 3 === 0 } }) })).catch((e: unknown) => { throw new Error(`${JSON.stringify(hardware)}: ${String(e)}`, { cause: e }); });
      const xml = await raw.dumpXml(id);
      assert.match(xml, new RegExp(`bus='${hardware.diskBus}'`));
      assert.match(xml, new RegExp(`model type='${hardware.nicModel}'`));
      assert.match(xml, new RegExp(`model type='${hardware.video}'`));
      if (hardware.audio === 'none') assert.doesNotMatch(xml, /<sound/);
      else assert.match(xml, hardware.audio === 'ac97' ? /<sound model='ac97'/ : /<sound model='ich[69]'/);
      assert.match(xml, /device='cdrom'/);
      await hv.ensureAbsent(id);
    }
  });
  it('keeps console sockets where nobody else may enter', async () => {
    await hv.ensureRunning(specOf('ins-0000b010'));
    const address = await hv.consoleAddress('ins-0000b010');
    assert.ok('path' in address && address.path.length < 108);
    assert.equal(execFileSync('stat', ['-c', '%a', path.dirname(address.path)]).toString().trim(), '700');
    await hv.ensureAbsent('ins-0000b010');
  });
  it('destroys within two seconds', async () => {
    await hv.ensureRunning(specOf('ins-0000b011'));
    assert.ok((await time(() => hv.ensureStopped('ins-0000b011'))) < 2000);
    await hv.ensureAbsent('ins-0000b011');
  });
  it('never touches or lists a foreign domain, nor another node\'s, whatever its name', async () => {
    await raw.define(domainXml(specOf('ins-0000b012'), { ...env, nodeId: 'nc-00000002', vncSocket: '/tmp/x.vnc' }).xml);
    await raw.define(`<domain type='qemu'><name>ins-0000b013</name><memory unit='MiB'>96</memory><os><type>hvm</type></os></domain>`);
    for (const id of ['ins-0000b012', 'ins-0000b013']) {
      assert.ok(!(await hv.list()).some((d) => d.insId === id));
      for (const act of [() => hv.ensureRunning(specOf(id)), () => hv.ensureStopped(id), () => hv.ensureAbsent(id)]) await assert.rejects(act(), (e) => hasCode(e, 'HYPERVISOR_FAILED'));
      await raw.undefine(id);
    }
  });
  it('undefines a domain with saved state and snapshots, which a plain undefine refuses', async () => {
    const id = 'ins-0000b014';
    await hv.ensureRunning(specOf(id));
    const virsh = (...args: string[]) => execFileSync('virsh', ['-q', '-c', server.uri, ...args], { stdio: 'pipe' });
    virsh('snapshot-create-as', id, 'one');
    virsh('managedsave', id);
    assert.equal(await hv.state(id), 'shutoff');
    await assert.rejects(raw.undefine(id, 0), (e) => hasCode(e, 'HYPERVISOR_FAILED'));
    await assert.rejects(raw.undefine(id, UNDEFINE.MANAGED_SAVE), (e) => hasCode(e, 'HYPERVISOR_FAILED'));
    await hv.ensureAbsent(id);
    assert.equal(await hv.state(id), 'absent');
    assert.deepEqual(readdirSync(path.join(dir, 'd', 'lib', 'qemu', 'save')), []);
  });
  it('leaves the base of an overlay as it was', async () => {
    const base = path.join(dir, 'disks', 'base.qcow2');
    const overlay = path.join(dir, 'disks', 'ins-0000b015.qcow2');
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', base, '64M']);
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', base, overlay]);
    const before = sha256(base);
    await hv.ensureRunning(specOf('ins-0000b015'));
    await hv.ensureStopped('ins-0000b015');
    await hv.ensureAbsent('ins-0000b015');
    assert.equal(sha256(base), before);
  });
  it('says GUEST_AGENT_UNAVAILABLE of a guest without agent, and asks it by ACPI', async () => {
    const id = 'ins-0000b016';
    await hv.ensureRunning(specOf(id));
    await assert.rejects(hv.agentCommand(id, { execute: 'guest-ping' }, 1), (e) => hasCode(e, 'GUEST_AGENT_UNAVAILABLE'));
    assert.equal(await hv.requestShutdown(id), 'acpi');
    await hv.ensureStopped(id);
    await assert.rejects(hv.consoleAddress(id), (e) => hasCode(e, 'GUEST_NOT_RUNNING'));
    await hv.ensureAbsent(id);
  });
  it('resumes a paused guest', async () => {
    const id = 'ins-0000b017';
    await hv.ensureRunning(specOf(id));
    await raw.suspend(id);
    assert.equal(await hv.state(id), 'paused');
    await hv.ensureRunning(specOf(id));
    assert.equal(await hv.state(id), 'running');
    await hv.ensureAbsent(id);
  });
  it('gives libvirt\'s own words when a start fails', async () => {
    const id = 'ins-0000b018';
    await assert.rejects(hv.ensureRunning(specOf(id, { disk: { path: '/nonexistent/disk.qcow2', format: 'qcow2' } })), (e) => hasCode(e, 'HYPERVISOR_FAILED') && /nonexistent/.test((e as Error).message));
    assert.equal(await hv.state(id), 'shutoff');
    await hv.ensureAbsent(id);
  });
  it('reads statistics without waiting for a busy guest', async () => {
    await hv.ensureRunning(specOf('ins-0000b019'));
    const stats = await raw.stats();
    assert.equal(stats.find((s) => s.name === 'ins-0000b019')?.values['state.state'], 1);
    await hv.ensureAbsent('ins-0000b019');
  });

  it('survives a kill -9 of libvirtd: calls say unavailable, the guest runs on, everything returns by itself', async () => {
    const id = 'ins-0000d001';
    await hv.ensureRunning(specOf(id));
    const pids = guestPids(path.join(dir, 'd'));
    let reconnected = 0;
    const off = hv.onConnected(() => (reconnected += 1));
    await until('the first notice', () => reconnected === 1, 2000);
    await server.kill();
    await until('the loss to be seen', () => !hv.health().connected, 3000);
    await assert.rejects(hv.state(id), (e) => hasCode(e, 'HYPERVISOR_UNAVAILABLE') && isCloudError(e) && e.retryable);
    assert.deepEqual(guestPids(path.join(dir, 'd')), pids);
    await server.restart();
    await until('reconnect', () => reconnected === 2, 10_000);
    assert.equal(await hv.state(id), 'running');
    const events: DomainEvent[] = [];
    const offEvents = hv.onEvent((e) => events.push(e));
    await hv.ensureStopped(id);
    await until('events to come again', () => events.some((e) => e.insId === id && e.state === 'shutoff'), 2000);
    await hv.ensureAbsent(id);
    off();
    offEvents();
  });
  it('answers in time while libvirtd hangs, and works on when it goes on', async () => {
    const hurried = await openLibvirt({ uri: server.uri, log: silentLog(), deadlineMs: 1500 });
    // Starting its thread and connecting may take longer than so short a deadline on a busy machine.
    await until('the first answer', () => hurried.hostname().then(() => true, () => false), 60_000);
    process.kill(server.pid, 'SIGSTOP');
    try {
      const took = await time(() => assert.rejects(hurried.hostname(), (e) => hasCode(e, 'HYPERVISOR_UNAVAILABLE') && /did not answer/.test((e as Error).message)));
      assert.ok(took < 10_000, `${took} ms`);
    } finally {
      process.kill(server.pid, 'SIGCONT');
    }
    await until('calls to work again', () => hurried.hostname().then(() => true, () => false), 60_000);
    await hurried.close();
  });

  it('powers a real guest off through its agent, and by ACPI when the agent is silent', async function () {
    const image = await makeGuestImage();
    const id = 'ins-0000e001';
    const overlay = path.join(dir, 'disks', `${id}.qcow2`);
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', image, overlay]);
    const before = sha256(image);
    const reasons: string[] = [];
    hv.onEvent((e) => { if (e.insId === id) reasons.push(`${e.state}/${e.reason}`); });
    const serialLog = path.join(dir, 'serial', 'log');
    mkdirSync(path.dirname(serialLog));
    const spec = specOf(id, { memoryMiB: 160, serialLog });
    const lines = createSerialLines({ hypervisor: hv, logOf: () => serialLog });

    const start = performance.now();
    await hv.ensureRunning(spec);
    const ping = () => hv.agentCommand(id, { execute: 'guest-ping' }, 2).then(() => true, () => false);
    await until('the agent', ping, 90_000);
    console.log(`      agent answered ${((performance.now() - start) / 1000).toFixed(1)} s after the start`);
    assert.match(JSON.stringify(await hv.agentCommand(id, { execute: 'guest-info' }, 5)), /version/);
    const [line, other] = await Promise.all([lines.open(id, 500), lines.open(id, 0)]);
    const [heard, alsoHeard] = [textOf(line), textOf(other)];
    await until('what it said before anybody looked', () => heard().includes('EDUCLOUD-GUEST-READY'), 20_000);
    assert.ok(!alsoHeard().includes('EDUCLOUD-GUEST-READY'));
    line.write('\r');
    await until('its login', () => /login: $/.test(heard()) && /login: $/.test(alsoHeard()), 20_000);
    const shot = await raw.screenshot(id);
    assert.ok(shot.bytes.length > 1000, shot.mime);
    const took = await time(async () => assert.equal(await hv.requestShutdown(id), 'agent'));
    assert.ok(took < 5000, `requestShutdown returns at once: ${took} ms`);
    await until('power-off', async () => (await hv.state(id)) === 'shutoff', 60_000);
    await until('word of it', () => reasons.includes('shutoff/shutdown'), 20_000);
    await until('the end of its serial port', () => line.closed && other.closed, 5000);
    await assert.rejects(lines.open(id, 0), (e) => hasCode(e, 'GUEST_NOT_RUNNING'));
    assert.match(String(await readSerialLog(serialLog, 1024 ** 2)), /EDUCLOUD-GUEST-READY/);

    await hv.ensureRunning(spec);
    await until('the agent', ping, 90_000);
    await raw.shutdown(id, 1);
    await until('power-off by ACPI', async () => (await hv.state(id)) === 'shutoff', 60_000);
    await hv.ensureAbsent(id);
    assert.equal(sha256(image), before);
  });
});
