// npm run l10n: generates the English message bundle from the messages in the code.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { allMessages, messageBundle } from './bundle/messages';

const messages = allMessages();
mkdirSync(path.dirname(messageBundle), { recursive: true });
const bundle = Object.fromEntries(messages.map((message) => [message, message]));
writeFileSync(messageBundle, `${JSON.stringify(bundle, null, 2)}\n`);
console.log(`${messages.length} messages`);
