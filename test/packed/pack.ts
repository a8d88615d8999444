import type { TestProject } from 'vitest/node';
import { packExtension } from '../../scripts/bundle/vsix';

/** Name of the environment variable with a packed extension that is there already. */
const PACKED = 'PODGRAPH_VSIX';

declare module 'vitest' {
  interface ProvidedContext {
    /** File of the packed extension. */
    readonly vsix: string;
  }
}

/** Before the first test: packs the extension as it is published, unless whoever runs the tests has done so. */
export default async function pack(project: TestProject): Promise<void> {
  project.provide('vsix', process.env[PACKED] ?? (await packExtension()));
}
