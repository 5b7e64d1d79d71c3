import { afterEach, beforeEach, vi } from 'vitest';

/** Stand for the browser's downloads in every test of this file: what was saved, by name. */
export function keepSavedFiles(): (name: string) => Promise<string> {
  const saved = new Map<string, Blob>();
  beforeEach(() => {
    saved.clear();
    const blobs: Blob[] = [];
    URL.createObjectURL = (blob) => `blob:${String(blobs.push(blob as Blob) - 1)}`;
    URL.revokeObjectURL = () => undefined;
    vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function click(
      this: HTMLAnchorElement,
    ) {
      saved.set(this.download, blobs[Number(this.href.slice('blob:'.length))]!);
    });
  });
  afterEach(() => {
    Reflect.deleteProperty(URL, 'createObjectURL');
    Reflect.deleteProperty(URL, 'revokeObjectURL');
  });
  return async (name) => {
    const file = saved.get(name);
    if (!file) throw new Error(`Saved are ${[...saved.keys()].join(', ') || 'no files'}.`);
    return textOf(file);
  };
}

function textOf(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => {
      resolve(reader.result as string);
    };
    reader.onerror = () => {
      reject(new Error('not readable'));
    };
    reader.readAsText(file);
  });
}
