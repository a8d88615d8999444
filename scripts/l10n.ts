// npm run l10n: generates the English message bundle from the messages in the code.
import { writeFileSync } from 'node:fs';
import { exportMessages, messageBundle } from './bundle/messages';

const messages = await exportMessages();
writeFileSync(messageBundle, `${JSON.stringify(messages, null, 2)}\n`);
console.log(`${Object.keys(messages).length} messages`);
