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
}

const FITS = say('fits');

export function rankNodes(nodes: KnownNode[], want: RankRequest, now: number, silentMs: number): RankReply {
  const candidates = nodes.map((node) => {
    const reason = whyNot(node, want, now, silentMs);
    return { ncId: node.id, name: node.name, fits: reason === null, score: reason === null ? score(node, want) : 0, reason: inWords(reason ?? FITS, 'en'), why: reason ?? FITS };
  });
  return { candidates: candidates.sort((a, b) => Number(b.fits) - Number(a.fits) || b.score - a.score || a.name.localeCompare(b.name)) };
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
  const memory = Math.max(0, node.memoryFreeMiB - want.memoryMiB) / Math.max(1, capacity.memoryMiB);
  const disk = Math.max(0, node.freeDiskBytes - want.diskBytes) / Math.max(1, capacity.diskBytes);
  const idle = 1 - Math.min(1, node.load1 / Math.max(1, capacity.cpus));
  return Number((0.5 * memory + 0.2 * disk + 0.3 * idle).toFixed(4));
}
