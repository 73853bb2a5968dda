// Who may say it: a node's word counts when it came through the node's own cluster controller, every other daemon speaks for itself.
// In front of the handlers of status/consumers.ts.
import type { Envelope } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { Store } from '../store/interface.ts';

/** @throws WRONG_NODE the message did not come the way its source's messages come */
export async function refuseForeignWord(store: { read: { daemons: Pick<Store['read']['daemons'], 'speaker'> } }, envelope: Envelope): Promise<void> {
  const source = envelope.source?.node;
  if (!source) return; // the handlers refuse that, with their own words
  const refuse = (why: string): never => {
    throw new CloudError('WRONG_NODE', `${envelope.name} ${envelope.id}: ${why}`);
  };
  const daemon = await store.read.daemons.speaker(source);
  if (!daemon) return refuse(`${source} is no daemon of this cloud`);
  const last = envelope.trail.at(-1) ?? null;
  if (daemon.role !== 'nc') return last === null || last === source ? undefined : refuse(`${last} speaks for ${source}`);
  if (last === null || last !== daemon.ccId) refuse(`${last ?? 'nobody'} passed it on, but ${source} belongs to ${daemon.ccId ?? 'no cluster'}`);
}
