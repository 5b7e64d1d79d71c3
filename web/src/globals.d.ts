/** Where the networks and the WebAssembly file are, seen from the script; ends in a slash. */
declare const __GUIDANCE_FILES__: string;
