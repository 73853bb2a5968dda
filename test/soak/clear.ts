// Ends everything that people left: tasks, then images, through the public API; then nothing may be left. Called by main.ts between and after the work.
import type { TaskView } from '@educloud/contracts';
import type { Cloud } from '../../tools/cloud/start.ts';
import { eventually } from '../support/eventually.ts';
import { nothingIsLeft, rowsOf } from '../support/leftovers.ts';

const PATIENCE_MS = 120_000;
const ENDED = ['cancelled', 'submitted', 'deleted'];

export async function clear(cloud: Cloud): Promise<void> {
  const base = `${cloud.json.clcUrl}/clc/api/1.0`;
  let bearer = '';
  const call = async <T>(method: string, at: string, body?: unknown): Promise<T> => {
    const headers = { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...(bearer ? { authorization: `Bearer ${bearer}` } : {}) };
    const response = await fetch(base + at, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${at}: ${response.status} ${text.slice(0, 300)}`);
    return (text === '' ? null : JSON.parse(text)) as T;
  };
  const all = async <T>(at: string): Promise<T[]> => {
    const found: T[] = [];
    for (let cursor = ''; ; ) {
      const { items, next } = await call<{ items: T[]; next?: string | null }>('GET', `${at}${at.includes('?') ? '&' : '?'}limit=200${cursor}`);
      found.push(...items);
      if (!next) return found;
      cursor = `&cursor=${encodeURIComponent(next)}`;
    }
  };
  bearer = (await call<{ token: string }>('POST', '/login', { user: cloud.json.adminUser, password: cloud.json.adminPassword })).token;

  await eventually('every task has ended', async () => {
    const open = (await all<TaskView>('/tasks')).filter((task) => !ENDED.includes(task.state));
    for (const task of open) {
      if (task.state === 'cancelling') continue;
      // A step may be at a point from which it only goes on; it is asked again.
      await call('POST', `/${task.kind}/task/${task.state === 'stuck' ? 'retry' : 'cancel'}/${task.tid.replaceAll(':', '/')}`, {}).catch(() => undefined);
    }
    return open.length === 0;
  }, PATIENCE_MS);
  for (const task of await all<TaskView>('/tasks')) await call('POST', `/${task.kind}/task/delete/${task.tid.replaceAll(':', '/')}`, {}).catch(() => undefined);
  await eventually('every image is deleted', async () => {
    // The list shows only what can be used; an upload that was given up is an image too.
    const images = await rowsOf(cloud, 'SELECT id FROM images WHERE deletedAt IS NULL');
    for (const image of images) await call('DELETE', `/images/${String(image['id'])}`).catch(() => undefined);
    return images.length === 0;
  }, PATIENCE_MS);
  await nothingIsLeft(cloud, PATIENCE_MS);
  await call('POST', '/logout', {});
}
