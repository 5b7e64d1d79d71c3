import { useEffect, useReducer, useState } from 'react';
import { useNavigate, useSearchParams } from 'react-router-dom';
import type { Proof } from '../../api/client';
import { useConfig } from '../../api/queries';
import { useCheckRegistration, useRegister } from '../../api/session-changes';
import { useGuide } from '../../camera/guidance/use-guide';
import { Steps } from '../../ui/steps';
import { Waiting } from '../../ui/waiting';
import { useWords } from '../../ui/words/use-words';
import { Page } from '../page';
import { codeOf } from '../explain';
import { Refused } from '../refused';
import { NEW_HERE } from '../welcome-entry';
import { CodesStep } from './codes-step';
import { ConsentStep } from './consent-step';
import { DetailsStep } from './details-step';
import { forgetSignUp, keepDraft, keptDraft } from './draft';
import { FaceStep } from './face-step';
import { useInvitation } from './invitation';
import { NotOpen } from './not-open';
import { problemsIn, refusalEvent } from './refusal-event';
import { useRegistration } from './registration';
import {
  problemsOf,
  reachableStep,
  resumed,
  signUpReducer,
  STEPS,
  trimmed,
  type Details,
  type Step,
} from './sign-up-flow';

/** Details, consent, face, codes, and then the greeting. */
export function SignUp() {
  const { signUp } = useWords();
  const config = useConfig();
  const registration = useRegistration();
  const invite = useInvitation();
  const [refusedInvite, setRefusedInvite] = useState<string | null>(null);
  if (registration === 'closed') return <NotOpen why="closed" />;
  if (registration === 'invitation_needed') return <NotOpen why="invitationNeeded" />;
  if (registration === 'open') {
    if (invite !== null && invite === refusedInvite) return <NotOpen why="invitationSpent" />;
    return (
      <OpenSignUp
        invite={config.data?.registration === 'invite' ? invite : null}
        onClosed={() => {
          setRefusedInvite(invite);
          void config.refetch();
        }}
      />
    );
  }
  return (
    <Page heading={signUp.title}>
      {config.error ? (
        <Refused error={config.error} onRetry={() => void config.refetch()} />
      ) : (
        <Waiting />
      )}
    </Page>
  );
}

interface OpenSignUpProps {
  readonly invite: string | null;
  /** The server takes no registration, or not with this invitation. */
  readonly onClosed: () => void;
}

function OpenSignUp({ invite, onClosed }: OpenSignUpProps) {
  const { signUp } = useWords();
  const guide = useGuide();
  const navigate = useNavigate();
  const [parameters] = useSearchParams();
  const [state, dispatch] = useReducer(signUpReducer, null, () => resumed(keptDraft()));
  const check = useCheckRegistration();
  const registration = useRegister();
  const [lookError, setLookError] = useState<Error | null>(null);
  const step = reachableStep(state, parameters.get('step'));
  const go = (to: Step, replace = false) => void navigate(`/sign-up?step=${to}`, { replace });
  const { details, checked, consent, registered } = state;
  useEffect(() => {
    if (registered === null) keepDraft({ details, checked, consent });
    else forgetSignUp();
  }, [details, checked, consent, registered]);

  const refuse = (error: Error) => {
    if (codeOf(error) === 'registration_closed') {
      onClosed();
      return;
    }
    const event = refusalEvent(error);
    dispatch(event);
    if (event.type === 'face_refused') {
      setLookError(error);
      return;
    }
    registration.reset();
    go(event.type === 'notice_changed' ? 'consent' : 'details');
  };

  const person = (names: Details) => ({ ...names, ...(invite !== null && { invite }) });

  const send = (proof: Proof, agreed: string, names = details) => {
    if (registration.isPending) return;
    dispatch({ type: 'looked', proof });
    registration.mutate(
      { ...person(names), consent: agreed, proof },
      {
        onSuccess: ({ recovery_codes: codes }) => {
          dispatch({ type: 'registered', codes });
          registration.reset();
          go('codes', true);
        },
        onError: refuse,
      },
    );
  };

  const checkDetails = () => {
    const names = trimmed(details);
    const problems = problemsOf(names);
    if (Object.keys(problems).length > 0) {
      dispatch({ type: 'details_refused', problems });
      return;
    }
    check.mutate(person(names), {
      onSuccess: () => {
        dispatch({ type: 'filled', details: names });
        if (state.proof === null || consent === null) go('consent');
        else {
          go('face');
          send(state.proof, consent, names);
        }
      },
      onError: (error) => {
        if (codeOf(error) === 'registration_closed') onClosed();
        const found = problemsIn(error);
        if (Object.keys(found).length === 0) return;
        dispatch({ type: 'details_refused', problems: found });
        check.reset();
      },
    });
  };

  const at = STEPS.indexOf(step);
  const progress = (
    <Steps
      names={signUp.steps}
      current={at}
      label={signUp.stepOf(at + 1, STEPS.length, signUp.steps[at] ?? '')}
    />
  );

  switch (step) {
    case 'details':
      return (
        <DetailsStep
          progress={progress}
          state={state}
          busy={check.isPending}
          error={check.error}
          onType={(field, text) => {
            dispatch({ type: 'typed', field, text });
          }}
          onNext={checkDetails}
        />
      );
    case 'consent':
      return (
        <ConsentStep
          name={signUp.title}
          progress={progress}
          agreedTo={consent}
          noticeChanged={state.noticeChanged}
          onNext={(version) => {
            dispatch({ type: 'agreed', version });
            go('face');
            if (state.proof !== null) send(state.proof, version);
          }}
        />
      );
    case 'face':
      return (
        <FaceStep
          progress={progress}
          purpose={{ purpose: 'register', ...person(details), consent: consent ?? '' }}
          guide={guide}
          sending={state.proof !== null}
          error={registration.error ?? lookError}
          onProof={(proof) => {
            send(proof, consent ?? '');
          }}
          onError={refuse}
          onRetry={() => {
            registration.reset();
            setLookError(null);
          }}
        />
      );
    case 'codes':
      return (
        <CodesStep
          progress={progress}
          registered={registered!}
          onKept={() => void navigate('/welcome', { replace: true, state: NEW_HERE })}
        />
      );
  }
}
