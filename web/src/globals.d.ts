/** Where the build put the networks and the WebAssembly file; ends in a slash. */
declare const __GUIDANCE_FILES__: string;
