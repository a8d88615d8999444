import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { projectRoot } from '../lab';

/** The English message bundle, source of translations. */
export const messageBundle = path.join(projectRoot, 'l10n', 'bundle.l10n.json');

/** First arguments of all `l10n.t` calls in a file. Throws if one is not a string literal, because it cannot be translated. */
function messagesIn(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const messages: string[] = [];
  const visit = (node: ts.Node) => {
    if (ts.isCallExpression(node) && /(^|\.)l10n\.t$/.test(node.expression.getText(source))) {
      const [message] = node.arguments;
      if (!message || !ts.isStringLiteralLike(message)) throw new Error(`${file}: l10n.t requires a string literal`);
      messages.push(message.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return messages;
}

/** All messages of the extension, sorted. */
export function allMessages(): string[] {
  const folder = path.join(projectRoot, 'src');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const messages = files.flatMap((name) => messagesIn(path.join(folder, name)));
  return [...new Set(messages)].sort();
}
