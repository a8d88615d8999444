import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

const root = path.resolve(import.meta.dirname, '../..');

/** Files with user-visible text; `modelText.ts` is read by language models only. */
const roots = ['src/view', 'src/commands', 'src/extension.ts', 'media'];

/** Properties with user-visible text. */
const sinks = new Set([
  ...['title', 'label', 'description', 'detail', 'tooltip', 'placeHolder', 'placeholder', 'prompt', 'message', 'text'],
  ...[
    'textContent',
    'innerText',
    'ariaLabel',
    'ariaDescription',
    'ariaRoleDescription',
    'altText',
    'heading',
    'help',
    'summary',
  ],
]);
const displayFunctions =
  /^(show(Information|Warning|Error)(Message)?|showQuickPick|showInputBox|plain(Text|Message|Lines)|withIcon|askInModal|showSaveDialog)$/;
const attributes = new Set(['aria-label', 'aria-description', 'aria-roledescription', 'title', 'alt', 'placeholder']);

interface UntranslatedString {
  /** `src/view/graphView.ts` */
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

/** The translatable part of a text, without tags, icons and names. */
const wording = (text: string) => text.replace(/<[^>]*>|\$\([\w~-]+\)|\bPodgraph\b|\bVS Code\b/g, '');
const isText = (text: string) => /\p{L}{2}/u.test(wording(text));
const isProse = (text: string) => /\p{L}{2,}[,.:]? \p{L}{2,}/u.test(wording(text));

/** The fixed parts of a string or template, joined by NUL. */
function fixed(node: ts.Node): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('\u0000');
}

/** Log and error messages are not translated. */
function isTechnical(node: ts.Node, source: ts.SourceFile): boolean {
  if (node.parent && ts.isCaseClause(node.parent) && node.parent.expression === node) return true;
  if (ts.isBinaryExpression(node) && /^[!=]==$/.test(node.operatorToken.getText(source))) return true;
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isTypeNode(node)) return true;
  if (ts.isNewExpression(node)) return /Error$/.test(node.expression.getText(source));
  if (ts.isFunctionDeclaration(node) && /ForLog$|^outcomeDetail$/.test(node.name?.text ?? '')) return true;
  if (!ts.isCallExpression(node)) return false;
  return /(^|\.)l10n\.t$|\blog\.\w+$|^(fail|assert)$/.test(node.expression.getText(source));
}

function isUserVisible(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isPropertyAssignment(parent) && parent.initializer === node)
    return sinks.has(parent.name.getText().replace(/['"]/g, ''));
  if (ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken && parent.right === node)
    return ts.isPropertyAccessExpression(parent.left) && sinks.has(parent.left.name.text);
  if (ts.isConditionalExpression(parent) && parent.condition !== node) return isUserVisible(parent);
  if (ts.isParenthesizedExpression(parent) || ts.isArrayLiteralExpression(parent)) return isUserVisible(parent);
  if (!ts.isCallExpression(parent) || parent.expression === node) return false;
  const called = ts.isPropertyAccessExpression(parent.expression)
    ? parent.expression.name.text
    : parent.expression.getText();
  const [first] = parent.arguments;
  if (called === 'setAttribute' && first && ts.isStringLiteralLike(first))
    return node !== first && attributes.has(first.text);
  return displayFunctions.test(called);
}

/** Strings of a source that do not use `l10n.t`, with line numbers. */
export function findUntranslated(code: string, file: string): [number, string][] {
  const kind = file.endsWith('.js') ? ts.ScriptKind.JS : ts.ScriptKind.TS;
  const source = ts.createSourceFile(file, code, ts.ScriptTarget.Latest, true, kind);
  const found: [number, string][] = [];
  const visit = (node: ts.Node) => {
    if (isTechnical(node, source)) return;
    const text = fixed(node);
    if (text !== undefined && (isProse(text) || (isUserVisible(node) && isText(text)))) {
      found.push([source.getLineAndCharacterOfPosition(node.getStart()).line + 1, text]);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** All strings in the user interface that do not use `l10n.t`. */
export function plainTexts(): UntranslatedString[] {
  const files = roots.flatMap((entry) => {
    if (entry.endsWith('.ts')) return [entry];
    const names = readdirSync(path.join(root, entry), { recursive: true, encoding: 'utf8' });
    return names
      .filter((name) => /\.(ts|js)$/.test(name) && !name.endsWith('modelText.ts'))
      .map((name) => `${entry}/${name.replaceAll('\\', '/')}`);
  });
  return files.flatMap((file) =>
    findUntranslated(readFileSync(path.join(root, file), 'utf8'), file).map(([line, text]) => ({ file, line, text })),
  );
}
