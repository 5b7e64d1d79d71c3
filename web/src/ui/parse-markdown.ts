export type Block =
  | { readonly kind: 'heading'; readonly level: number; readonly text: string }
  | { readonly kind: 'list'; readonly ordered: boolean; readonly items: readonly string[] }
  | { readonly kind: 'paragraph'; readonly text: string };

export type Span =
  | { readonly kind: 'text' | 'strong' | 'emphasis' | 'code'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly href: string };

const HEADING = /^(#{1,6})\s+(.+?)\s*#*$/;
const ITEM = /^\s*(?:[-*+]|(\d+)[.)])\s+(.+)$/;
const SPAN =
  /\*\*(?<strong>[^*]+)\*\*|\*(?<emphasis>[^*\s][^*]*)\*|`(?<code>[^`]+)`|\[(?<label>[^\]]+)\]\((?<href>[^)\s]+)\)/g;
/** Only addresses that a person would follow; `javascript:` and `data:` stay text. */
const FOLLOWABLE = /^(?:https?:\/\/|mailto:)/i;

/** Split a text into headings, lists and paragraphs. */
export function parseBlocks(text: string): Block[] {
  return text
    .replace(/\r\n?/g, '\n')
    .split(/\n\s*\n/)
    .flatMap((part) => blocksOf(part.split('\n').filter((line) => line.trim() !== '')));
}

function blocksOf(lines: readonly string[]): Block[] {
  const blocks: Block[] = [];
  for (const line of lines) {
    const heading = HEADING.exec(line.trim());
    const item = ITEM.exec(line);
    const last = blocks.at(-1);
    if (heading) {
      blocks.push({ kind: 'heading', level: heading[1]!.length, text: heading[2]! });
    } else if (item) {
      const ordered = item[1] !== undefined;
      if (last?.kind === 'list' && last.ordered === ordered) {
        blocks[blocks.length - 1] = { ...last, items: [...last.items, item[2]!] };
      } else {
        blocks.push({ kind: 'list', ordered, items: [item[2]!] });
      }
    } else {
      addLine(blocks, line.trim());
    }
  }
  return blocks;
}

/** A line that begins nothing goes on with what came before it. */
function addLine(blocks: Block[], line: string): void {
  const last = blocks.at(-1);
  if (last?.kind === 'list') {
    const items = [...last.items.slice(0, -1), `${last.items.at(-1) ?? ''} ${line}`];
    blocks[blocks.length - 1] = { ...last, items };
  } else if (last?.kind === 'paragraph') {
    blocks[blocks.length - 1] = { ...last, text: `${last.text} ${line}` };
  } else {
    blocks.push({ kind: 'paragraph', text: line });
  }
}

/** Split a line into what is plain, strong, emphasised, code or a link. */
export function parseSpans(text: string): Span[] {
  const spans: Span[] = [];
  let from = 0;
  for (const match of text.matchAll(SPAN)) {
    const span = spanOf(match.groups ?? {});
    if (!span) continue;
    if (match.index > from) spans.push({ kind: 'text', text: text.slice(from, match.index) });
    spans.push(span);
    from = match.index + match[0].length;
  }
  if (from < text.length) spans.push({ kind: 'text', text: text.slice(from) });
  return spans;
}

function spanOf(groups: Readonly<Record<string, string | undefined>>): Span | null {
  const { strong, emphasis, code, label, href } = groups;
  if (strong !== undefined) return { kind: 'strong', text: strong };
  if (emphasis !== undefined) return { kind: 'emphasis', text: emphasis };
  if (code !== undefined) return { kind: 'code', text: code };
  if (label !== undefined && href !== undefined && FOLLOWABLE.test(href)) {
    return { kind: 'link', text: label, href };
  }
  return null;
}
