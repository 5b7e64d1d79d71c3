import { useMutation, useQueryClient } from '@tanstack/react-query';
import { forgetSession } from './forget';
import { tellOtherTabs } from './other-tabs';
import { accountKey, accountSessionsKey, sessionKey } from './queries';
import {
  agreeAnew,
  changeAccount,
  endOtherSessions,
  endSession,
  eraseAccount,
  fetchExport,
  makeRecoveryCodes,
  replaceFace,
  type AccountChanges,
} from './requests';

export function useReplaceFace() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: replaceFace,
    onSuccess: () => cache.invalidateQueries({ queryKey: accountKey }),
  });
}

export function useChangeAccount() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (changes: AccountChanges) => changeAccount(changes),
    onSuccess: async () => {
      await Promise.all([
        cache.invalidateQueries({ queryKey: accountKey }),
        cache.invalidateQueries({ queryKey: ['greeting'] }),
        cache.refetchQueries({ queryKey: sessionKey }),
      ]);
      tellOtherTabs();
    },
  });
}

/** `onDone` runs even if what asked for it goes with the session that has ended. */
export function useEndSession(onDone: () => void) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: endSession,
    onSuccess: onDone,
    onSettled: () => cache.invalidateQueries({ queryKey: accountSessionsKey }),
  });
}

/** `onDone` hears how many have ended, even if what asked for it goes with them. */
export function useEndOtherSessions(onDone: (ended: number) => void) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: endOtherSessions,
    onSuccess: ({ ended }) => {
      onDone(ended);
    },
    onSettled: () => cache.invalidateQueries({ queryKey: accountKey }),
  });
}

/** The codes themselves are handed to who asked, and kept nowhere. */
export function useMakeRecoveryCodes() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: makeRecoveryCodes,
    gcTime: 0,
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: accountKey });
    },
  });
}

/** `onDone` runs even where what asked for it goes with the account that is read again. */
export function useAgreeAnew(onDone: () => void) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: agreeAnew,
    onSuccess: async () => {
      onDone();
      await cache.invalidateQueries({ queryKey: accountKey });
    },
  });
}

export const useExport = () => useMutation({ mutationFn: fetchExport, gcTime: 0 });

/** `onDone` runs before the session is forgotten, so that it can lead away from a page of it. */
export function useEraseAccount(onDone: () => void) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: eraseAccount,
    onSuccess: async () => {
      onDone();
      await forgetSession(cache);
    },
  });
}
