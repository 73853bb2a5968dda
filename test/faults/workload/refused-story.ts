// Requests that the cloud has to refuse, whatever state it is in. What they name must not exist afterwards.
import type { Seeded } from '../seeded.ts';
import type { Stage } from './build-story.ts';
import type { Command, Person } from './person.ts';

/** Names that only refused requests carry. */
export const REFUSED_NAME = 'never-made';

export async function refusedStory(stage: Stage, person: Person, dice: Seeded, title: string): Promise<void> {
  const name = `${REFUSED_NAME}-${title}`;
  const source = stage.pool.pick(dice) ?? 'img-00000000';
  const begin = `/image/create/task/begin/${source}`;
  const tid = 'img-00000000/img-00000001/ins-00000000';
  const all: Command[] = [
    { path: begin, raw: `{"name":"${name}"`, shown: { name } },
    { path: begin, raw: `["${name}"]`, shown: { name } },
    { path: begin, body: { name, surprise: true } },
    { path: begin, body: { name, memoryMiB: 'much' } },
    { path: begin, body: { name, memoryMiB: 1 } },
    { path: begin, body: { name, cpus: -1 } },
    { path: begin, body: { name: `../${name}` } },
    { path: begin, body: { name, blankBytes: 4_194_304 } },
    { path: begin, body: { name, srcVersion: 4711 } },
    { path: '/image/create/task/begin/img-00000000', body: { name } },
    { path: '/image/create/task/begin/..%2f..%2fetc', body: { name } },
    { path: `/image/create/task/prepare/${tid}`, body: {} },
    { path: `/image/modify/task/cancel/${tid}`, body: {} },
    { path: '/images', body: { name, ostype: 'linux', usage: 'server', sizeBytes: -5 } },
    { path: '/images', body: { name, ostype: 'os/2', usage: 'server', sizeBytes: 5 } },
    { path: '/images', body: { name, ostype: 'linux', usage: 'server', sizeBytes: 5, sha256: 'short' } },
    { method: 'DELETE', path: '/images/img-00000000' },
    { method: 'DELETE', path: '/images/what' },
    { path: '/users', body: { name, role: 'king', password: 'x' }, shown: { name, role: 'king' } },
    { path: '/nodes/nc-00000000/disable', body: {} },
    { path: '/no/such/place', body: { name } },
  ];
  await person.once({ ...dice.pick(all), ...(dice.chance(0.3) ? { key: `refused-${title}` } : {}) });
}
