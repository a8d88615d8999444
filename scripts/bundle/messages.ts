import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { projectRoot } from '../lab';

/** The English bundle from which translators begin: every message that the code words, by itself. */
export const messageBundle = path.join(projectRoot, 'l10n', 'bundle.l10n.json');

/** First arguments of all calls of `l10n.t` in a file. Throws where one is not a plain text: nobody could translate it. */
function messagesIn(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const messages: string[] = [];
  const visit = (node: ts.Node) => {
    if (ts.isCallExpression(node) && /(^|\.)l10n\.t$/.test(node.expression.getText(source))) {
      const [message] = node.arguments;
      if (!message || !ts.isStringLiteralLike(message)) throw new Error(`${file}: l10n.t wants plain text`);
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
