import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { focusIsLost, keepFocus, settleFocus } from './keep-focus';

let stop: () => void;

/** Draw this page, and give one element of it the focus. */
function draw(html: string, focused: string): HTMLElement {
  document.body.innerHTML = html;
  const element = document.querySelector<HTMLElement>(focused)!;
  element.focus();
  return element;
}

beforeEach(() => {
  stop = keepFocus();
});

afterEach(() => {
  stop();
  document.body.innerHTML = '';
});

const SECTIONS = `
  <main><h1>Page</h1>
    <section><h2>First</h2><p><button id="one">Go</button></p></section>
    <section><h2>Second</h2><p><button id="two">Go</button></p></section>
  </main>`;

describe('the focus of what has gone', () => {
  it('goes to the nearest heading that is left', async () => {
    draw(SECTIONS, '#two').remove();
    await vi.waitFor(() => {
      expect(document.querySelectorAll('h2')[1]).toHaveFocus();
    });
    expect(focusIsLost()).toBe(true);
  });

  it('goes to the heading of the page if its whole part has gone', async () => {
    draw(SECTIONS, '#two').closest('section')!.remove();
    await vi.waitFor(() => {
      expect(document.querySelector('h1')).toHaveFocus();
    });
  });

  it('goes to a field that took its place', async () => {
    const button = draw(SECTIONS, '#one');
    button.parentElement!.innerHTML = '<input type="checkbox"><input id="name">';
    await vi.waitFor(() => {
      expect(document.querySelector('#name')).toHaveFocus();
    });
  });

  it('goes on to what takes it for good', async () => {
    draw(SECTIONS, '#one').remove();
    await vi.waitFor(() => {
      expect(document.querySelector('h2')).toHaveFocus();
    });
    settleFocus(document.querySelector('h2')!);
    expect(focusIsLost()).toBe(false);
    document.querySelector<HTMLElement>('#two')!.focus();
    expect(document.querySelector('[data-parked]')).toBeNull();
  });

  it('is given to nobody who let go of it themselves', async () => {
    const button = draw(SECTIONS, '#one');
    document.querySelector('h1')!.dispatchEvent(new Event('pointerdown', { bubbles: true }));
    button.blur();
    button.remove();
    await Promise.resolve();
    expect(document.body).toHaveFocus();
  });
});
