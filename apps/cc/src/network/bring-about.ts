// One pass over everything the network of the cluster needs here: look at the host, judge, then DHCP entries before ways that lead to guests. For the keeper.
import type { ClusterNetworkState, Said } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { Dhcp } from '../drivers/dhcp/interface.ts';
import { wantsNothing, type Forwarding } from '../drivers/forwarding/interface.ts';
import type { HostView } from './host.ts';
import type { KeeperDeps, Refusal } from './keeper.ts';
import { resolve } from './resolve.ts';

export interface BringAboutDeps {
  forwarding: Forwarding;
  dhcp: Dhcp;
  lookAtHost(): Promise<HostView>;
  /** Resolves when all nodes of this cluster are known, so that none is missed only because we have just begun. */
  nodesKnown(): Promise<void>;
  nodeIp(ncId: string): string | null;
  publicInterface: string;
  dhcpInterface: string;
}

export function bringAbout(deps: BringAboutDeps): KeeperDeps['apply'] {
  return async (state, { look }) => {
    if (state.forwards.some((f) => f.ncId !== null)) await deps.nodesKnown();
    const { forwarding, dhcp, refused } = resolve(state, { host: await deps.lookAtHost(), nodeIp: deps.nodeIp, publicInterface: deps.publicInterface, dhcpInterface: deps.dhcpInterface });
    let changed = 0;
    const everybody = (who: Array<{ id: string; insId: string }>, e: unknown): void => {
      if (!(e instanceof CloudError)) throw e;
      refused.push(...who.map(({ id, insId }): Refusal => ({ id, insId, code: e.code, why: e.why ?? { code: 'text', args: { text: e.message } } })));
    };

    // Without an interface for guests a server of ours can only be left over from another configuration.
    await deps.dhcp.apply(dhcp).then((n) => { changed += n; }, (e: unknown) => everybody(hostsOf(state), e));

    const why = wantsNothing(forwarding) ? null : await deps.forwarding.unusable();
    const wanted = waysOf(state).filter(({ id }) => forwarding.redirects.some((r) => r.id === id) || forwarding.aliases.some((a) => a.id === id));
    if (why) everybody(wanted, new CloudError('NETWORK_UNAVAILABLE', why, { retryable: false }));
    else {
      await deps.forwarding.apply(forwarding, { look }).then((outcome) => {
        changed += outcome.changed;
        const insOf = new Map(wanted.map((w) => [w.id, w.insId]));
        for (const [id, reason] of outcome.refused) refused.push({ id, insId: insOf.get(id) ?? '', code: 'ACCESS_REFUSED', why: reason satisfies Said });
      }, (e: unknown) => everybody(wanted, e));
    }
    return { changed, refused };
  };
}

const hostsOf = (state: ClusterNetworkState): Array<{ id: string; insId: string }> => state.hosts.map((h) => ({ id: `${h.mac} ${h.ip}`, insId: h.insId }));
const waysOf = (state: ClusterNetworkState): Array<{ id: string; insId: string }> => [...state.forwards.map(({ id, insId }) => ({ id, insId })), ...state.aliases.map((a) => ({ id: a.publicIp, insId: a.insId }))];
