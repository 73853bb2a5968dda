import assert from 'node:assert/strict';
import { Envelope } from '@educloud/contracts';
import type { DaemonRow } from '../store/interface.ts';
import { refuseForeignWord } from './speaker.ts';

const rows = { 'nc-1': { role: 'nc', ccId: 'cc-1' }, 'nc-lost': { role: 'nc', ccId: null }, 'cc-1': { role: 'cc', ccId: null }, 'sc-1': { role: 'sc', ccId: null }, 'walrus-1': { role: 'walrus', ccId: null } } as Record<string, Pick<DaemonRow, 'role' | 'ccId'>>;
const store = { read: { daemons: { speaker: async (id: string) => rows[id] ?? null } } };
const word = (node: string, ...trail: string[]): Promise<void> => refuseForeignWord(store, Envelope.parse({ v: 1, id: 'm', name: 'taskstatus', source: { node, epoch: 1 }, trail, body: {} }));

describe('a status', () => {
  it('of a node counts when its own cluster controller passed it on', async () => {
    await word('nc-1', 'cc-1');
    await word('nc-1', 'elsewhere', 'cc-1');
  });
  it('of a node that came by another way is refused', async () => {
    for (const trail of [[], ['cc-2'], ['cc-1', 'cc-2'], ['nc-1']]) await assert.rejects(word('nc-1', ...trail), { code: 'WRONG_NODE', retryable: false, message: /belongs to cc-1/ }, trail.join());
    await assert.rejects(word('nc-lost'), { code: 'WRONG_NODE' });
  });
  it('of every other daemon comes from itself', async () => {
    for (const id of ['cc-1', 'sc-1', 'walrus-1']) {
      await word(id);
      await word(id, id);
      await assert.rejects(word(id, 'cc-2'), { code: 'WRONG_NODE', message: new RegExp(`cc-2 speaks for ${id}`) });
    }
  });
  it('of nobody we know is refused', async () => {
    await assert.rejects(word('nc-9', 'cc-1'), { code: 'WRONG_NODE', message: /no daemon of this cloud/ });
  });
});
