import { useReducer } from 'react';
import { useNavigate, useSearchParams } from 'react-router-dom';
import { useConfig } from '../../api/queries';
import { useRegister } from '../../api/session-changes';
import { useGuide } from '../../camera/guidance/use-guide';
import { ButtonLink } from '../../ui/button';
import { Steps } from '../../ui/steps';
import { Waiting } from '../../ui/waiting';
import { useWords } from '../../ui/words/use-words';
import { Page } from '../page';
import { Refused } from '../refused';
import { ConsentStep } from './consent-step';
import { DetailsStep } from './details-step';
import { DoneStep } from './done-step';
import { FaceStep } from './face-step';
import { refusalEvent } from './refusal-event';
import { EMPTY, reachableStep, signUpReducer, STEPS, type Step } from './sign-up-flow';

/** Details, consent, face, done. */
export function SignUp() {
  const { signUp } = useWords();
  const config = useConfig();
  if (config.data?.registration === 'open') return <OpenSignUp />;
  if (config.data) {
    return (
      <Page heading={signUp.closedTitle} lead={signUp.closedText}>
        <div className="actions">
          <ButtonLink look="main" to="/sign-in">
            {signUp.signInInstead}
          </ButtonLink>
        </div>
      </Page>
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

function OpenSignUp() {
  const { signUp } = useWords();
  const guide = useGuide();
  const navigate = useNavigate();
  const [parameters] = useSearchParams();
  const [state, dispatch] = useReducer(signUpReducer, EMPTY);
  const registration = useRegister();
  const step = reachableStep(state, parameters.get('step'));
  const go = (to: Step, replace = false) => void navigate(`/sign-up?step=${to}`, { replace });

  const send = (frames: readonly Blob[], consent: string) => {
    if (registration.isPending) return;
    dispatch({ type: 'looked', frames });
    registration.mutate(
      { ...state.details, consent, images: frames },
      {
        onSuccess: () => {
          dispatch({ type: 'registered' });
          go('done', true);
        },
        onError: (error) => {
          const event = refusalEvent(error);
          dispatch(event);
          if (event.type === 'face_refused') return;
          registration.reset();
          go(event.type === 'notice_changed' ? 'consent' : 'details');
        },
      },
    );
  };

  const progress = (
    <Steps
      names={signUp.steps}
      current={STEPS.indexOf(step)}
      label={signUp.stepOf(
        STEPS.indexOf(step) + 1,
        STEPS.length,
        signUp.steps[STEPS.indexOf(step)]!,
      )}
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
          progress={progress}
          agreedTo={state.consent}
          noticeChanged={state.noticeChanged}
          onNext={(version) => {
            dispatch({ type: 'agreed', version });
            go('face');
            if (state.frames.length > 0) send(state.frames, version);
          }}
        />
      );
    case 'face':
      return (
        <FaceStep
          progress={progress}
          guide={guide}
          sending={state.frames.length > 0}
          error={registration.error}
          onFrames={(frames) => {
            send(frames, state.consent ?? '');
          }}
          onRetry={registration.reset}
        />
      );
    case 'done':
      return <DoneStep progress={progress} username={state.registered ?? ''} />;
  }
}
