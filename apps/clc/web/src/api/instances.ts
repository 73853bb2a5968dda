// Instances and what is done with them, as REST gives them. Called by hooks/useInstances.ts.
import type { DefineInstance, InstanceAction, InstanceView, LocalHostView, ModifyInstance } from '@educloud/contracts';
import { request, requestText } from './client.ts';
import { all } from './cloud.ts';

export const fetchInstances = (): Promise<InstanceView[]> => all<InstanceView>('/instances');
export const fetchInstance = (id: string): Promise<InstanceView> => request('GET', `/instances/${encodeURIComponent(id)}`);
/** What it said on its serial port: the last lines. */
export const fetchSerialLog = (id: string): Promise<string> => requestText(`/instances/${encodeURIComponent(id)}/log?tail=2000`);
export const serialLogAddress = (id: string): string => `/clc/api/1.0/instances/${encodeURIComponent(id)}/log?tail=10000`;
/** Of a local desktop. */
export const fetchLocalHosts = (id: string): Promise<LocalHostView[]> => all<LocalHostView>(`/instances/${encodeURIComponent(id)}/hosts`);
export const defineInstance = (body: DefineInstance): Promise<InstanceView> => request('POST', '/instances', body);
/** As long as nobody else has changed it since. */
export const changeInstance = ({ id, rev }: Pick<InstanceView, 'id' | 'rev'>, body: ModifyInstance): Promise<InstanceView> => request('PATCH', `/instances/${encodeURIComponent(id)}`, body, { 'If-Match': `"${rev}"` });

export const askAction = (id: string, action: InstanceAction): Promise<unknown> =>
  action === 'delete' ? request('DELETE', `/instances/${id}`) : request('POST', `/instances/${id}/${action}`, {});
