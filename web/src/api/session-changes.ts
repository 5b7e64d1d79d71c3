import { useMutation, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { tellOtherTabs } from './other-tabs';
import { accountKey, accountSessionsKey, personalKeys, sessionKey } from './queries';
import {
  changeAccount,
  endSession,
  logIn,
  logOut,
  register,
  replaceFace,
  stepUp,
  type AccountChanges,
} from './requests';

type Images = readonly Blob[];
type NewPerson = { email: string; username: string; consent?: string; images: Images };

export const useRegister = () =>
  useMutation({
    mutationFn: ({ images, ...person }: NewPerson) => register(person, images),
  });

export function useLogIn() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ username, images }: { username: string; images: Images }) =>
      logIn(username, images),
    onSuccess: async () => {
      forgetPersonal(cache);
      await cache.refetchQueries({ queryKey: sessionKey });
      tellOtherTabs();
    },
  });
}

/** `onDone` runs before the session is forgotten, so that it can lead away from a page of it. */
export function useLogOut(onDone: () => void) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: logOut,
    onSuccess: async () => {
      onDone();
      await cache.cancelQueries({ queryKey: sessionKey });
      cache.setQueryData(sessionKey, null);
      forgetPersonal(cache);
      tellOtherTabs();
    },
  });
}

export function useStepUp() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (images: Images) => stepUp(images),
    onSuccess: async () => {
      await cache.refetchQueries({ queryKey: sessionKey });
      void cache.invalidateQueries({ queryKey: accountSessionsKey });
    },
  });
}

export function useReplaceFace() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (images: Images) => replaceFace(images),
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

export function useEndSession() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: endSession,
    onSettled: () => cache.invalidateQueries({ queryKey: accountSessionsKey }),
  });
}

function forgetPersonal(cache: QueryClient): void {
  for (const queryKey of personalKeys) cache.removeQueries({ queryKey });
}
