import { queryOptions, useQuery } from '@tanstack/react-query';
import {
  fetchAccount,
  fetchActivity,
  fetchConfig,
  fetchGreeting,
  fetchNotice,
  fetchSession,
  fetchSessions,
} from './requests';

export const sessionKey = ['session'] as const;
export const accountKey = ['account'] as const;
export const accountSessionsKey = ['account', 'sessions'] as const;
const accountActivityKey = ['account', 'activity'] as const;

/** Everything in the cache that belongs to whoever is signed in. */
export const personalKeys = [accountKey, ['greeting']] as const;

const configQuery = queryOptions({
  queryKey: ['config'],
  queryFn: ({ signal }) => fetchConfig(signal),
  staleTime: 5 * 60_000,
});

const sessionQuery = queryOptions({
  queryKey: sessionKey,
  queryFn: ({ signal }) => fetchSession(signal),
});

export const useConfig = () => useQuery(configQuery);

export const useSession = () => useQuery(sessionQuery);

/** `anew` where the notice that is in the cache is known to be outdated. */
export const useNotice = (language: string, { anew }: { anew: boolean }) =>
  useQuery({
    queryKey: ['notice', language, anew],
    queryFn: ({ signal }) => fetchNotice(language, signal),
    staleTime: anew ? 0 : 60_000,
    gcTime: anew ? 0 : 300_000,
  });

export const useGreeting = (userId: string) =>
  useQuery({
    queryKey: ['greeting', userId],
    queryFn: ({ signal }) => fetchGreeting(signal),
  });

export const useAccount = (userId: string) =>
  useQuery({
    queryKey: [...accountKey, 'own', userId],
    queryFn: ({ signal }) => fetchAccount(signal),
  });

export const useAccountSessions = (userId: string) =>
  useQuery({
    queryKey: [...accountSessionsKey, userId],
    queryFn: ({ signal }) => fetchSessions(signal),
  });

export const useActivity = (userId: string) =>
  useQuery({
    queryKey: [...accountActivityKey, userId],
    queryFn: ({ signal }) => fetchActivity(signal),
    staleTime: 0,
  });
