// The hypervisor on libvirt/QEMU. Every method is an "ensure"; only domains with our mark, our UUID and this node's id are ours.
import { say, inWords } from '@educloud/contracts';
import { CloudError, hasCode } from '@educloud/errors';
import { CREATE, libvirtCode, openLibvirt, SAVE, STATS, STOPPED_DETAIL, SHUTDOWN, type DomainRecord, type Libvirt, type LibvirtEvent, type NativeDomainState } from '@educloud/libvirt';
import type { Logger } from '@educloud/log';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { consoleFromXml, serialFromXml } from './console-address.ts';
import { countersOf } from './counters.ts';
import { domainUuid, INSTANCE_NAME, METADATA_URI, parseOwnerMark } from './domain-identity.ts';
import { domainXml } from './domain-xml.ts';
import type { DomainEvent, DomainSpec, DomainState, DomainSummary, Hypervisor, HypervisorPoint } from './interface.ts';
import type { KvmVerdict } from './kvm-self-test.ts';
import { forwardLines, parseUsernet } from './user-forwards.ts';

export interface LibvirtHypervisorOptions {
  uri: string;
  /** Known only after the registration, so it is asked each time. */
  nodeId: () => string;
  /** For the sockets of the guests' screens and serial ports. Kept short: a socket's path has at most 107 bytes. */
  socketDir: string;
  /** Owner of `socketDir`, where QEMU runs as another user (Debian's libvirt-qemu). Nobody else may enter it. */
  socketOwner?: { uid: number; gid: number };
  /** The self-test may still run: the node is there meanwhile, only guests wait for its end. */
  kvm: KvmVerdict | Promise<KvmVerdict>;
  log: Logger;
  failpoint?: ((name: HypervisorPoint) => void) | undefined;
  /** Handed in by tests. */
  open?: typeof openLibvirt;
}

const SOCKET_PATH_MAX = 107; // sun_path has 108 bytes with its NUL
const OPERATION_INVALID = 55;
const PAUSED_IOERROR = 5; // VIR_DOMAIN_PAUSED_IOERROR

const STATE: Record<NativeDomainState, DomainState> = {
  nostate: 'shutoff', running: 'running', blocked: 'running', paused: 'paused', shutdown: 'shutting-down', shutoff: 'shutoff', crashed: 'crashed', pmsuspended: 'paused',
};

/** What a lifecycle event means for us; null for what changes no state. */
export function domainEvent(e: LibvirtEvent): DomainEvent | null {
  const is = (state: DomainState, reason: string): DomainEvent => ({ insId: e.name, state, reason });
  switch (e.event) {
    case 'undefined': return is('absent', 'undefined');
    case 'started': return is('running', 'started');
    case 'resumed': return is('running', 'resumed');
    case 'suspended': return is('paused', e.detail === 2 ? 'io-error' : 'suspended'); // VIR_DOMAIN_EVENT_SUSPENDED_IOERROR
    case 'pmsuspended': return is('paused', 'suspended');
    case 'shutdown': return is('shutting-down', 'shutdown');
    case 'stopped': return is('shutoff', STOPPED_DETAIL[e.detail] ?? 'stopped');
    case 'crashed': return is('crashed', 'crashed');
    case 'defined': return null;
  }
}

