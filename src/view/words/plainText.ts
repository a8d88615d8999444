declare const displayed: unique symbol;

/**
 * Text that is only text wherever the editor shows it: one line without control characters, links or icons. Only the
 * functions of this file make it; all that shows text (`view/display.ts`, the rows of the tree) accepts nothing else.
 */
export type DisplayText = string & { readonly [displayed]: true };

/** Characters of a name or an engine's message: a label may hold megabytes. */
const nameLength = 200;
/** Characters of a whole message; the editor itself cuts notifications there. */
const messageLength = 1000;
/** Characters of a line of the log. */
const logLength = 8000;

/** Control and bidirectional characters, zero-width ones, tags, halves of characters and line breaks: they disguise text. */
const disguises =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}\p{Surrogate}]+/gu;
/**
 * What the editor gives a meaning in plain strings: `[text](target)` is a link in notifications, progress and prompts; a
 * dollar sign before a name in parentheses is an icon in quick picks, the status bar and terminal tabs. A space between both
 * characters ends that.
 */
const markers = /(?<=\])(?=\()|(?<=\$)(?=\()/g;

/**
 * Text from outside (names, images, labels, addresses, messages of engines) as one short harmless line. Applying it to its own
 * result changes nothing.
 */
export function plainText(raw: string): DisplayText {
  return harmless(raw, nameLength);
}

/** A whole message: our own words and the texts that were put into them, which must not become a link together either. */
export function plainMessage(text: string): DisplayText {
  return harmless(text, messageLength);
}

/** Several messages, a line each: the detail of a question, a tooltip. */
export function plainLines(lines: readonly string[]): DisplayText {
  return lines
    .flatMap((line) => line.split('\n'))
    .map((line) => plainMessage(line))
    .filter(Boolean)
    .join('\n') as DisplayText;
}

/** A line of the log: whatever an engine said stays one line there, and keeps its wording. */
export function logLine(text: string): string {
  return cut(
    text
      .slice(0, 4 * logLength)
      .replace(disguises, ' ')
      .trim(),
    logLength,
    text,
  );
}

function harmless(raw: string, max: number): DisplayText {
  // Cut before it is searched: what follows is not shown anyway.
  const line = raw
    .slice(0, 4 * max)
    .replace(disguises, ' ')
    .trim()
    .replace(markers, ' ');
  return cut(line, max, raw) as DisplayText;
}

function cut(line: string, max: number, raw: string): string {
  if (line.length <= max && raw.length <= 4 * max) return line;
  return `${line.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** Our own icon before a text. */
export function withIcon(icon: `$(${string})`, text: DisplayText): DisplayText {
  return `${icon} ${text}` as DisplayText;
}

/** The same for Markdown: every character that Markdown or HTML gives a meaning to stands for itself. */
export function escapeMarkdown(text: string): string {
  return plainText(text)
    .replace(/[\\`*_{}[\]()#+\-.!|~>$:@]/g, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;');
}
