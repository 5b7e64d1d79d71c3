import { Fragment, type ReactNode } from 'react';
import { parseBlocks, parseSpans, type Block, type Span } from './parse-markdown';

/** Shows simple Markdown as elements, never as HTML: whatever else is in it stays text. */
export function Markdown({ text, headingLevel }: { text: string; headingLevel: 2 | 3 }) {
  return parseBlocks(text).map((block, index) => (
    <BlockElement key={index} block={block} headingLevel={headingLevel} />
  ));
}

function BlockElement({ block, headingLevel }: { block: Block; headingLevel: 2 | 3 }) {
  if (block.kind === 'heading') {
    const level = Math.min(6, headingLevel + block.level - 1);
    const Heading = `h${String(level)}` as 'h2';
    return <Heading>{spans(block.text)}</Heading>;
  }
  if (block.kind === 'list') {
    const List = block.ordered ? 'ol' : 'ul';
    return (
      <List>
        {block.items.map((item, index) => (
          <li key={index}>{spans(item)}</li>
        ))}
      </List>
    );
  }
  return <p>{spans(block.text)}</p>;
}

function spans(text: string): ReactNode {
  return parseSpans(text).map((span, index) => <Fragment key={index}>{element(span)}</Fragment>);
}

function element(span: Span): ReactNode {
  switch (span.kind) {
    case 'strong':
      return <strong>{span.text}</strong>;
    case 'emphasis':
      return <em>{span.text}</em>;
    case 'code':
      return <code>{span.text}</code>;
    case 'link':
      return (
        <a href={span.href} target="_blank" rel="noreferrer noopener">
          {span.text}
        </a>
      );
    case 'text':
      return span.text;
  }
}
