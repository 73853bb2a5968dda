// Placement: a cluster of the right usage, its ranked nodes with a reason for each, and a claim on the first that takes it.
import { CloudError, asCloudError, isCloudError, whyOf } from '@educloud/errors';
import { mayBePlaced, say, type Candidate, type JobResult, type Placement, type PlacementPolicy, type RankReply, inWords, type Said } from '@educloud/contracts';
import type { PlanDeps } from '../deps.ts';
import type { DaemonRow, InstanceRow, Tx } from '../store/interface.ts';

export interface Placing {
  instance: Pick<InstanceRow, 'id' | 'tid' | 'kind' | 'cpus' | 'memoryMiB' | 'diskBytes'>;
  /** Of a data disk that is to be made where it is placed. Default: none. */
  dataBytes?: number;
  /** Pins, by id or name. */
  node: string | null;
  cluster: string | null;
  /** Whose it is: hosts and clusters of other owner groups do not take it. Absent: nobody asks (builds). */
  group?: string | null;
  /** By which a node is chosen; null: by that of its cluster. */
  policy?: PlacementPolicy | null;
  /** Taken in the transaction of the decision. */
  claims: ReadonlyArray<'disk' | 'compute'>;
  /** The bridge a node needs in this cluster, or why the cluster cannot take it at all. */
  bridgeIn?(cc: DaemonRow): Promise<{ bridge: string | null } | { refused: Said }>;
  /** In that transaction; what it throws for a reason is why this cluster does not take it. False: it is not wanted any more, and the claims are given back. */
  chosen(tx: Tx, place: { cc: DaemonRow; ccId: string; ncId: string; name: string; placement: Placement }): Promise<boolean>;
  /** Why nobody took it. */
  refused(tx: Tx, placement: Placement): Promise<unknown>;
}

/** Runs outside a transaction and may run twice: whoever calls it looks first whether there is a claim. */
export async function place(deps: PlanDeps, wanted: Placing): Promise<JobResult<'placeInstance'>> {
  const { instance } = wanted;
  const clusters = await suitableClusters(deps, wanted);
  const { ledger } = deps.store.read;
  const seen: Seen = { candidates: [], fit: 0, total: 0 };
  for (const cc of clusters) {
    const sawBefore = seen.total;
    const policy = wanted.policy ?? cc.properties?.placement ?? 'spread';
    const suits = (await wanted.bridgeIn?.(cc)) ?? { bridge: null };
    if (wanted.group !== undefined && !mayBePlaced(wanted.group, cc.ownerGroup)) {
      note(seen, [{ ncId: cc.id, name: cc.name, fits: false, score: 0, ...because(say('hostOfOthers', { group: cc.ownerGroup })) }]);
      continue;
    }
    if ('refused' in suits) {
      note(seen, [{ ncId: cc.id, name: cc.name, fits: false, score: 0, ...because(suits.refused) }]);
      continue;
    }
    let spent: Said | null = null;
    for (let skip = 0; ; ) {
      let reply: RankReply;
      let ranked: Candidate[];
      try {
        // Of whoever claims only the disk now, processors and memory may be full until it runs.
        const rooms = wanted.claims.includes('compute') ? await ledger.rooms({ ccId: cc.id }, ROOMS_TOLD) : null;
        reply = await deps.rank(cc, { cpus: instance.cpus, memoryMiB: instance.memoryMiB, diskBytes: instance.diskBytes + (wanted.dataBytes ?? 0), node: wanted.node, skip, policy, ...(rooms ? { rooms } : {}) });
        ranked = await withAdminsWord(deps, cc, reply.candidates, { bridge: suits.bridge, group: wanted.group });
      } catch (e) {
        note(seen, [{ ncId: cc.id, name: cc.name, fits: false, score: 0, ...because(say('clusterTrouble', { cluster: cc.name, why: whyOf(asCloudError(e)) })) }]);
        break;
      }
      const { fit = ranked.length, total = ranked.length } = reply;
      const ruledOut = reply.candidates.filter((c) => c.fits).length - ranked.filter((c) => c.fits).length;
      seen.total = sawBefore + total;
      for (const candidate of ranked) {
        const all: Seen = { candidates: [...seen.candidates, ...ranked], fit: Math.max(1, fit - skip - ruledOut), total: seen.total };
        const took = candidate.fits && (await claim(deps, wanted, cc, candidate, all, policy));
        if (took === true) return { ccId: cc.id, ncId: candidate.ncId };
        // No address is left in this cluster: no other node of it helps.
        if (took !== false) {
          spent = took;
          break;
        }
        note(seen, [candidate.fits ? { ...candidate, fits: false, ...because(say(wanted.claims.includes('compute') ? 'roomClaimed' : 'diskClaimed')) } : candidate]);
      }
      if (spent) {
        note(seen, [{ ncId: cc.id, name: cc.name, fits: false, score: 0, ...because(spent) }]);
        break;
      }
      // Those that fit by their own word were full by ours: the next best are asked for.
      const offered = reply.candidates.filter((c) => c.fits).length;
      skip += offered;
      // A cluster controller of the first version names all its nodes at once and does not know `skip`.
      if (offered === 0 || reply.fit === undefined || skip >= fit) break;
    }
  }
  const why = summarise(seen);
  const placement: Placement = { clusterId: null, nodeId: null, summary: inWords(why, 'en'), why, ...seen };
  await deps.store.transaction((tx) => wanted.refused(tx, placement));
  throw new CloudError('NO_CAPACITY', why, { data: { candidates: seen.candidates } });
}

/** Nodes of which the cluster controller is told what is promised there; of more it finds out by asking for the next best. */
const ROOMS_TOLD = 500;

