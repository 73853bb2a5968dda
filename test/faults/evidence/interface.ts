// Everything a campaign leaves behind, looked at from outside after it was healed and came to rest. Collected by collect.ts, judged by ../invariants.
import type { HistoryEntry } from '../history.ts';

/** A row as the database gives it: JSON columns parsed, numbers as numbers. */
export interface TaskSeen {
  tid: string; kind: string; name: string; srcImageId: string; srcVersion: number; dstImageId: string; dstVersion: number; insId: string;
  phase: string; state: string; progress: number; vmstatus: string; message: string; error: { code: string; message: string } | null;
  kept: { what: string; where: string; until: string } | null; failedStep: string | null; ccId: string | null; ncId: string | null; owner: string; createdAt: number; updatedAt: number;
}
export interface PlanSeen { id: string; subject: string; seq: number; name: string; state: string; generation: number; startedAt: number; endedAt: number | null; activeSubject: string | null }
export interface JobSeen {
  id: string; planId: string; index: number; name: string; role: string; target: string | null; state: string; attempt: number; undoAttempt: number;
  deadlineAt: number | null; notBefore: number | null; startedAt: number | null; endedAt: number | null;
}
export interface OutboxSeen { id: string; queue: string; createdAt: number }
export interface ImageSeen { id: string; name: string; heldBy: string | null; deletedAt: number | null; createdBy: string }
export interface VersionSeen { imageId: string; version: number; state: string; sha256: string | null; sizeBytes: number | null; format: string | null; tid: string | null; walrusId: string | null; error: string | null }
export interface InstanceSeen { id: string; tid: string | null; ncId: string | null; memoryMiB: number; cpus: number; diskBytes: number; vmstatus: string; firstBootAt: number | null; statusEpoch: number; statusSeq: number; deletedAt: number | null }
/** What somebody defined; the instance of the same id is where it runs. */
export interface UserInstanceSeen {
  id: string; name: string; owner: string; kind: string; lifetime: string; imageId: string; madeFrom: number | null; vmState: string; taskState: string | null;
  error: { code: string; message: string } | null; createdAt: number; updatedAt: number; deletedAt: number | null;
  network: { cards: Array<{ mac: string; ip?: string; publicIp?: string | null }>; doors: Array<{ name: string; at: string; port: number }> } | null;
}
export interface LedgerSeen { ncId: string; limitCpus: number; limitMemoryMiB: number; limitDiskBytes: number; usedCpus: number; usedMemoryMiB: number; usedDiskBytes: number }
export interface ClaimSeen { insId: string; kind: 'disk' | 'compute' | 'data' | 'saved'; ncId: string; cpus: number; memoryMiB: number; diskBytes: number }
export interface AddressSeen { ccId: string; kind: string; value: string; state: string; insId: string | null }
export interface AccessSeen { insId: string; ccId: string }
export interface BatchSeen { id: string; state: string }
export interface DaemonSeen { id: string; role: string; name: string; url: string; epoch: number; state: string; enabled: number; ccId: string | null; lastBeatAt: number | null }
export interface EventSeen { id: number; kind: string; subject: string; payload: unknown; at: number }
export interface IdempotencySeen { user: string; key: string; status: number; location: string | null; createdAt: number }

export interface DatabaseSeen {
  tasks: TaskSeen[]; plans: PlanSeen[]; jobs: JobSeen[]; outbox: OutboxSeen[]; images: ImageSeen[]; versions: VersionSeen[]; instances: InstanceSeen[];
  userInstances: UserInstanceSeen[]; ledger: LedgerSeen[]; claims: ClaimSeen[]; daemons: DaemonSeen[]; events: EventSeen[]; idempotency: IdempotencySeen[];
  addresses: AddressSeen[]; access: AccessSeen[]; batches: BatchSeen[];
}

/** `code` is ours when a consumer buried it; `DELIVERY_LIMIT` when the broker did. */
export interface DeadLetterSeen { vhost: string; queue: string; code: string; reason: string; at: number; content: string }
export interface QueueSeen { vhost: string; name: string; messages: number; unacknowledged: number; consumers: number }

/** Relative to the data folder of its daemon. `sha256` only of what somebody stands on or could hand out. */
export interface FileSeen { path: string; sizeBytes: number; sha256: string | null }

export interface JournalSeen { id: string; tid: string | null; jobId: string; job: string; op: 'do' | 'undo'; attempt: number; state: string; reported: boolean }

/** A domain, or the file of a fake guest. `mark` is the owner mark in its metadata: `null` = not ours. */
export interface GuestSeen { node: string; name: string; insId: string | null; state: string; uuid: string | null; mark: { tid: string | null; node: string | null } | null; xml: string | null }

export interface DaemonDisk {
  id: string;
  role: 'walrus' | 'cc' | 'nc';
  files: FileSeen[];
  journal: JournalSeen[];
  /** `insId@img-1a2b3c4d.v1` */
  pins: string[];
}

/** A mark that somebody wrote on an edited disk, and every file that holds it. Files as `nc-1:instances/ins-…/disk.qcow2`. */
export interface EditSeen { tid: string; insId: string; node: string; mark: string; foundIn: string[] }

export interface ProcessSeen { pid: number; kind: 'qemu' | 'daemon' | 'qemu-img' | 'other'; name: string; cmdline: string }

export interface Evidence {
  seed: number;
  hypervisor: 'fake' | 'libvirt';
  /** When the last fault was healed, and when nothing moved any more (null: it never came to rest within the time). */
  healedAt: number;
  quietAt: number | null;
  history: HistoryEntry[];
  db: DatabaseSeen;
  queues: QueueSeen[];
  deadLetters: DeadLetterSeen[];
  disks: DaemonDisk[];
  guests: GuestSeen[];
  edits: EditSeen[];
  processes: ProcessSeen[];
  /** Packet rules of host and nodes, as nft prints them. */
  rules: Array<{ where: string; rules: string }>;
  redis: Array<{ key: string; value: string; ttlSeconds: number }>;
  /** Last /readyz of each daemon: ready or why not. */
  readiness: Array<{ name: string; ready: boolean; reasons: string[] }>;
  /** Words that must not be anywhere, and where they were. */
  secretsSeen: Array<{ what: string; where: string }>;
}
