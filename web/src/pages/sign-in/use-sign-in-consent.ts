import { useState } from 'react';
import { useConfig } from '../../api/queries';
import { agreedBefore, rememberAgreed } from '../agreed-notice';
import { codeOf } from '../explain';

/** Whether consent is to be asked for before the camera opens, and what was agreed to. */
export interface SignInConsent {
  readonly asked: boolean;
  /** The version that the person has agreed to on this page; null for none. */
  readonly agreedTo: string | null;
  /** The notice has changed since it was shown. */
  readonly noticeChanged: boolean;
  readonly agree: (version: string) => void;
  /** Take note of a refusal; return whether it was for the want of consent. */
  readonly refused: (error: Error) => boolean;
  readonly signedIn: () => void;
}

const WANTING = ['consent_required', 'consent_outdated'];

/**
 * A browser where somebody agreed and signed in is known to the server, which asks it no more. It
 * sends no consent of its own accord: somebody else may sit there now.
 */
export function useSignInConsent(): SignInConsent {
  const config = useConfig().data;
  const [agreedTo, setAgreedTo] = useState<string | null>(null);
  const [refusedFor, setRefusedFor] = useState<string | null>(null);
  const wanted =
    refusedFor !== null ||
    (config?.sign_in_consent === true && !agreedBefore(config.notice.version));
  return {
    asked: wanted && agreedTo === null,
    agreedTo,
    noticeChanged: refusedFor === 'consent_outdated',
    agree: setAgreedTo,
    refused: (error) => {
      const code = codeOf(error);
      if (code === null || !WANTING.includes(code)) return false;
      setAgreedTo(null);
      setRefusedFor(code);
      return true;
    },
    signedIn: () => {
      if (agreedTo !== null) rememberAgreed(agreedTo);
    },
  };
}
