// Chooses how ports are forwarded. `off` says so instead of pretending.
import { say } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import { wantsNothing, type Forwarding } from './interface.ts';
import { createNftablesForwarding, type NftablesOptions } from './nftables.ts';

export type ForwardingChoice = { kind: 'off' } | ({ kind: 'nftables' } & NftablesOptions);

export function loadForwarding(choice: ForwardingChoice): Forwarding {
  if (choice.kind === 'nftables') return createNftablesForwarding(choice);
  return {
    unusable: async () => say('forwardingOff'),
    async apply(wanted) {
      if (!wantsNothing(wanted)) throw new CloudError('NETWORK_UNAVAILABLE', say('forwardingOff'), { retryable: false });
      return { changed: 0, refused: new Map() };
    },
  };
}
