import { expect } from 'vitest';
import { parseKey } from '../../../src/graph/model/model';
import { isDemo, isDocker } from '../../engine/contract/engineVersion';
import {
  cli,
  container,
  remaining,
  outcomes,
  samplePlan,
  pod,
  conformanceTest,
  raw,
  remove,
  theService,
  window,
} from './fixture';

/** Removes everything as another client: by the engine's command line, or by raw requests if it has none. */
async function removeAllExternally(): Promise<void> {
  if (isDemo) {
    for (const key of await remaining()) {
      const { kind, id } = parseKey(key);
      await raw('DELETE', `/${kind}s/${id}?force=true&timeout=0`);
    }
  } else if (isDocker) {
    const names = (await cli(['ps', '-aq'])).stdout.split('\n').filter(Boolean);
    await cli(['rm', '-f', ...names]);
  } else {
    // Not `rm -fa`: with pods it hangs on 5.8.6.
    await cli(['pod', 'rm', '-fa', '-t', '0']);
  }
}

export function otherClients(): void {
  conformanceTest(
    'two windows and the command line at once: nothing left, no errors, each node once per report',
    'everywhere',
    async () => {
      for (let number = 0; number < 4; number++) {
        if (!isDocker) await pod(`p${number}`);
        await container({ name: `a${number}`, ...(isDocker ? {} : { pod: `p${number}` }) });
      }
      await container({ name: 'base' });
      await container({ name: 'top', network: 'base' });
      const other = window();
      await Promise.all([theService().refresh(), other.refresh()]);
      const all = [...theService().snapshot.graph.nodes.keys()];
      const plans = [await samplePlan(all), await samplePlan(all, {}, other)] as const;
      const [one, two] = await Promise.all([remove(plans[0]), remove(plans[1], other), removeAllExternally()]);
      for (const report of [one, two]) {
        expect([...report.nodes.keys()].sort()).toEqual([...all].sort());
        expect(
          Object.values(outcomes(report)).filter((kind) => kind !== 'removed' && kind !== 'alreadyRemoved'),
        ).toEqual([]);
      }
      expect(await remaining()).toEqual([]);
    },
  );
}
