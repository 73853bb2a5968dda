// Which nodes could take an instance, best first, with a reason for each that could not. Pure; the CLC claims on the first that fits.
import { say, type DaemonFacts, type PlacementPolicy, type RankReply, type RankRequest, type Room, inWords, type Said } from '@educloud/contracts';

export interface KnownNode {
  id: string;
  name: string;
  url: string;
  facts: DaemonFacts;
  /** Epoch ms of the last beat or registration. */
  heardAt: number;
  load1: number;
  memoryFreeMiB: number;
  freeDiskBytes: number;
  guests: number;
  /** What was named as the best node since its last beat is counted off, or all who ask within that time would be sent to the same one. */
  promisedMiB: number;
  /** Rises each time a node is named as the best; of each the number it had then. 0 = never yet. */
  lastNamed: number;
}

const FITS = say('fits');
/** Enough to find one with room; the reasons of thousands would only fill tasks and pages. */
const LISTED_FIT = 16;
const LISTED_REFUSED = 32;

export function rankNodes(nodes: KnownNode[], want: RankRequest, now: number, silentMs: number): RankReply {
  const rooms = new Map((want.rooms ?? []).map((room) => [room.ncId, room]));
  const latest = Math.max(1, ...nodes.map((node) => node.lastNamed));
  const judged = nodes.map((node) => {
    const room = rooms.get(node.id) ?? null;
    const refusal = whyNot(node, want, room, now, silentMs);
    return { ncId: node.id, name: node.name, fits: refusal === null, score: refusal === null ? SCORE[want.policy ?? 'spread']({ node, want, room, latest }) : 0, why: refusal ?? FITS };
  });
  // Equally good ones by name, so that everybody who asks gets the same answer.
  const inOrder = (a: { score: number; name: string }, b: { score: number; name: string }): number => b.score - a.score || (a.name < b.name ? -1 : 1);
  const fit = judged.filter((c) => c.fits).sort(inOrder);
  const refused = judged.filter((c) => !c.fits).sort(inOrder);
  const { skip = 0 } = want;
  const listed = [...fit.slice(skip, skip + LISTED_FIT), ...refused.slice(0, LISTED_REFUSED)];
  return { candidates: listed.map((c) => ({ ...c, reason: inWords(c.why, 'en') })), fit: fit.length, total: judged.length };
}

function whyNot(node: KnownNode, want: RankRequest, room: Room | null, now: number, silentMs: number): Said | null {
  if (want.node && want.node !== node.id && want.node !== node.name) return say('notTheNodeAskedFor', { node: want.node });
  const { capacity, hypervisor } = node.facts;
  if (now - node.heardAt > silentMs) return say('silentFor', { seconds: Math.round((now - node.heardAt) / 1000) });
  if (!capacity) return say('noCapacityReported');
  if (!hypervisor || (hypervisor.kind === 'libvirt' && hypervisor.acceleration === 'none')) return hypervisor?.message ? say('hypervisorNotReadyWhy', { why: hypervisor.why ?? hypervisor.message }) : say('hypervisorNotReady');
  // What may be promised is the capacity as it is overcommitted.
  const most = room?.limits ?? capacity;
  if (most.cpus < want.cpus) return say('fewCpus', { has: most.cpus, wanted: want.cpus });
  if (most.memoryMiB < want.memoryMiB) return say('littleMemory', { has: most.memoryMiB, wanted: want.memoryMiB });
  if (node.freeDiskBytes < want.diskBytes) return say('littleDisk', { missing: want.diskBytes - node.freeDiskBytes });
  if (room) {
    const [cpus, memory] = [room.limits.cpus - room.used.cpus, room.limits.memoryMiB - room.used.memoryMiB];
    if (cpus < want.cpus || memory < want.memoryMiB) return say('roomLeft', { cpus: Math.max(0, cpus), memory: Math.max(0, memory) });
  }
  return null;
}

interface Fitting { node: KnownNode; want: RankRequest; room: Room | null; /** The highest `lastNamed` of all. */ latest: number }
/** 0–1; the highest is taken first. */
const SCORE: Record<PlacementPolicy, (fitting: Fitting) => number> = { spread, pack, 'round-robin': roundRobin };

/** Free memory after placing counts most, then free disk, then an idle CPU. */
function spread({ node, want }: Fitting): number {
  const { capacity } = node.facts;
  if (!capacity) return 0;
  const memory = Math.max(0, node.memoryFreeMiB - node.promisedMiB - want.memoryMiB) / Math.max(1, capacity.memoryMiB);
  const disk = Math.max(0, node.freeDiskBytes - want.diskBytes) / Math.max(1, capacity.diskBytes);
  const idle = 1 - Math.min(1, node.load1 / Math.max(1, capacity.cpus));
  return Number((0.5 * memory + 0.2 * disk + 0.3 * idle).toFixed(4));
}

/** The share of its memory that is promised after placing; where the ledger says nothing, that is used. */
function pack({ node, want, room }: Fitting): number {
  const total = Math.max(1, room?.limits.memoryMiB ?? node.facts.capacity?.memoryMiB ?? 1);
  const used = room?.used.memoryMiB ?? total - node.memoryFreeMiB + node.promisedMiB;
  return Number(Math.min(1, Math.max(0, (used + want.memoryMiB) / total)).toFixed(4));
}

/** Whoever was never named goes first, then in the order in which they were named last. */
function roundRobin({ node, latest }: Fitting): number {
  return 1 - node.lastNamed / (latest + 1);
}
