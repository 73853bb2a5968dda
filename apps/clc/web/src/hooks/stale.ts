// Says that what is cached is not true any more: what a page shows is read again. Used by useLive, for what the stream tells.
import type { Query, QueryClient, QueryKey } from '@tanstack/react-query';

const again = new WeakSet<Query>();

/** Of what begins with this key; without one, of everything. */
export function stale(client: QueryClient, queryKey: QueryKey = []): void {
  for (const query of client.getQueryCache().findAll({ queryKey })) {
    // A first read under way counts as an answer for react-query, but it may be from before the change.
    if (query.state.data !== undefined || query.state.fetchStatus === 'idle' || again.has(query)) continue;
    again.add(query);
    void query.fetch().then(() => client.invalidateQueries({ queryKey: query.queryKey, exact: true }), () => undefined).finally(() => again.delete(query));
  }
  void client.invalidateQueries({ queryKey });
}
