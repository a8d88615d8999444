// npm run package: packs the extension into out/podgraph.vsix.
import { packExtension } from './bundle/vsix';

console.log(await packExtension());
