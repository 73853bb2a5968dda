// The cache of everything read. A 401 anywhere means that the session has ended: /me is asked again and the shell shows the login.
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { statusOf } from './client.ts';

const askWhoAgain = (error: unknown, key?: readonly unknown[]): void => {
  if (statusOf(error) === 401 && key?.[0] !== 'me') void queryClient.invalidateQueries({ queryKey: ['me'] });
};

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: (error, query) => askWhoAgain(error, query.queryKey) }),
  mutationCache: new MutationCache({ onError: (error) => askWhoAgain(error) }),
  defaultOptions: {
    queries: {
      // The stream says when something is stale; focus and timers need not.
      staleTime: Infinity,
      refetchOnWindowFocus: false,
      retry: (count, error) => count < 2 && (statusOf(error) === 0 || statusOf(error) >= 502),
    },
  },
});
