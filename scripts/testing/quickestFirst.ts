import path from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Quick files first, properties last: a mutant's run ends with the first failure, and most fail in a quick one. */
export class QuickestFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { cache, config } = this.ctx;
    const duration = ({ moduleId, project }: TestSpecification) =>
      cache.getFileTestResults(`${project.name}:${path.relative(config.root, moduleId)}`)?.duration ?? 0;
    const isProperty = ({ moduleId }: TestSpecification) => Number(moduleId.includes('.property.'));
    return Promise.resolve([...files].sort((a, b) => isProperty(a) - isProperty(b) || duration(a) - duration(b)));
  }
}
