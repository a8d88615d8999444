// npm run build [-- --dev]: the extension and its lazy bundles into dist, the host suite into out.
import { existsSync } from 'node:fs';
import { BUNDLE_LIMIT, bundleExtension, bundleHostSuite } from './bundle/bundle';

const sizes = await bundleExtension({ dev: process.argv.includes('--dev') });
for (const [name, bytes] of sizes) console.log(`dist/${name}  ${(bytes / 1000).toFixed(1)} KB`);
if (existsSync('test/host/index.ts')) await bundleHostSuite();

const extension = sizes.get('extension.js');
if (!process.argv.includes('--dev') && extension !== undefined && extension > BUNDLE_LIMIT) {
  console.error(`dist/extension.js is over ${BUNDLE_LIMIT / 1000} KB.`);
  process.exitCode = 1;
}
