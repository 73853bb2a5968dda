// Hosts (the daemons of the cloud) and what is done with them, as REST gives them. Called by hooks/useHosts.ts.
import type { DaemonView, HostDesktopView, HostPullView, InstanceView, ModifyHost, OrphanView } from '@educloud/contracts';
import { request } from './client.ts';
import { all } from './cloud.ts';

const at = (id: string, verb = ''): string => `/nodes/${encodeURIComponent(id)}${verb}`;

export const fetchHosts = (): Promise<DaemonView[]> => all<DaemonView>('/nodes');
export const fetchHost = (id: string): Promise<DaemonView> => request('GET', at(id));
export const fetchGuestsOf = (id: string): Promise<InstanceView[]> => all<InstanceView>('/instances', { node: id });
/** Of a host that runs local desktops. */
export const fetchDesktopsOf = async (id: string): Promise<HostDesktopView[]> => (await request<{ items: HostDesktopView[] }>('GET', at(id, '/desktops'))).items;
/** What it answered the last time it was asked. */
export const fetchPull = (id: string): Promise<HostPullView> => request('GET', at(id, '/pull'));
export const askPull = (id: string): Promise<HostPullView> => request('POST', at(id, '/pull'));
export const fetchOrphans = async (): Promise<OrphanView[]> => (await request<{ items: OrphanView[] }>('GET', '/orphans')).items;

export type HostAsk = { do: 'enable' | 'drain' | 'disable' | 'wake' } | { do: 'poweroff'; force: boolean } | { do: 'fence' } | { do: 'modify'; body: ModifyHost } | { do: 'remove' };

export function askHost(id: string, ask: HostAsk): Promise<DaemonView | null> {
  switch (ask.do) {
    case 'modify': return request('PATCH', at(id), ask.body);
    case 'remove': return request('DELETE', at(id));
    case 'poweroff': return request('POST', at(id, '/poweroff'), { force: ask.force });
    case 'fence': return request('POST', at(id, '/fence'), { switchedOff: true });
    default: return request('POST', at(id, `/${ask.do}`));
  }
}
