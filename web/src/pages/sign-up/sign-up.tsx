import { useReducer, useState } from 'react';
import { useNavigate, useSearchParams } from 'react-router-dom';
import type { Proof } from '../../api/client';
import { useConfig } from '../../api/queries';
import { useRegister } from '../../api/session-changes';
import { useGuide } from '../../camera/guidance/use-guide';
import { Steps } from '../../ui/steps';
import { Waiting } from '../../ui/waiting';
import { useWords } from '../../ui/words/use-words';
import { Page } from '../page';
import { codeOf } from '../explain';
import { Refused } from '../refused';
import { CodesStep } from './codes-step';
import { ConsentStep } from './consent-step';
import { DetailsStep } from './details-step';
import { DoneStep } from './done-step';
import { FaceStep } from './face-step';
import { useInvitation } from './invitation';
import { NotOpen } from './not-open';
import { refusalEvent } from './refusal-event';
import { useRegistration } from './registration';
import { EMPTY, reachableStep, signUpReducer, STEPS, type Step } from './sign-up-flow';

/** Details, consent, face, codes, done. */
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
  const [state, dispatch] = useReducer(signUpReducer, EMPTY);
  const registration = useRegister();
  const [lookError, setLookError] = useState<Error | null>(null);
  const step = reachableStep(state, parameters.get('step'));
  const go = (to: Step, replace = false) => void navigate(`/sign-up?step=${to}`, { replace });

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

  const person = (consent: string) => ({
    ...state.details,
    consent,
    ...(invite !== null && { invite }),
  });

  const send = (proof: Proof, consent: string) => {
    if (registration.isPending) return;
    if ('images' in proof) dispatch({ type: 'looked', frames: proof.images });
    registration.mutate(
      { ...person(consent), proof },
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
          details={state.details}
          problems={state.problems}
          onNext={(details) => {
            dispatch({ type: 'filled', details });
            go('consent');
          }}
        />
      );
    case 'consent':
      return (
        <ConsentStep
          name={signUp.title}
          progress={progress}
          agreedTo={state.consent}
          noticeChanged={state.noticeChanged}
          onNext={(version) => {
            dispatch({ type: 'agreed', version });
            go('face');
            if (state.frames.length > 0) send({ images: state.frames }, version);
          }}
        />
      );
    case 'face':
      return (
        <FaceStep
          progress={progress}
          purpose={{ purpose: 'register', ...person(state.consent ?? '') }}
          guide={guide}
          sending={state.frames.length > 0}
          error={registration.error ?? lookError}
          onProof={(proof) => {
            send(proof, state.consent ?? '');
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
          registered={state.registered!}
          onKept={() => {
            dispatch({ type: 'kept' });
            go('done', true);
          }}
        />
      );
    case 'done':
      return <DoneStep username={state.registered!.username} />;
  }
}
