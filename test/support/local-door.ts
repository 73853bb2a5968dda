// A person at a classroom PC, through the unix socket of its node controller.
import { request } from 'node:http';
import path from 'node:path';
import type { LocalDesktop, LocalDesktops, WireError } from '@educloud/contracts';
import type { Cloud } from '../../tools/cloud/start.ts';
import type { DaemonName } from '../../tools/cloud/layout.ts';
import { eventually } from './eventually.ts';

export interface AtHost {
  all(): Promise<LocalDesktops>;
  one(id: string): Promise<LocalDesktop>;
  /** What came of it as soon as the door has answered. @throws the problem */
  ask(id: string, action: 'run' | 'stop' | 'reset', body?: object): Promise<LocalDesktop>;
  sync(): Promise<LocalDesktops>;
  /** Nothing is under way with it. */
  rests(id: string, withinMs?: number): Promise<LocalDesktop>;
  /** ask + rests */
  do(id: string, action: 'run' | 'stop' | 'reset', body?: object): Promise<LocalDesktop>;
}

export const socketOf = (cloud: Pick<Cloud, 'layout'>, host: DaemonName = 'nc'): string => path.join(cloud.layout.data(host), 'lvd.sock');

export function atHost(cloud: Pick<Cloud, 'layout'>, host: DaemonName = 'nc'): AtHost {
  const send = <T>(method: string, at: string, body?: object): Promise<T> => new Promise((resolve, reject) => {
    const text = body === undefined ? '' : JSON.stringify(body);
    const sent = request({ socketPath: socketOf(cloud, host), method, path: `/nc/api/1.0/local${at}`, headers: text ? { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) } : {} }, (answer) => {
      let said = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (said += chunk)).on('error', reject).on('end', () => {
        const read = JSON.parse(said) as T & WireError;
        if ((answer.statusCode ?? 500) < 400) resolve(read);
        else reject(Object.assign(new Error(`${method} ${at}: ${answer.statusCode} ${said}`), { code: read.code, problem: read }));
      });
    });
    sent.on('error', reject);
    sent.end(text);
  });
  const host1: AtHost = {
    all: () => send('GET', '/desktops'),
    one: (id) => send('GET', `/desktops/${id}`),
    ask: (id, action, body = {}) => send('POST', `/desktops/${id}/${action}`, body),
    sync: () => send('POST', '/sync', {}),
    rests: (id, withinMs = 30_000) => eventually(`${id} rests`, async () => {
      const now = await host1.one(id);
      return now.state === 'off' || now.state === 'running' ? now : null;
    }, withinMs),
    async do(id, action, body) {
      await host1.ask(id, action, body);
      return host1.rests(id);
    },
  };
  return host1;
}
