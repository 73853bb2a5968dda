// A hypervisor without guests: for tests, scale runs and machines without QEMU. Its "running guests" are files, so they survive a kill -9
// of the node controller like real ones. Never chosen by itself, and /readyz and the UI say so.
import { say, inWords } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { INSTANCE_NAME } from './domain-identity.ts';
import { domainXml } from './domain-xml.ts';
import { createFakeConsoles, FAKE_PROMPT, fakeSays } from './fake-consoles.ts';
import type { DomainEvent, DomainState, DomainSummary, Hypervisor, HypervisorPoint, PortForward } from './interface.ts';

const FAKE = say('fakeHypervisor');
const FAKE_SCREEN = { width: 640, height: 400 };

/** A PPM picture of nothing, from dark to light. */
function grey({ width, height }: { width: number; height: number }): Uint8Array {
  const head = Buffer.from(`P6\n${width} ${height}\n255\n`);
  const pixels = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y += 1) pixels.fill(64 + Math.floor((128 * y) / height), y * width * 3, (y + 1) * width * 3);
  return Buffer.concat([head, pixels]);
}

export type FakeStep = 'ensureRunning' | 'pause' | 'save' | 'restore' | 'requestShutdown' | 'ensureStopped' | 'ensureAbsent' | 'state' | 'list' | 'consoleAddress' | 'serialAddress' | 'screenshot' | 'agentCommand';

export interface FakeHypervisorOptions {
  /** Where the guests are kept; without it only in memory. */
  stateDir?: string;
  /** Fails before the effect: one step, several, or what the function returns. */
  failAt?: FakeStep | readonly FakeStep[] | ((step: FakeStep, insId: string) => Error | undefined);
  /** How long each change takes, and how long a guest takes to power off. */
  delayMs?: number;
  /** Guests that take no notice of the agent and of ACPI. */
  ignoresShutdown?: (insId: string) => boolean;
  /** Whether the guest agent answers. Default: always. */
  agentAnswers?: (insId: string) => boolean;
  failpoint?: ((name: HypervisorPoint) => void) | undefined;
}

interface Guest extends DomainSummary {
  specHash: string;
  forwards?: PortForward[];
  serialLog?: string | null;
  /** Its memory lies on disk. */
  saved?: boolean;
}

