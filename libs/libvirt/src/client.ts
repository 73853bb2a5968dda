// The typed client of libvirt. Used by the node controller's hypervisor driver.
import { CloudError } from '@educloud/errors';
import type { Logger } from '@educloud/log';
import type { CallArguments, CallName, CallResult, DomainRecord, DomainStats, NodeInfo } from './calls.ts';
import { STATS_NOWAIT, UNDEFINE_EVERYTHING, type LifecycleEvent, type NativeDomainState } from './constants.ts';
import { watchConnection } from './event-loop.ts';
import { createCallPool, type CallOptions } from './pool.ts';

export interface LibvirtEvent {
  name: string;
  uuid: string;
  event: LifecycleEvent;
  /** virDomainEvent…DetailType of this event. */
  detail: number;
}

export interface LibvirtOptions {
  /** e.g. qemu:///system or qemu+unix:///system?socket=/run/libvirt/libvirt-sock */
  uri: string;
  /** Threads for calls, besides the one for events. Default 2. */
  workers?: number;
  log: Logger;
  /** Deadline of an ordinary call. Default 30 s; starting and destroying get four times that. */
  deadlineMs?: number;
}

/** Every method throws CloudError: HYPERVISOR_UNAVAILABLE (no connection, no answer in time), NOT_FOUND (no such domain), GUEST_AGENT_UNAVAILABLE, HYPERVISOR_FAILED. */
export interface Libvirt {
  connection(): { connected: boolean; message: string };
  onConnection(listener: (connected: boolean) => void): () => void;
  onEvent(listener: (event: LibvirtEvent) => void): () => void;

  version(): Promise<{ libvirt: string; hypervisor: string }>;
  hostname(): Promise<string>;
  capabilities(): Promise<string>;
  nodeInfo(): Promise<NodeInfo>;
  stats(mask?: number, flags?: number): Promise<DomainStats[]>;
  /** All domains; `metadataUri` names the namespace of the element to read with each. */
  list(metadataUri: string): Promise<DomainRecord[]>;
  lookup(name: string, metadataUri: string): Promise<DomainRecord>;
  state(name: string): Promise<{ state: NativeDomainState; reason: number }>;
  dumpXml(name: string, flags?: number): Promise<string>;
  define(xml: string, flags?: number): Promise<{ uuid: string }>;
  /** By default what was saved of it is gone on with. See CREATE for the flags. */
  create(name: string, flags?: number): Promise<void>;
  /** Its memory goes to a file of libvirt's, and it is off. See SAVE for the flags. */
  managedSave(name: string, flags?: number): Promise<void>;
  hasManagedSave(name: string): Promise<boolean>;
  managedSaveRemove(name: string): Promise<void>;
  suspend(name: string): Promise<void>;
  resume(name: string): Promise<void>;
  /** See SHUTDOWN for the flags. */
  shutdown(name: string, flags: number): Promise<void>;
  destroy(name: string): Promise<void>;
  /** By default with saved state, NVRAM, snapshots' and checkpoints' metadata. */
  undefine(name: string, flags?: number): Promise<void>;
  /** The whole answer of the guest agent, as it came. */
  agentCommand(name: string, command: Record<string, unknown>, timeoutSeconds: number): Promise<Record<string, unknown>>;
  /** A line for QEMU's monitor as people type it (HMP); resolves with what it printed, also when that is a refusal. */
  monitorCommand(name: string, line: string): Promise<string>;
  screenshot(name: string, screen?: number): Promise<{ mime: string; bytes: Uint8Array }>;
  close(): Promise<void>;
}

