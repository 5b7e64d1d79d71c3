import { cssTransition, toast, ToastContainer } from 'react-toastify/unstyled';
import { useWords } from './words/use-words';
import './toasts.css';

const SHOWN_MS = 5_000;
const rise = cssTransition({ enter: 'toast-enter', exit: 'toast-exit', collapse: false });

/** Say in passing what has happened, once. What must be read is never only here. */
export function tell(sentence: string): void {
  toast.success(sentence, { toastId: sentence });
}

/** The place where toasts appear. */
export function Toasts() {
  const { notifications, close } = useWords().app;
  return (
    <ToastContainer
      autoClose={SHOWN_MS}
      transition={rise}
      hideProgressBar
      limit={3}
      icon={false}
      draggable={false}
      aria-label={notifications}
      closeButton={({ closeToast }) => (
        <button type="button" className="toast-close" aria-label={close} onClick={closeToast}>
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d="m4 4 8 8m0-8-8 8" />
          </svg>
        </button>
      )}
    />
  );
}