export function createFakeHypervisor(options: FakeHypervisorOptions = {}): Hypervisor {
  const { stateDir, failAt, delayMs = 0, failpoint = () => undefined } = options;
  const guests = new Map<string, Guest>();
  const eventListeners = new Set<(event: DomainEvent) => void>();
  const connectedListeners = new Set<() => void>();
  const consoles = createFakeConsoles(stateDir);
  const shutdowns = new Set<NodeJS.Timeout>();

  /** A test puts a number of percent there; without it a guest does nothing. */
  const busyFile = (insId: string): string => path.join(stateDir as string, `${insId}.busy`);
  const busyPercent = (insId: string): number => (stateDir !== undefined && existsSync(busyFile(insId)) ? Number(readFileSync(busyFile(insId), 'utf8')) : 0);
  const used = new Map<string, { atMs: number; cpuNs: number }>();
  const fileOf = (insId: string): string => path.join(stateDir as string, `${insId}.json`);
  const save = (guest: Guest): void => {
    guests.set(guest.insId, guest);
    if (stateDir === undefined) return;
    writeFileSync(`${fileOf(guest.insId)}.part`, JSON.stringify(guest));
    renameSync(`${fileOf(guest.insId)}.part`, fileOf(guest.insId));
  };
  const emit = (event: DomainEvent): void => {
    for (const listener of [...eventListeners]) listener(event);
  };
  const to = (guest: Guest, state: DomainState, reason: string): void => {
    save({ ...guest, state });
    if (state === 'shutoff') consoles.close(guest.insId);
    emit({ insId: guest.insId, state, reason });
  };
  const powerOffSoon = (insId: string): void => {
    const timer = setTimeout(() => {
      shutdowns.delete(timer);
      const guest = guests.get(insId);
      if (guest?.state === 'shutting-down') to(guest, 'shutoff', 'shutdown');
    }, delayMs);
    shutdowns.add(timer);
  };

  if (stateDir !== undefined) {
    mkdirSync(stateDir, { recursive: true });
    for (const file of readdirSync(stateDir)) {
      if (!INSTANCE_NAME.test(path.basename(file, '.json')) || !file.endsWith('.json')) continue;
      const guest = JSON.parse(readFileSync(path.join(stateDir, file), 'utf8')) as Guest;
      guests.set(guest.insId, guest);
      if (guest.state === 'shutting-down') powerOffSoon(guest.insId);
    }
  }

  async function step(name: FakeStep, insId: string): Promise<void> {
    if (delayMs > 0) await delay(delayMs);
    if (typeof failAt === 'function') {
      const error = failAt(name, insId);
      if (error) throw error;
    } else if (failAt === name || (Array.isArray(failAt) && failAt.includes(name))) {
      throw new CloudError('HYPERVISOR_FAILED', `the fake hypervisor was told to fail at ${name}`);
    }
  }
  const alive = (insId: string): Guest => {
    const guest = guests.get(insId);
    if (!guest) throw new CloudError('NOT_FOUND', say('noDomainHere', { instance: insId }));
    if (guest.state !== 'running' && guest.state !== 'paused') throw new CloudError('GUEST_NOT_RUNNING', say('guestIs', { instance: insId, state: guest.state }));
    return guest;
  };
  const agentAnswers = (insId: string): boolean => options.agentAnswers?.(insId) ?? true;
  const stop = (insId: string): void => {
    const guest = guests.get(insId);
    if (guest && guest.state !== 'shutoff' && guest.state !== 'crashed') to(guest, 'shutoff', 'destroyed');
  };

  return {
    health: () => ({ kind: 'fake', connected: true, version: 'fake', acceleration: 'none', message: inWords(FAKE, 'en'), why: FAKE }),
    async ensureRunning(spec) {
      // Through the same serializer as the real one: what it refuses is refused here too.
      const { specHash } = domainXml(spec, { nodeId: 'fake', acceleration: 'tcg', vncSocket: '/fake', serialSocket: '/fake' });
      await step('ensureRunning', spec.insId);
      const guest = guests.get(spec.insId);
      const nics = spec.nics ?? [];
      const forwards = nics.flatMap((nic) => (nic.mode === 'nat' ? nic.forwards : []));
      const taken = [...guests.values()].find((g) => g.insId !== spec.insId && g.state === 'running' && g.forwards?.some((f) => forwards.some((w) => w.protocol === f.protocol && w.hostIp === f.hostIp && w.hostPort === f.hostPort)));
      if (taken) throw new CloudError('ACCESS_REFUSED', say('portTakenOnNode', { port: forwards[0]?.hostPort ?? 0, why: `${taken.insId} has it` }));
      if (guest?.state === 'running') return save({ ...guest, forwards });
      const guards = nics.flatMap((nic) => (nic.mode === 'bridge' ? [{ tap: nic.tap, mac: nic.mac, ip: nic.ip }] : []));
      if (guest?.state !== 'paused') save({ insId: spec.insId, state: 'shutoff', specHash });
      failpoint('defineDomain:do:after');
      if (guest?.state !== 'paused') fakeSays(spec.serialLog, `${spec.insId} is up\r\n${FAKE_PROMPT}`);
      to({ insId: spec.insId, state: 'running', specHash, forwards, ...(spec.serialLog ? { serialLog: spec.serialLog } : {}), ...(guards.length > 0 ? { guards } : {}) }, 'running', guest?.state === 'paused' ? 'resumed' : 'started');
      failpoint('bootDomain:do:after');
    },
    async pause(insId) {
      await step('pause', insId);
      const guest = alive(insId);
      if (guest.state !== 'paused') to(guest, 'paused', 'suspended');
    },
    async resume(insId) {
      const guest = guests.get(insId);
      if (guest?.state === 'paused') to(guest, 'running', 'resumed');
    },
    async save(insId) {
      await step('save', insId);
      const there = guests.get(insId);
      if (there?.saved) return;
      const guest = alive(insId);
      to({ ...guest, saved: true }, 'shutoff', 'saved');
    },
    async isSaved(insId) {
      return guests.get(insId)?.saved === true;
    },
    async restore({ insId, nics = [] }) {
      await step('restore', insId);
      const there = guests.get(insId);
      const guest = there && { ...there, forwards: nics.flatMap((nic) => (nic.mode === 'nat' ? nic.forwards : [])) };
      if (guest?.state === 'running') return save(guest);
      if (guest?.state === 'paused') return to(guest, 'running', 'resumed');
      if (!guest?.saved) throw new CloudError('NOT_FOUND', say('nothingSaved', { instance: insId }));
      to({ ...guest, saved: false }, 'running', 'started');
    },
    async requestShutdown(insId) {
      await step('requestShutdown', insId);
      const guest = alive(insId);
      if (!(options.ignoresShutdown?.(insId) ?? false)) {
        to(guest, 'shutting-down', 'shutdown');
        powerOffSoon(insId);
      }
      failpoint('askShutdown:do:after');
      return agentAnswers(insId) ? 'agent' : 'acpi';
    },
    async ensureStopped(insId) {
      await step('ensureStopped', insId);
      stop(insId);
      const guest = guests.get(insId);
      if (guest?.saved) save({ ...guest, saved: false });
    },
    async ensureAbsent(insId) {
      await step('ensureAbsent', insId);
      stop(insId);
      if (!guests.delete(insId)) return;
      used.delete(insId);
      if (stateDir !== undefined) for (const file of [fileOf(insId), busyFile(insId)]) rmSync(file, { force: true });
      emit({ insId, state: 'absent', reason: 'undefined' });
    },
    async state(insId) {
      await step('state', insId);
      return guests.get(insId)?.state ?? 'absent';
    },
    async list() {
      await step('list', '');
      return [...guests.values()].map(({ insId, state, guards }) => ({ insId, state, ...(guards ? { guards } : {}) }));
    },
    async counters() {
      const atMs = performance.now();
      return [...guests.values()].filter(({ state }) => state === 'running').map(({ insId }) => {
        const before = used.get(insId) ?? { atMs, cpuNs: 0 };
        const now = { atMs, cpuNs: before.cpuNs + (atMs - before.atMs) * 1e6 * (busyPercent(insId) / 100) };
        used.set(insId, now);
        return { insId, cpus: 1, cpuNs: now.cpuNs, memoryMiB: 64, diskReadBytes: 0, diskWrittenBytes: 0, netInBytes: null, netOutBytes: null };
      });
    },
    async forwards(insId) {
      return alive(insId).forwards ?? [];
    },
    async consoleAddress(insId) {
      await step('consoleAddress', insId);
      alive(insId);
      return consoles.vnc(insId);
    },
    async serialAddress(insId) {
      await step('serialAddress', insId);
      return consoles.serial(insId, alive(insId).serialLog ?? null);
    },
    async screenshot(insId) {
      await step('screenshot', insId);
      alive(insId);
      return { mime: 'image/x-portable-pixmap', bytes: grey(FAKE_SCREEN) };
    },
    async agentCommand(insId, command) {
      await step('agentCommand', insId);
      const guest = alive(insId);
      if (!agentAnswers(insId)) throw new CloudError('GUEST_AGENT_UNAVAILABLE', `the guest agent of ${insId} does not answer`);
      switch (command['execute']) {
        case 'guest-ping': return {};
        case 'guest-info': return { version: 'fake', supported_commands: [] };
        case 'guest-shutdown':
          to(guest, 'shutting-down', 'shutdown');
          powerOffSoon(insId);
          return {};
        default: throw new CloudError('HYPERVISOR_FAILED', `the fake guest agent does not know ${JSON.stringify(command['execute'])}`);
      }
    },
    onEvent(listener) {
      eventListeners.add(listener);
      return () => eventListeners.delete(listener);
    },
    onConnected(listener) {
      connectedListeners.add(listener);
      queueMicrotask(() => {
        if (connectedListeners.has(listener)) listener();
      });
      return () => connectedListeners.delete(listener);
    },
    async close() {
      for (const timer of shutdowns) clearTimeout(timer);
      consoles.closeAll();
      eventListeners.clear();
      connectedListeners.clear();
    },
  };
}
