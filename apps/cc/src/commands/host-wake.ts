// host/wake on the cluster controller: the magic packet for the network card of a host that is switched off.
import { say } from '@educloud/contracts';
import { asCloudError, CloudError, whyOf } from '@educloud/errors';
import { defineJob, type AnyJobHandler } from '@educloud/executor';
import type { Deps } from '../deps.ts';

export function wakeJobs({ call }: Pick<Deps, 'call'>): AnyJobHandler[] {
  return [
    defineJob<'callHost'>({
      job: 'callHost',
      serialKey: ({ hostId }) => hostId,
      async do({ mac }) {
        await call(mac).catch((e: unknown) => {
          throw new CloudError('NODE_UNREACHABLE', say('cardNotCalled', { mac, why: whyOf(asCloudError(e)) }), { cause: e, retryable: true });
        });
        return {};
      },
    }),
  ];
}
