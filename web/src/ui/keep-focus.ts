import { FIELD } from './field-selector';

/** Marks what has the focus only until something better arrives. */
const PARKED = 'data-parked';

/**
 * Watch over the focus: if what has it is taken out of the page (a button that was pressed, a step
 * that is done), the focus goes to the field or heading nearest to where it was, instead of to the
 * top of the document. Returns how to stop.
 */
export function keepFocus(): () => void {
  let path: readonly Element[] = [];
  const note = ({ target }: FocusEvent) => {
    const focused = target as HTMLElement;
    path = ancestry(focused);
    for (const parked of document.querySelectorAll(`[${PARKED}]`)) {
      if (parked !== focused) parked.removeAttribute(PARKED);
    }
  };
  // Who presses beside every control lets go of the focus themselves.
  const letGo = () => {
    path = [];
  };
  const observer = new MutationObserver(() => {
    if (path[0]?.isConnected !== false) return;
    const lost = path;
    path = [];
    if (document.activeElement === document.body) park(lost);
  });
  document.addEventListener('pointerdown', letGo, true);
  document.addEventListener('focusin', note);
  observer.observe(document.body, { childList: true, subtree: true });
  return () => {
    document.removeEventListener('pointerdown', letGo, true);
    document.removeEventListener('focusin', note);
    observer.disconnect();
  };
}

/** Whether nothing has the focus, or only what kept it after something else had gone. */
export function focusIsLost(): boolean {
  return document.activeElement?.matches(`body, [${PARKED}]`) ?? true;
}

/** Focus this for good. */
export function settleFocus(element: HTMLElement): void {
  element.removeAttribute(PARKED);
  element.focus();
}

function ancestry(element: Element): Element[] {
  const path = [element];
  for (let next = element.parentElement; next; next = next.parentElement) path.push(next);
  return path;
}

/** Focus the first field or heading of the innermost place that is left and has one, or the page. */
function park(lost: readonly Element[]): void {
  const found = lost.filter((place) => place.isConnected).map(firstWithin);
  const next = found.find((place) => place !== null) ?? document.querySelector('main');
  if (!next) return;
  next.setAttribute(PARKED, '');
  if (!next.matches(FIELD)) next.tabIndex = -1;
  next.focus({ preventScroll: true });
}

function firstWithin(place: Element): HTMLElement | null {
  return place.querySelector<HTMLElement>(FIELD) ?? place.querySelector<HTMLElement>('h1, h2, h3');
}
