import { bundleExtension } from '../../scripts/bundle/bundle';
import { type Bench, soleRow } from './row';

/** Size of the extension's bundle as it is published, minified. */
export const bundle: Bench = {
  name: 'bundle',
  run: async () => {
    const bytes = (await bundleExtension()).get('extension.js');
    if (bytes === undefined) throw new Error('There is no bundle of the extension.');
    return [soleRow('bundle', 'KB', [bytes / 1000])];
  },
};
