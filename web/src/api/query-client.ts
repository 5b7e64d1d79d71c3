import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiFailure } from './failure';
import { sessionKey } from './queries';

const SAME_AGAIN = new Set(['offline', 'timed_out', 'busy', 'store_unavailable']);
const RETRIES = 1;

/** The cache of server state. An answer that says the session is over empties it at once. */
export function createQueryClient(): QueryClient {
  const forgetEndedSession = (error: unknown) => {
    if (error instanceof ApiFailure && error.code === 'session_required') {
      queryClient.setQueryData(sessionKey, null);
    }
  };
  const queryClient = new QueryClient({
    queryCache: new QueryCache({ onError: forgetEndedSession }),
    mutationCache: new MutationCache({ onError: forgetEndedSession }),
    defaultOptions: {
      queries: {
        networkMode: 'always',
        staleTime: 15_000,
        retry: (failures, error) =>
          failures < RETRIES && error instanceof ApiFailure && SAME_AGAIN.has(error.code),
        retryDelay: 600,
      },
      mutations: { networkMode: 'always', retry: false },
    },
  });
  return queryClient;
}
