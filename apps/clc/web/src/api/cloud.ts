// Images, tasks, steps and the state of the cloud, as REST gives them. Called by hooks.
import type { BeginImageCreate, BeginImageModify, CloudStatus, ConsoleGrant, ImageView, Step, TaskView } from '@educloud/contracts';
import { request } from './client.ts';

interface Page<T> {
  items: T[];
  next: string | null;
}

/** Follows the cursor to the end; a page shows everything there is. */
export async function all<T>(path: string, filter: Record<string, string> = {}): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams({ limit: '200', ...filter, ...(cursor === null ? {} : { cursor }) });
    const page: Page<T> = await request<Page<T>>('GET', `${path}?${query}`);
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== null);
  return items;
}

export const fetchImages = (): Promise<ImageView[]> => all<ImageView>('/images');
export const fetchTasks = (): Promise<TaskView[]> => all<TaskView>('/tasks');
export const fetchStatus = (): Promise<CloudStatus> => request('GET', '/status');
export const fetchTask = (tid: string): Promise<TaskView> => request('GET', `/tasks/${encodeURIComponent(tid)}`);

export const beginCreate = (srcId: string, body: BeginImageCreate): Promise<TaskView> => request('POST', `/image/create/task/begin/${srcId}`, body);
export const beginModify = (srcId: string, body: BeginImageModify): Promise<TaskView> => request('POST', `/image/modify/task/begin/${srcId}`, body);

export function askStep(task: Pick<TaskView, 'kind' | 'srcImageId' | 'dstImageId' | 'insId'>, step: Step): Promise<unknown> {
  return request('POST', `/${task.kind}/task/${step}/${task.srcImageId}/${task.dstImageId}/${task.insId}`, {});
}

/** Whose screen: that of a build, or of an instance. */
export type ScreenOf = 'tasks' | 'instances';
export const openConsole = (of: ScreenOf, id: string, channel: 'vnc' | 'serial'): Promise<ConsoleGrant> => request('POST', `/${of}/${encodeURIComponent(id)}/console`, { channel });
