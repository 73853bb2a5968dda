// What a node says of its guests, for the instances people defined: one that powered itself off is off, one that crashed is in error.
// Called by status/instance-status in its transaction.
import { say, type Said } from '@educloud/contracts';
import type { SagaOrders } from '@educloud/saga';
import { change, clearError, rest, subjectOf } from '../commands/instance/life.ts';
import { closeWays } from '../network/access.ts';
import type { StopInput } from '../jobs/power.ts';
import type { InstanceRow, Tx, UserInstanceRow } from '../store/interface.ts';

export interface Told { instance: InstanceRow; word: { vmstatus: string; reason: string } }

/** `begun`: a plan. `closed`: clusters in which ways were closed. */
export interface Followed { begun: boolean; closed: ReadonlySet<string> }

export async function followInstances(saga: Pick<SagaOrders<Tx>, 'start'>, tx: Tx, told: Told[]): Promise<Followed> {
  const ofPeople = told.filter(({ instance }) => instance.purpose === 'run');
  const closed = new Set<string>();
  if (ofPeople.length === 0) return { begun: false, closed };
  const rows = new Map((await tx.userInstances.userInstancesByIds(ofPeople.map(({ instance }) => instance.id))).map((row) => [row.id, row]));
  const active = new Set(await tx.saga.activeSubjects([...rows.values()].map(subjectOf)));
  let begun = false;
  for (const { instance, word } of ofPeople) {
    const seen = rows.get(instance.id);
    // While something is done with it, that decides.
    if (!seen || active.has(subjectOf(seen)) || !listens(seen) || !saysSomething(seen, word)) continue;
    // Also when that has begun since.
    const row = await tx.userInstances.lockUserInstance(instance.id);
    if (!row || !listens(row)) continue;
    if (word.vmstatus === 'running') await pausedOrNot(tx, instance, row, isFull(word));
    if (word.vmstatus === 'stopped') begun = (await isOff(saga, tx, { row, instance, reason: word.reason, closed })) || begun;
  }
  return { begun, closed };
}

const listens = (row: UserInstanceRow): boolean => row.taskState === null && (row.vmState === 'active' || row.vmState === 'paused');
const isFull = ({ reason }: Told['word']): boolean => reason === 'io-error';
/** By its next run: otherwise that makes its disk anew. */
const isKept = (row: UserInstanceRow): boolean => row.lifetime === 'persistent';
const saysFull = (row: UserInstanceRow): boolean => row.message.code === 'guestPausedDiskFull';
/** Mostly a node says what is known already: then nothing is locked for it. */
const saysSomething = (row: UserInstanceRow, word: Told['word']): boolean => (word.vmstatus === 'running' ? isFull(word) !== saysFull(row) : word.vmstatus === 'stopped');

async function isOff(saga: Pick<SagaOrders<Tx>, 'start'>, tx: Tx, { row, instance, reason, closed }: { row: UserInstanceRow; instance: InstanceRow; reason: string; closed: Set<string> }): Promise<boolean> {
  if (reason === 'crashed' || reason === 'failed') {
    const why = say(isKept(row) ? 'instanceBroke' : 'instanceBrokeAnew', { how: reason });
    const node = instance.ncId ? ((await tx.daemons.daemon(instance.ncId))?.name ?? instance.ncId) : '';
    const todo = say(isKept(row) ? 'whyItBroke' : 'keepBrokenDisk', { instance: row.id, node });
    await change(tx, row, rest('error'), { message: why, failedAction: null, kept: null, error: { code: 'HYPERVISOR_FAILED', message: `the guest ${reason}`, why, todo, retryable: false } });
  } else if (row.lifetime === 'temporary') {
    // Its disk is thrown away at the end, whoever ended it.
    await saga.start(tx, { subject: subjectOf(row), name: 'instance/stop', input: { graceMs: 0, force: true } satisfies StopInput });
    return true;
  } else {
    await change(tx, row, rest('stopped'), { message: say(reason !== 'lost' ? 'instancePoweredOff' : isKept(row) ? 'instanceLost' : 'instanceLostAnew'), ...clearError });
  }
  await tx.ledger.release(row.id, 'compute');
  const ccId = await closeWays(tx, row);
  if (ccId) closed.add(ccId);
  return false;
}

/** A guest that found its node's disk full still runs, but nothing moves: its instance says so until it goes on. */
async function pausedOrNot(tx: Tx, instance: InstanceRow, row: UserInstanceRow, full: boolean): Promise<void> {
  if (saysFull(row) === full) return;
  const node = full && instance.ncId ? ((await tx.daemons.daemon(instance.ncId))?.name ?? instance.ncId) : '';
  const message: Said = full ? say('guestPausedDiskFull', { node }) : say(row.vmState === 'paused' ? 'instancePaused' : 'instanceRuns');
  await change(tx, row, null, { message });
}