export async function createLibvirtHypervisor(options: LibvirtHypervisorOptions): Promise<Hypervisor> {
  const { uri, nodeId, socketDir, log, failpoint = () => undefined } = options;
  let kvm: KvmVerdict = { usable: false, why: say('kvmBeingTested') };
  let judged = false;
  const judge = (v: KvmVerdict): void => {
    kvm = v;
    judged = true;
  };
  const verdict = Promise.resolve(options.kvm).then(judge, (e: unknown) => judge({ usable: false, why: say('kvmNotTested', { why: e instanceof Error ? e.message : String(e) }) }));
  const acceleration = (): 'kvm' | 'tcg' => (kvm.usable ? 'kvm' : 'tcg');
  const socketOf = (insId: string): string => path.join(socketDir, `${insId}.vnc`);
  const serialOf = (insId: string): string => path.join(socketDir, `${insId}.tty`);
  if (Buffer.byteLength(socketOf('ins-00000000')) > SOCKET_PATH_MAX) {
    throw new CloudError('HYPERVISOR_FAILED', `the folder for console sockets has too long a path (${SOCKET_PATH_MAX} bytes with the file name): ${socketDir}`);
  }
  await fs.mkdir(socketDir, { recursive: true, mode: 0o700 });
  await fs.chmod(socketDir, 0o700);
  if (options.socketOwner) await fs.chown(socketDir, options.socketOwner.uid, options.socketOwner.gid);

  const lv: Libvirt = await (options.open ?? openLibvirt)({ uri, log });
  let version = '';
  const readVersion = async (): Promise<void> => {
    try {
      const v = await lv.version();
      version = `libvirt ${v.libvirt}, QEMU ${v.hypervisor}`;
    } catch (e) {
      log.warn({ err: e }, 'could not read the versions of libvirt and QEMU');
    }
  };
  lv.onConnection((connected) => {
    if (connected) void readVersion();
  });
  if (lv.connection().connected) await readVersion();

  const ours = (d: DomainRecord): boolean =>
    INSTANCE_NAME.test(d.name) && d.uuid === domainUuid(d.name) && parseOwnerMark(d.metadata)?.nodeId === nodeId();

  const guardsOf = (d: DomainRecord): Pick<DomainSummary, 'guards'> => {
    const guards = parseOwnerMark(d.metadata)?.guards;
    return guards ? { guards } : {};
  };

  /** Our domain of this name, or null. @throws HYPERVISOR_FAILED when the name belongs to somebody else. */
  async function find(insId: string): Promise<DomainRecord | null> {
    let record: DomainRecord;
    try {
      record = await lv.lookup(insId, METADATA_URI);
    } catch (e) {
      if (hasCode(e, 'NOT_FOUND')) return null;
      throw e;
    }
    if (!ours(record)) throw new CloudError('HYPERVISOR_FAILED', say('domainNotOurs', { instance: insId }));
    return record;
  }
  async function running(insId: string): Promise<DomainRecord> {
    const d = await find(insId);
    if (!d) throw new CloudError('NOT_FOUND', say('noDomainHere', { instance: insId }));
    if (STATE[d.state] !== 'running' && STATE[d.state] !== 'paused') throw new CloudError('GUEST_NOT_RUNNING', say('guestIs', { instance: insId, state: STATE[d.state] }));
    return d;
  }
  /** A call that somebody else may have done in between: `done` looks whether it no longer matters that it failed. */
  async function unless(work: Promise<unknown>, done: (e: unknown) => Promise<boolean>): Promise<void> {
    try {
      await work;
    } catch (e) {
      if (!(await done(e))) throw e;
    }
  }
  const stateOf = async (insId: string): Promise<DomainState> => {
    const d = await find(insId);
    return d ? STATE[d.state] : 'absent';
  };
  /** Power off: the domain may go away by itself at any moment. */
  const destroy = (insId: string): Promise<void> =>
    unless(lv.destroy(insId), async (e) => hasCode(e, 'NOT_FOUND') || (libvirtCode(e) === OPERATION_INVALID && !['running', 'paused', 'shutting-down'].includes(await stateOf(insId))));

  /** Without cards nothing was ever asked for, and QEMU is not asked either. */
  async function keepForwards({ insId, nics }: Pick<DomainSpec, 'insId' | 'nics'>): Promise<void> {
    if (!nics?.some((nic) => nic.mode === 'nat')) return;
    const { remove, add } = forwardLines(nics, parseUsernet(await lv.monitorCommand(insId, 'info usernet')));
    for (const line of remove) await lv.monitorCommand(insId, line);
    for (const { line, port } of add) {
      const answer = (await lv.monitorCommand(insId, line)).trim();
      if (answer !== '') throw new CloudError('ACCESS_REFUSED', say('portTakenOnNode', { port, why: answer.split('\n')[0] ?? '' }));
    }
  }

  /** A guest that is on its way down gets a moment, because it can be neither resumed nor started. */
  async function settled(insId: string): Promise<DomainRecord | null> {
    const until = performance.now() + 10_000;
    for (;;) {
      const d = await find(insId);
      if (!d || STATE[d.state] !== 'shutting-down') return d;
      if (performance.now() > until) {
        await destroy(insId);
        return find(insId);
      }
      await delay(100);
    }
  }

  async function askToPowerOff(insId: string): Promise<'agent' | 'acpi'> {
    await running(insId);
    try {
      await lv.agentCommand(insId, { execute: 'guest-ping' }, 1);
    } catch (e) {
      if (!hasCode(e, 'GUEST_AGENT_UNAVAILABLE') && !hasCode(e, 'HYPERVISOR_FAILED')) throw e;
      await unless(lv.shutdown(insId, SHUTDOWN.ACPI_POWER_BTN), async (why) => libvirtCode(why) === OPERATION_INVALID && (await stateOf(insId)) === 'shutoff');
      return 'acpi';
    }
    // Not virDomainShutdown with the agent flag: that keeps its thread until the guest is down. An agent that was just there and
    // now says nothing, or is gone, is powering off.
    await unless(lv.agentCommand(insId, { execute: 'guest-shutdown', arguments: { mode: 'powerdown' } }, 1), async (e) => hasCode(e, 'GUEST_AGENT_UNAVAILABLE') || libvirtCode(e) === OPERATION_INVALID || hasCode(e, 'NOT_FOUND'));
    return 'agent';
  }

  return {
    health() {
      const { connected, message } = lv.connection();
      const why = connected ? kvm.why : say('libvirtAway', { why: message, kvm: kvm.why });
      return { kind: 'libvirt', connected, version, acceleration: acceleration(), message: inWords(why, 'en'), why };
    },

    async ensureRunning(spec) {
      await verdict;
      const { xml, specHash } = domainXml(spec, { nodeId: nodeId(), acceleration: acceleration(), vncSocket: socketOf(spec.insId), serialSocket: serialOf(spec.insId) });
      const present = await settled(spec.insId);
      const state = present ? STATE[present.state] : 'absent';
      if (state === 'running') return keepForwards(spec);
      if (state === 'paused') {
        await unless(lv.resume(spec.insId), async () => (await stateOf(spec.insId)) === 'running');
        return keepForwards(spec);
      }
      if (parseOwnerMark(present?.metadata ?? null)?.spec !== specHash) await lv.define(xml);
      failpoint('defineDomain:do:after');
      await unless(lv.create(spec.insId, CREATE.FORCE_BOOT), async (e) => libvirtCode(e) === OPERATION_INVALID && (await stateOf(spec.insId)) === 'running');
      failpoint('bootDomain:do:after');
      await keepForwards(spec).catch(async (e: unknown) => {
        await destroy(spec.insId);
        throw e;
      });
    },

    async pause(insId) {
      const d = await running(insId);
      if (STATE[d.state] !== 'paused') await unless(lv.suspend(insId), async () => (await stateOf(insId)) === 'paused');
    },

    async resume(insId) {
      const d = await find(insId);
      if (d?.state === 'paused') await unless(lv.resume(insId), async () => (await stateOf(insId)) !== 'paused');
    },

    async save(insId) {
      const d = await find(insId);
      if (!d) throw new CloudError('NOT_FOUND', say('noDomainHere', { instance: insId }));
      const state = STATE[d.state];
      if (state !== 'running' && state !== 'paused') {
        if (await lv.hasManagedSave(insId)) return;
        throw new CloudError('GUEST_NOT_RUNNING', say('guestIs', { instance: insId, state }), { retryable: false });
      }
      await unless(lv.managedSave(insId, SAVE.RUNNING), async () => (await stateOf(insId)) === 'shutoff' && lv.hasManagedSave(insId));
    },

    isSaved: async (insId) => (await find(insId)) !== null && lv.hasManagedSave(insId),

    async restore(guest) {
      const { insId } = guest;
      const d = await settled(insId);
      if (d && STATE[d.state] === 'running') return keepForwards(guest);
      if (d && STATE[d.state] === 'paused') {
        // Its disk was full or away the moment it came up; what was saved is used up.
        await unless(lv.resume(insId), async () => (await stateOf(insId)) === 'running');
        return keepForwards(guest);
      }
      if (!d || !(await lv.hasManagedSave(insId))) throw new CloudError('NOT_FOUND', say('nothingSaved', { instance: insId }));
      await unless(lv.create(insId), async (e) => libvirtCode(e) === OPERATION_INVALID && (await stateOf(insId)) === 'running');
      await keepForwards(guest).catch(async (e: unknown) => {
        await lv.managedSave(insId, SAVE.RUNNING);
        throw e;
      });
    },

    async requestShutdown(insId) {
      const how = await askToPowerOff(insId);
      failpoint('askShutdown:do:after');
      return how;
    },

    async ensureStopped(insId) {
      const d = await find(insId);
      if (!d) return;
      if (!['shutoff', 'crashed'].includes(STATE[d.state])) await destroy(insId);
      if (await lv.hasManagedSave(insId)) await unless(lv.managedSaveRemove(insId), async () => !(await lv.hasManagedSave(insId)));
    },

    async ensureAbsent(insId) {
      const d = await find(insId);
      if (d) {
        if (!['shutoff', 'crashed'].includes(STATE[d.state])) await destroy(insId);
        await unless(lv.undefine(insId), async (e) => hasCode(e, 'NOT_FOUND'));
      }
      for (const socket of [socketOf(insId), serialOf(insId)]) await fs.rm(socket, { force: true });
    },

    state: stateOf,
    async forwards(insId) {
      await running(insId);
      return parseUsernet(await lv.monitorCommand(insId, 'info usernet')).map(({ protocol, hostIp, hostPort, guestPort }) => ({ protocol, hostIp, hostPort, guestPort }));
    },
    async list() {
      return (await lv.list(METADATA_URI)).filter(ours).map((d) => ({ insId: d.name, state: STATE[d.state], ...(d.state === 'paused' && d.reason === PAUSED_IOERROR ? { reason: 'io-error' as const } : {}), ...guardsOf(d) }));
    },
    async counters() {
      const mine = new Set((await lv.list(METADATA_URI)).filter((d) => ours(d) && STATE[d.state] === 'running').map((d) => d.name));
      return (await lv.stats(STATS.CPU_TOTAL | STATS.BALLOON | STATS.VCPU | STATS.INTERFACE | STATS.BLOCK)).filter(({ name }) => mine.has(name)).flatMap((one) => countersOf(one) ?? []);
    },
    async consoleAddress(insId) {
      await running(insId);
      const address = consoleFromXml(await lv.dumpXml(insId));
      if (!address) throw new CloudError('HYPERVISOR_FAILED', `${insId} has no VNC console`);
      return address;
    },
    async serialAddress(insId) {
      await running(insId);
      const address = serialFromXml(await lv.dumpXml(insId));
      if (!address) throw new CloudError('HYPERVISOR_FAILED', say('noSerialConsole', { instance: insId }), { todo: say('restartForSerial') });
      return address;
    },
    async screenshot(insId) {
      await running(insId);
      return lv.screenshot(insId);
    },
    async agentCommand(insId, command, timeoutSeconds) {
      await running(insId);
      return (await lv.agentCommand(insId, command, timeoutSeconds))['return'];
    },

    onEvent(listener) {
      return lv.onEvent((e) => {
        // The UUID derives from the name: a foreign domain would have to imitate both.
        if (!INSTANCE_NAME.test(e.name) || e.uuid !== domainUuid(e.name)) return;
        const event = domainEvent(e);
        if (event) listener(event);
      });
    },
    onConnected(listener) {
      const off = lv.onConnection((connected) => {
        if (connected) listener();
      });
      // Connected before anybody could listen: that counts as the first time.
      if (lv.connection().connected) queueMicrotask(listener);
      // What the node said of itself until now was not all.
      let gone = false;
      if (!judged) void verdict.then(() => { if (!gone && lv.connection().connected) listener(); });
      return () => {
        gone = true;
        off();
      };
    },
    async close() {
      await verdict; // its guest of one sector ends with it
      await lv.close();
    },
  };
}
