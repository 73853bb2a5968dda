// Which nodes could take an instance, best first, with a reason for each that could not. Pure; the CLC claims on the first that fits.
import type { DaemonFacts, RankReply, RankRequest } from '@educloud/contracts';

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

const GiB = 1024 ** 3;
const gib = (bytes: number): string => `${(bytes / GiB).toFixed(1)} GiB`;

export function rankNodes(nodes: KnownNode[], want: RankRequest, now: number, silentMs: number): RankReply {
  const candidates = nodes.map((node) => {
    const reason = whyNot(node, want, now, silentMs);
    return { ncId: node.id, name: node.name, fits: reason === null, score: reason === null ? score(node, want) : 0, reason: reason ?? 'fits' };
  });
  return { candidates: candidates.sort((a, b) => Number(b.fits) - Number(a.fits) || b.score - a.score || a.name.localeCompare(b.name)) };
}

function whyNot(node: KnownNode, want: RankRequest, now: number, silentMs: number): string | null {
  if (want.node && want.node !== node.id && want.node !== node.name) return `not the node that was asked for (${want.node})`;
  const { capacity, hypervisor } = node.facts;
  if (now - node.heardAt > silentMs) return `silent for ${Math.round((now - node.heardAt) / 1000)} s`;
  if (!capacity) return 'has not reported its capacity';
  if (!hypervisor || (hypervisor.kind === 'libvirt' && hypervisor.acceleration === 'none')) return `its hypervisor is not ready${hypervisor?.message ? `: ${hypervisor.message}` : ''}`;
  if (capacity.cpus < want.cpus) return `has ${capacity.cpus} CPUs, ${want.cpus} are wanted`;
  if (capacity.memoryMiB < want.memoryMiB) return `has ${capacity.memoryMiB} MiB of memory, ${want.memoryMiB} are wanted`;
  if (node.freeDiskBytes < want.diskBytes) return `lacks ${gib(want.diskBytes - node.freeDiskBytes)} of disk`;
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
