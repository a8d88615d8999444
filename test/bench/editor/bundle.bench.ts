import { bundleExtension } from '../../../scripts/bundle/bundle';
import { withTarget, type Bench, singleRow } from '../benchmark';

export const bench: Bench = {
  about: "Size of the extension's published bundle, minified.",
  run: async () => {
    const bytes = (await bundleExtension()).get('extension.js');
    if (bytes === undefined) throw new Error('The extension has no bundle.');
    return [withTarget(singleRow('bundle', 'KB', [bytes / 1000]), 'under 300 KB', ({ ours }) => ours < 300)];
  },
};
