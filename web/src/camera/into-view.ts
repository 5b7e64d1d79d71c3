/** A ref that brings what has just opened into view, as far as it is not. */
export function intoView(element: HTMLElement | null): void {
  element?.scrollIntoView({ block: 'nearest' });
}
