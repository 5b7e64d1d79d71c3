/** What is filled in by typing. A box to tick comes after what is agreed to, so it is none. */
export const FIELD = 'input:not([type="checkbox"], [type="radio"], [type="file"])';
