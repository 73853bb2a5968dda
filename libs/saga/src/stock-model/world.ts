// The daemons of the model: two, with journal, tombstones and effects, as libs/executor promises them. Its play brings them commands and takes their answers.
import type { CommandBody, Envelope, TaskStatus, WireError } from '@educloud/contracts';
import { DAEMONS, type Outcome } from './picks.ts';

export interface Heard { status: TaskStatus; node: string; epoch: number }

export class World {
  readonly underWay: Envelope[] = [];
  readonly answers: Heard[] = [];
  readonly files = new Set<string>();
  /** Daemons that died with a command in hand. */
  readonly forgetful = new Set<string>();
  readonly epochs = new Map<string, number>(DAEMONS.map((d) => [d, 1]));
  readonly journal = new Map<string, TaskStatus>();
  private readonly plans = new Map<string, number>();
  private readonly undone = new Set<string>();

  deliver(envelope: Envelope, outcome: Outcome, effectBeforeFailure: boolean): void {
    const body = envelope.body as CommandBody;
    const node = envelope.target?.node ?? '';
    const epoch = this.epochs.get(node) as number;
    const jobId = envelope.jobId ?? '';
    const of = { jobId, op: body.op, attempt: body.attempt };
    const say = (status: TaskStatus, journaled = true): void => {
      if (journaled) this.journal.set(envelope.id, status);
      this.answers.push({ status, node, epoch });
    };
    const failed = (code: WireError['code'], retryable: boolean, data?: Record<string, unknown>): TaskStatus => ({ ...of, outcome: 'failed', percent: 0, error: { code, message: code, retryable, ...(data ? { data } : {}) } });
    const before = this.journal.get(envelope.id);
    if (before) return say(before);
    if (envelope.target?.epoch !== epoch) return say(failed('STALE_EPOCH', true, { sentEpoch: envelope.target?.epoch }), false);
    const tombstone = `${node}|${envelope.tid}`;
    if (body.plan < (this.plans.get(tombstone) ?? 0)) return say(failed('SUPERSEDED', false));
    if (body.op === 'do' && this.undone.has(jobId)) return say(failed('CANCELLED', false));
    this.plans.set(tombstone, body.plan);
    if (body.op === 'undo') this.undone.add(jobId);
    if (outcome === 'ok' || effectBeforeFailure) this.effect(body, node, envelope.tid ?? '');
    if (outcome === 'unknown') return void this.forgetful.add(node); // died with it, unjournaled: it may come again
    say(outcome === 'ok' ? { ...of, outcome: 'done', percent: 100, result: {} } : failed('TRANSFER_FAILED', outcome === 'retryable'));
  }

  private effect(body: CommandBody, node: string, subject: string): void {
    if (body.job.startsWith('discard')) { for (const file of [...this.files]) if (file.startsWith(`${node} `) && file.endsWith(subject)) this.files.delete(file); }
    else if (body.op === 'do') this.files.add(`${node} ${body.job} ${subject}`);
    else this.files.delete(`${node} ${body.job} ${subject}`);
  }
}
