/** Where the networks and the WebAssembly file are, seen from the script; ends in a slash. */
declare const __GUIDANCE_FILES__: string;

/** Vite's address of a script that runs as a worker. */
declare module '*?worker&url' {
  const address: string;
  export default address;
}
