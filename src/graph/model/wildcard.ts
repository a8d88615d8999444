/**
 * Case-insensitive match of a whole text; `*` matches any characters, everything else is literal. Linear, without
 * backtracking: a regular expression can take exponential time in the number of stars.
 */
export function wildcard(pattern: string): (text: string) => boolean {
  const parts = pattern.toLowerCase().split('*');
  const first = parts[0] ?? '';
  if (parts.length === 1) return (text) => text.toLowerCase() === first;
  const last = parts.at(-1) ?? '';
  const inner = parts.slice(1, -1).filter(Boolean);
  return (original) => {
    const text = original.toLowerCase();
    const end = text.length - last.length;
    if (end < first.length || !text.startsWith(first) || !text.endsWith(last)) return false;
    let position = first.length;
    for (const part of inner) {
      const found = text.indexOf(part, position);
      if (found < 0) return false;
      position = found + part.length;
    }
    return position <= end;
  };
}
