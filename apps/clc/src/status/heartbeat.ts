// heartbeat: the beats of one moment, from a daemon itself or from a CC for all its nodes.
import { Heartbeat, type Envelope } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { Liveness } from '../liveness.ts';

export async function onHeartbeat(deps: { liveness: Pick<Liveness, 'beats'> }, envelope: Envelope): Promise<void> {
  const parsed = Heartbeat.safeParse(envelope.body);
  if (!parsed.success || !envelope.source) throw new CloudError('MESSAGE_INVALID', `heartbeat ${envelope.id}: ${parsed.error?.issues[0]?.message ?? 'no source'}`);
  deps.liveness.beats(parsed.data.beats, envelope.source.node);
}
