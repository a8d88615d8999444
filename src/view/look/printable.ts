const [bell, escape, csi, terminator] = [0x07, 0x1b, 0x9b, 0x9c];
/** `ESC ]`, `ESC P`, `ESC X`, `ESC ^`, `ESC _`: a string follows, up to its terminator. */
const strings = new Set([0x5d, 0x50, 0x58, 0x5e, 0x5f]);
/** What is left beside escape sequences: control characters but for tabs, bidirectional controls and line breaks. */
const invisible = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]+/g;

/**
 * A line of a container's log as text: without escape sequences and control characters; of a line that was written over (a
 * progress bar), only what was written last. One pass from left to right, whatever the line holds.
 */
export function printable(line: string): string {
  const text = line.slice(line.lastIndexOf('\r') + 1);
  if (!/[\u001b\u0080-\u009f]/.test(text)) return text.replace(invisible, '');
  let shown = '';
  let from = 0;
  for (let at = 0; at < text.length;) {
    const code = text.charCodeAt(at);
    const end = code === escape ? afterEscape(text, at + 1) : code === csi ? afterCsi(text, at + 1) : undefined;
    if (end === undefined) at++;
    else {
      shown += text.slice(from, at);
      from = at = end;
    }
  }
  return (shown + text.slice(from)).replace(invisible, '');
}

function afterEscape(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code === 0x5b) return afterCsi(text, at + 1);
  if (strings.has(code)) return afterString(text, at + 1);
  const end = skip(text, at, 0x20, 0x2f);
  return isWithin(text, end, 0x30, 0x7e) ? end + 1 : end;
}

/** Parameters, intermediate characters and a final one. */
function afterCsi(text: string, at: number): number {
  const end = skip(text, skip(text, at, 0x30, 0x3f), 0x20, 0x2f);
  return isWithin(text, end, 0x40, 0x7e) ? end + 1 : end;
}

/** Another escape sequence ends a string as well: one without an end hides nothing that follows it. */
function afterString(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === bell || code === terminator) return at + 1;
    if (code === escape) return text[at + 1] === '\\' ? at + 2 : at;
  }
  return text.length;
}

function skip(text: string, from: number, low: number, high: number): number {
  let at = from;
  while (isWithin(text, at, low, high)) at++;
  return at;
}

function isWithin(text: string, at: number, low: number, high: number): boolean {
  const code = text.charCodeAt(at);
  return code >= low && code <= high;
}
