import assert from 'node:assert/strict';
import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { stale } from './stale.ts';

describe('what is not true any more', () => {
  it('R144 is read again also when it was just being read for the first time, once for all that came meanwhile', async () => {
    const client = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity, gcTime: 0 } } });
    const answers: Array<(state: string) => void> = [];
    const observer = new QueryObserver(client, { queryKey: ['instance', 'one'], queryFn: () => new Promise<string>((resolve) => { answers.push(resolve); }) });
    let shown: string | undefined;
    const close = observer.subscribe(({ data }) => { shown = data; });
    const shows = async (state: string): Promise<void> => {
      for (let turns = 0; shown !== state; turns += 1) {
        assert.ok(turns < 100, `it shows ${shown}`);
        await new Promise((resolve) => { setTimeout(resolve, 1); });
      }
    };
    stale(client, ['instance']);
    stale(client);
    answers[0]?.('starting');
    await shows('starting');
    answers[1]?.('running');
    await shows('running');
    assert.equal(answers.length, 2);
    stale(client, ['instance', 'one']);
    answers[2]?.('off');
    await shows('off');
    stale(client, ['instances']);
    assert.equal(answers.length, 3);
    close();
  });
});
