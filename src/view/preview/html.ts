/** Where the page finds its own parts, as addresses inside the webview. */
export interface PageAssets {
  /** What the webview's own files may be loaded from (`webview.cspSource`). */
  readonly source: string;
  readonly style: string;
  readonly script: string;
  /** Fresh for every page: only a script that bears it runs. */
  readonly nonce: string;
  readonly language: string;
  readonly title: string;
  /** What the page begins with, without anything that an engine said. */
  readonly body?: string;
}

const plain = `<main id="page"></main>
<p id="spoken" role="status"></p>`;

/**
 * The frame of the page, without anything that an engine said: that arrives later, as data, and is only ever set as text.
 * Nothing is loaded from anywhere but the extension's own folder.
 */
export function frameOf(assets: PageAssets): string {
  const { source, style, script, nonce, language, title, body = plain } = assets;
  const policy = `default-src 'none'; style-src ${source}; script-src 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="${attribute(language)}">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="${attribute(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1.0">
<title>${attribute(title)}</title>
<link rel="stylesheet" href="${attribute(style)}">
</head>
<body>
${body}
<script nonce="${attribute(nonce)}" src="${attribute(script)}"></script>
</body>
</html>`;
}

function attribute(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
