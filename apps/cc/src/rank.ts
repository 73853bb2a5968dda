// Which nodes could take an instance, best first, with a reason for each that could not. Pure; the CLC claims on the first that fits.
import { say, type DaemonFacts, type RankReply, type RankRequest, inWords, type Said } from '@educloud/contracts';

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
}

const FITS = say('fits');
/** Enough to find one with room; the reasons of thousands would only fill tasks and pages. */
const LISTED_FIT = 16;
const LISTED_REFUSED = 32;

export function rankNodes(nodes: KnownNode[], want: RankRequest, now: number, silentMs: number): RankReply {
  const judged = nodes.map((node) => {
    const refusal = whyNot(node, want, now, silentMs);
    return { ncId: node.id, name: node.name, fits: refusal === null, score: refusal === null ? score(node, want) : 0, why: refusal ?? FITS };
  });
  const inOrder = (a: { score: number; name: string }, b: { score: number; name: string }): number => b.score - a.score || (a.name < b.name ? -1 : 1);
  const fit = judged.filter((c) => c.fits).sort(inOrder);
  const refused = judged.filter((c) => !c.fits).sort(inOrder);
  const { skip = 0 } = want;
  const listed = [...fit.slice(skip, skip + LISTED_FIT), ...refused.slice(0, LISTED_REFUSED)];
  return { candidates: listed.map((c) => ({ ...c, reason: inWords(c.why, 'en') })), fit: fit.length, total: judged.length };
}

function whyNot(node: KnownNode, want: RankRequest, now: number, silentMs: number): Said | null {
  if (want.node && want.node !== node.id && want.node !== node.name) return say('notTheNodeAskedFor', { node: want.node });
  const { capacity, hypervisor } = node.facts;
  if (now - node.heardAt > silentMs) return say('silentFor', { seconds: Math.round((now - node.heardAt) / 1000) });
  if (!capacity) return say('noCapacityReported');
  if (!hypervisor || (hypervisor.kind === 'libvirt' && hypervisor.acceleration === 'none')) return hypervisor?.message ? say('hypervisorNotReadyWhy', { why: hypervisor.why ?? hypervisor.message }) : say('hypervisorNotReady');
  if (capacity.cpus < want.cpus) return say('fewCpus', { has: capacity.cpus, wanted: want.cpus });
  if (capacity.memoryMiB < want.memoryMiB) return say('littleMemory', { has: capacity.memoryMiB, wanted: want.memoryMiB });
  if (node.freeDiskBytes < want.diskBytes) return say('littleDisk', { missing: want.diskBytes - node.freeDiskBytes });
  return null;
}

/** Spread: free memory after placing counts most, then free disk, then an idle CPU. 0–1. */
function score(node: KnownNode, want: RankRequest): number {
  const { capacity } = node.facts;
  if (!capacity) return 0;
  const memory = Math.max(0, node.memoryFreeMiB - node.promisedMiB - want.memoryMiB) / Math.max(1, capacity.memoryMiB);
  const disk = Math.max(0, node.freeDiskBytes - want.diskBytes) / Math.max(1, capacity.diskBytes);
  const idle = 1 - Math.min(1, node.load1 / Math.max(1, capacity.cpus));
  return Number((0.5 * memory + 0.2 * disk + 0.3 * idle).toFixed(4));
}
