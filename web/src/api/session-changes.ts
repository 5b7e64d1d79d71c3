import { useMutation, useQueryClient, type QueryClient } from '@tanstack/react-query';
import type { Proof } from './client';
import { forgetPersonal, forgetSession } from './forget';
import { tellOtherTabs } from './other-tabs';
import { accountSessionsKey, sessionKey } from './queries';
import {
  checkRegistration,
  logIn,
  logInByCode,
  logOut,
  register,
  stepUp,
  type NewPerson,
} from './requests';

export const useCheckRegistration = () => useMutation({ mutationFn: checkRegistration, gcTime: 0 });

/** Registering signs in. The codes are handed to who asked, and kept nowhere. */
export function useRegister() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ proof, ...person }: NewPerson & { proof: Proof }) => register(person, proof),
    gcTime: 0,
    onSuccess: () => enter(cache),
  });
}

export function useLogIn() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: logIn,
    onSuccess: () => enter(cache),
  });
}

export function useLogInByCode() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ username, code }: { username: string; code: string }) =>
      logInByCode(username, code),
    gcTime: 0,
    onSuccess: () => enter(cache),
  });
}

/** `onDone` runs before the session is forgotten, so that it can lead away from a page of it. */
export function useLogOut(onDone: () => void) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: logOut,
    onSuccess: async () => {
      onDone();
      await forgetSession(cache);
    },
  });
}

export function useStepUp() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: stepUp,
    onSuccess: async () => {
      await cache.refetchQueries({ queryKey: sessionKey });
      void cache.invalidateQueries({ queryKey: accountSessionsKey });
    },
  });
}

async function enter(cache: QueryClient): Promise<void> {
  forgetPersonal(cache);
  await cache.refetchQueries({ queryKey: sessionKey });
  tellOtherTabs();
}