/** What is kept with the task: the nodes that were considered, but not thousands of them. */
interface Seen { candidates: Candidate[]; fit: number; total: number }
const KEPT = 64;
function note(seen: Seen, candidates: Candidate[]): void {
  for (const c of candidates) if (seen.candidates.length < KEPT && !seen.candidates.some((s) => s.ncId === c.ncId)) seen.candidates.push(c);
  seen.total = Math.max(seen.total, seen.candidates.length);
}

const NO_ADDRESS: ReadonlySet<string> = new Set(['NO_CAPACITY', 'ADDRESS_TAKEN', 'ADDRESS_NOT_IN_POOL']);

/** Claims, choice and reasons in one transaction. Between its failing and succeeding nothing is left. */
async function claim(deps: PlanDeps, wanted: Placing, cc: DaemonRow, candidate: Candidate, all: Seen, policy: PlacementPolicy): Promise<boolean | Said> {
  const { id, tid, cpus, memoryMiB, diskBytes } = wanted.instance;
  const amounts = { disk: { cpus: 0, memoryMiB: 0, diskBytes }, compute: { cpus, memoryMiB, diskBytes: 0 } } as const;
  const full = new CloudError('NO_CAPACITY', `${candidate.name} has given its room to others`, { retryable: false });
  try {
    await deps.store.transaction(async (tx) => {
      const why = say('chosenBy', { node: candidate.name, policy, summary: summarise(all) });
      const placement: Placement = { clusterId: cc.id, nodeId: candidate.ncId, summary: inWords(why, 'en'), why, ...all };
      // Cancelled in the meantime: leaving the transaction by an error takes everything back.
      if (!(await wanted.chosen(tx, { cc, ccId: cc.id, ncId: candidate.ncId, name: candidate.name, placement }))) throw new CloudError('CANCELLED', say('cancelledWhilePlaced', { tid: tid ?? id }));
      await tx.instances.updateInstance(id, { ccId: cc.id, ncId: candidate.ncId });
      // Last: everybody who is placed on this node waits for its row until our commit.
      for (const kind of wanted.claims) if (!(await tx.ledger.claim(id, kind, candidate.ncId, amounts[kind]))) throw full;
      if (wanted.dataBytes && !(await tx.ledger.claim(id, 'data', candidate.ncId, { cpus: 0, memoryMiB: 0, diskBytes: wanted.dataBytes }))) throw full;
    });
    return true;
  } catch (e) {
    if (e === full) return false;
    if (isCloudError(e) && NO_ADDRESS.has(e.code)) return e.why ?? say('text', { text: e.message });
    throw e;
  }
}

async function suitableClusters(deps: PlanDeps, { instance, cluster: pin }: Placing): Promise<DaemonRow[]> {
  const all = await deps.store.read.daemons.daemons({ role: 'cc' });
  const usage = instance.kind;
  const fitting = all.filter((cc) => cc.enabled && cc.facts.usages.includes(usage) && (!pin || cc.id === pin || cc.name === pin));
  const up = fitting.filter((cc) => cc.state === 'up' || cc.state === 'suspect');
  if (up.length > 0) return up;
  const down = fitting.map((c) => c.name);
  const why = down.length > 0 ? say(down.length > 1 ? 'clustersDown' : 'clusterDown', { clusters: down }) : pin ? say('noClusterOfUsageAndName', { usage, name: pin }) : say('noClusterOfUsage', { usage });
  throw new CloudError('NO_CLUSTER', say('noClusterTakes', { why }), { data: { usage, pin } });
}
/** The CC knows load and capacity; the CLC knows who is disabled or silent. */
async function withAdminsWord(deps: PlanDeps, cc: DaemonRow, ranked: Candidate[], { bridge, group }: { bridge: string | null; group: string | null | undefined }): Promise<Candidate[]> {
  const nodes = new Map((await deps.store.read.daemons.daemonsByIds(ranked.map((c) => c.ncId))).filter((n) => n.ccId === cc.id).map((n) => [n.id, n]));
  return ranked.map((candidate) => {
    const node = nodes.get(candidate.ncId);
    if (!node) return { ...candidate, fits: false, ...because(say('notRegisteredHere')) };
    if (!node.enabled) return { ...candidate, fits: false, ...because(say(node.draining ? 'drainingByAdmin' : 'disabledByAdmin')) };
    if (group !== undefined && !mayBePlaced(group, node.ownerGroup)) return { ...candidate, fits: false, ...because(say('hostOfOthers', { group: node.ownerGroup })) };
    if (node.fencedEpoch !== null) return { ...candidate, fits: false, ...because(say('switchedOffNode')) };
    if (node.state === 'down' || node.state === 'suspect') return { ...candidate, fits: false, ...because(say('silentNode', { state: node.state })) };
    const network = node.facts.network;
    if (bridge !== null && !network?.bridges.includes(bridge)) return { ...candidate, fits: false, ...because(say('nodeWithoutBridge', { bridge })) };
    if (bridge !== null && !network?.nft) return { ...candidate, fits: false, ...because(say('nodeCannotBind', { bridge, why: network?.why ?? network?.message ?? '' })) };
    return candidate;
  });
}

const because = (why: Said): { reason: string; why: Said } => ({ reason: inWords(why, 'en'), why });

function summarise({ candidates, fit, total }: Seen): Said {
  const refused = candidates.filter((c) => !c.fits).map((c) => say('nodeRefused', { node: c.name, why: c.why ?? c.reason }));
  return refused.length > 0 ? say('nodesFitBut', { fit, all: total, refused: refused.slice(0, 5) }) : say('nodesFit', { fit, all: total });
}
