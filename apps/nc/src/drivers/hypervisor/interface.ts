// What the NC needs of a hypervisor. Every method is an "ensure": it may run twice. Names derive from instance ids.
import type { GuestHardware, Said, Startup } from '@educloud/contracts';
import type { TapGuard } from '../taps/interface.ts';

export interface DomainSpec {
  /** Instance id: the domain's name; its UUID derives from it. */
  insId: string;
  title: string;
  /** Owner mark in the domain's metadata: task and node. Foreign domains are never touched or listed. */
  tid: string;
  memoryMiB: number;
  cpus: number;
  hardware: GuestHardware;
  disk: { path: string; format: 'qcow2' | 'raw' };
  /** A second disk, qcow2. */
  dataPath?: string | null;
  /** Installation medium, read-only, in a CD drive; boots when the disk does not. */
  mediaPath: string | null;
  /** What the guest is told at its first start, read-only, in a CD drive of its own. */
  seedPath?: string | null;
  /** Where what it says on its serial port is appended; the folder is there. Absent: it is kept nowhere. */
  serialLog?: string | null;
  startup?: Startup | undefined;
  /** Absent: one card on QEMU's own network, with an address that derives from the instance, reached from nowhere. */
  nics?: readonly DomainNic[] | undefined;
}

/** nat: QEMU's own network, with ports of this host that lead to the guest. bridge: a tap on a bridge. */
export type DomainNic =
  | { mode: 'nat'; mac: string; forwards: readonly PortForward[] }
  | { mode: 'bridge'; mac: string; bridge: string; ip: string; tap: string };

export interface PortForward { protocol: 'tcp' | 'udp'; hostIp: string; hostPort: number; guestPort: number }

export type DomainState = 'absent' | 'running' | 'paused' | 'shutting-down' | 'shutoff' | 'crashed';

export interface DomainSummary {
  insId: string;
  state: DomainState;
  /** Only when `state` is paused: a write found the host's disk full. It is tried again when the guest is resumed. */
  reason?: 'io-error';
  /** Its bridged cards, and the address each may use; as it was started. */
  guards?: TapGuard[];
}

/** What a running guest has used since its QEMU was started; counts only rise. */
export interface GuestCounters {
  insId: string;
  cpus: number;
  /** Of all its processors together. */
  cpuNs: number;
  /** Resident, of the host. */
  memoryMiB: number;
  diskReadBytes: number; diskWrittenBytes: number;
  /** Null: nothing counts for QEMU's own network. */
  netInBytes: number | null; netOutBytes: number | null;
}

export interface DomainEvent {
  insId: string;
  state: DomainState;
  /** started | shutdown (by the guest itself or ACPI) | destroyed | crashed | failed | io-error (paused, the host's disk is full) | resumed | … */
  reason: string;
}

export interface HypervisorHealth {
  kind: 'libvirt' | 'fake';
  connected: boolean;
  version: string;
  acceleration: 'kvm' | 'tcg' | 'none';
  /** For /readyz, e.g. "/dev/kvm is there but does not pass the self-test: guests run under TCG". */
  message: string;
  why: Said;
}

/** Places between two effects of one step, at which a test may kill the process: the guest is defined, not started; it runs, no port leads to it yet; it was asked to power off. */
export type HypervisorPoint = 'defineDomain:do:after' | 'bootDomain:do:after' | 'askShutdown:do:after';

/** All throw CloudError: HYPERVISOR_UNAVAILABLE (retryable: not connected), HYPERVISOR_FAILED (libvirt's own words), GUEST_AGENT_UNAVAILABLE, GUEST_NOT_RUNNING, NOT_FOUND. */
export interface Hypervisor {
  health(): HypervisorHealth;
  /** Define (or redefine when it differs) and start unless it runs, from its disk: what was saved of it is thrown away. Resolves when the domain runs and its ports are forwarded. @throws ACCESS_REFUSED a port is taken; a guest that was started for it is off again */
  ensureRunning(spec: DomainSpec): Promise<void>;
  /** The guest's processors stand still until it is resumed. One that is paused is left alone. @throws NOT_FOUND, GUEST_NOT_RUNNING */
  pause(insId: string): Promise<void>;
  /** Lets a paused guest go on. One that is not paused is left alone. */
  resume(insId: string): Promise<void>;
  /** The guest's memory goes to disk, and it is off. One that is saved already is left alone. @throws NOT_FOUND, GUEST_NOT_RUNNING */
  save(insId: string): Promise<void>;
  isSaved(insId: string): Promise<boolean>;
  /** A saved guest goes on where it was, running, with its ports forwarded. A failure keeps what was saved. @throws NOT_FOUND nothing of it is saved, ACCESS_REFUSED */
  restore(guest: Pick<DomainSpec, 'insId' | 'nics'>): Promise<void>;
  /** Ask the guest to power off, through its agent if that answers, else ACPI. Returns at once. */
  requestShutdown(insId: string): Promise<'agent' | 'acpi'>;
  /** Power off hard; what was saved of it goes. Absent or stopped is fine. */
  ensureStopped(insId: string): Promise<void>;
  /** Stopped and undefined, with everything libvirt keeps of it (NVRAM, saved state, snapshots' and checkpoints' metadata). */
  ensureAbsent(insId: string): Promise<void>;
  state(insId: string): Promise<DomainState>;
  /** Ours only. */
  list(): Promise<DomainSummary[]>;
  /** Of ours that run; one that cannot be asked now is left out. */
  counters(): Promise<GuestCounters[]>;
  /** Where the running guest's VNC server listens: a unix socket or 127.0.0.1 port. */
  consoleAddress(insId: string): Promise<{ path: string } | { host: string; port: number }>;
  /** The running guest's serial port: a unix socket that takes one at a time. */
  serialAddress(insId: string): Promise<{ path: string }>;
  /** Ports of this host that lead to the running guest. */
  forwards(insId: string): Promise<PortForward[]>;
  /** What the running guest's screen shows. */
  screenshot(insId: string): Promise<{ mime: string; bytes: Uint8Array }>;
  /** One QEMU guest agent command; returns its `return` value. */
  agentCommand(insId: string, command: Record<string, unknown>, timeoutSeconds: number): Promise<unknown>;
  onEvent(listener: (event: DomainEvent) => void): () => void;
  /** Called after each (re)connect: time for an inventory. */
  onConnected(listener: () => void): () => void;
  close(): Promise<void>;
}
