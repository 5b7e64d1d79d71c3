/** The part of Trusted Types that is used here; TypeScript's own library has none of it yet. */
interface Policy {
  createScriptURL(address: string): unknown;
}
interface PolicyFactory {
  createPolicy(name: string, rules: { createScriptURL(address: string): string }): Policy;
}

/** The name that the server's content security policy allows. */
const POLICY = 'facelogin';

let policy: Policy | null = null;

/**
 * Return the address of a script as one that may be run. Where browsers have Trusted Types, nothing
 * else on the page is run, and this vouches only for files of the page's own origin.
 */
export function trustedScript(address: string): string {
  const { trustedTypes } = globalThis as { trustedTypes?: PolicyFactory };
  if (!trustedTypes) return ownScript(address);
  policy ??= trustedTypes.createPolicy(POLICY, { createScriptURL: ownScript });
  // What takes it is typed for text alone.
  return policy.createScriptURL(address) as string;
}

function ownScript(address: string): string {
  const url = new URL(address, location.href);
  if (url.origin !== location.origin) throw new TypeError('A script of another origin.');
  return url.href;
}