/** Resolves after the first attempt to connect, successful or not: a daemon may start before libvirtd. @throws HYPERVISOR_UNAVAILABLE when libvirt is not installed. */
export async function openLibvirt(options: LibvirtOptions): Promise<Libvirt> {
  const { uri, log, deadlineMs = 30_000, workers = 2 } = options;
  const connectionListeners = new Set<(connected: boolean) => void>();
  const eventListeners = new Set<(event: LibvirtEvent) => void>();
  let connected = false;
  let message = 'not connected yet';
  let firstAttempt!: () => void;
  const attempted = new Promise<void>((resolve) => (firstAttempt = resolve));

  const each = <T>(listeners: Set<(value: T) => void>, value: T): void => {
    for (const listener of [...listeners]) {
      try {
        listener(value);
      } catch (e) {
        log.error({ err: e }, 'a listener of libvirt failed');
      }
    }
  };
  const setConnected = (now: boolean, text: string): void => {
    const changed = now !== connected;
    connected = now;
    message = text;
    firstAttempt();
    if (!changed) return;
    if (now) log.info({ uri }, 'connected to libvirt');
    else log.warn({ uri, reason: text }, 'lost libvirt; trying again');
    each(connectionListeners, now);
  };

  const watch = await watchConnection(uri, {
    notice(n) {
      if (n.kind === 'connected') setConnected(true, 'connected');
      else if (n.kind === 'disconnected') setConnected(false, n.message);
      else if (n.kind === 'lifecycle') each(eventListeners, { name: n.name, uuid: n.uuid, event: n.event, detail: n.detail });
    },
    ended: (error) => setConnected(false, error.message),
  });
  const pool = createCallPool({ uri, workers, log });
  await attempted;

  const call = <N extends CallName>(name: N, args: CallArguments<N>, extra: Partial<CallOptions> = {}): Promise<CallResult<N>> => {
    const doing = typeof args[0] === 'string' && !args[0].startsWith('<') && name !== 'list' ? `libvirt ${name} ${args[0]}` : `libvirt ${name}`;
    // While the daemon is away nothing is sent: a worker would only hang in it.
    if (!connected) return Promise.reject(new CloudError('HYPERVISOR_UNAVAILABLE', `${doing}: ${message}`));
    return pool.call(name, args, { deadlineMs, doing, ...extra });
  };
  const long = { deadlineMs: deadlineMs * 4 };

  return {
    connection: () => ({ connected, message }),
    onConnection(listener) {
      connectionListeners.add(listener);
      return () => connectionListeners.delete(listener);
    },
    onEvent(listener) {
      eventListeners.add(listener);
      return () => eventListeners.delete(listener);
    },
    version: () => call('version', []),
    hostname: () => call('hostname', []),
    capabilities: () => call('capabilities', [], long),
    nodeInfo: () => call('nodeInfo', []),
    stats: (mask = 0, flags = STATS_NOWAIT) => call('stats', [mask, flags]),
    list: (metadataUri) => call('list', [metadataUri]),
    lookup: (name, metadataUri) => call('lookup', [name, metadataUri]),
    state: (name) => call('state', [name]),
    dumpXml: (name, flags = 0) => call('dumpXml', [name, flags]),
    define: (xml, flags = 0) => call('define', [xml, flags], long),
    create: (name, flags = 0) => call('create', [name, flags], long),
    // Writing a large guest's memory takes as long as the disk does.
    managedSave: (name, flags = 0) => call('managedSave', [name, flags], { slow: true, deadlineMs: Math.max(deadlineMs * 4, 590_000) }),
    hasManagedSave: (name) => call('hasManagedSave', [name]),
    managedSaveRemove: (name) => call('managedSaveRemove', [name]),
    suspend: (name) => call('suspend', [name]),
    resume: (name) => call('resume', [name]),
    shutdown: (name, flags) => call('shutdown', [name, flags], { slow: true, deadlineMs: Math.max(deadlineMs, 70_000) }),
    destroy: (name) => call('destroy', [name], long),
    undefine: (name, flags = UNDEFINE_EVERYTHING) => call('undefine', [name, flags]),
    async agentCommand(name, command, timeoutSeconds) {
      // libvirt first synchronises with the agent, for up to 5 s of its own.
      const text = await call('agentCommand', [name, JSON.stringify(command), timeoutSeconds], { slow: true, deadlineMs: (timeoutSeconds + 10) * 1000 });
      return JSON.parse(text) as Record<string, unknown>;
    },
    monitorCommand: (name, line) => call('monitorCommand', [name, line]),
    screenshot: (name, screen = 0) => call('screenshot', [name, screen], { slow: true }),
    async close() {
      connectionListeners.clear();
      eventListeners.clear();
      connected = false;
      message = 'closed';
      await pool.close();
      await watch.unwatch();
    },
  };
}

