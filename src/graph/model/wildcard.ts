/**
 * Whether a whole text matches a pattern in which `*` stands for any characters, without regard to case; nothing else in a
 * pattern has a meaning. The only matcher of patterns that users write: it looks for each literal part once, from left to
 * right, so that no pattern makes it go back (a regular expression takes time exponential in the number of stars).
 */
export function wildcard(pattern: string): (text: string) => boolean {
  const parts = pattern.toLowerCase().split('*');
  const first = parts[0] ?? '';
  if (parts.length === 1) return (text) => text.toLowerCase() === first;
  const last = parts.at(-1) ?? '';
  const inner = parts.slice(1, -1).filter(Boolean);
  return (given) => {
    const text = given.toLowerCase();
    const end = text.length - last.length;
    if (end < first.length || !text.startsWith(first) || !text.endsWith(last)) return false;
    let at = first.length;
    for (const part of inner) {
      const found = text.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return at <= end;
  };
}
