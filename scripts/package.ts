// npm run package: the extension as a .vsix file in the ignored folder out.
import { packExtension } from './bundle/vsix';

console.log(await packExtension());
