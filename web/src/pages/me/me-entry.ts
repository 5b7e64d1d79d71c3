/** What leads to the account page with the part open where the face is enrolled anew. */
export const FACE_OPEN = { open: 'face' } as const;

export function opensFace(state: unknown): boolean {
  return (state as Partial<typeof FACE_OPEN> | null)?.open === 'face';
}
