/** Where to go after signing in: a page of this app, whatever the history entry says. */
export function ownPath(from: string | undefined): string {
  return from === '/me' ? from : '/welcome';
}
