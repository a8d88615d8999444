/** Control characters, bidirectional overrides and line breaks: what can make a name look like something else. */
const disguises = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/g;

/** Longer names and engine words are cut: a label may hold megabytes. */
const longest = 200;

/** Text from an engine (names, images, labels, error words) as one harmless line. */
export function clean(text: string): string {
  const line = text.replace(disguises, ' ').trim();
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}

/** The same for Markdown: every character that Markdown or HTML gives a meaning to stands for itself. */
export function escapeMarkdown(text: string): string {
  return clean(text)
    .replace(/[\\`*_{}[\]()#+\-.!|~>$:@]/g, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;');
}
