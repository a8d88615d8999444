import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { planRemoval } from '../../src/graph/plan/planRemoval';
import { longestStopTimeout, type StopTimeout } from '../../src/graph/model/stopTimeout';
import { stopTimeoutProblem } from '../../src/view/settings';
import { operationText } from '../../src/view/text/outcome';
import { confirmationText } from '../../src/view/text/confirmation';
import { plainText } from '../../src/view/text/format';
import { stopTimeoutText } from '../../src/view/text/preview';
import { slowStopsText } from '../../src/view/text/status';
import { graphOf, key } from '../graph/build';

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  contributes: { configuration: { properties: Record<string, { minimum: number; maximum: number }> } };
};

test('the setting has the same bounds as the code (T1)', () => {
  const declared = manifest.contributes.configuration.properties['podgraph.stopTimeout'];
  expect(declared).toMatchObject({ minimum: -1, maximum: longestStopTimeout });
});

test.each([null, undefined, 0, 10, 2_592_000, longestStopTimeout, -1])('the setting accepts %j (T1)', (value) => {
  expect(stopTimeoutProblem(value)).toBeUndefined();
});

test.each([
  [longestStopTimeout + 1, 'No time limit is used.'],
  [4294967295, 'No time limit is used.'],
  [-7, 'No time limit is used.'],
  [1.5, '2 s are used.'],
  ['30', '30 s are used.'],
  ['soon', 'Each container keeps its own stop timeout.'],
  [true, 'Each container keeps its own stop timeout.'],
])('the setting rejects %j with a message (T1)', (value, used) => {
  expect(stopTimeoutProblem(value)).toContain(used);
});

describe('an unlimited stop timeout', () => {
  const details = (stopTimeout: StopTimeout) => ({
    ...{ stopTimeout, stopSignal: 'SIGTERM', restartPolicy: '', autoRemove: false },
    ...{ anonymousVolumes: [], namedVolumes: [], initContainer: undefined },
  });
  const running = (stopTimeout: StopTimeout) => ({ state: 'running' as const, details: details(stopTimeout) });
  const nameOf = (of: string) => plainText(of.split('/')[2] ?? '');

  function planOf(...timeouts: StopTimeout[]) {
    const names = timeouts.map((_, number) => `c${number}`);
    const graph = graphOf(
      names.join(' '),
      Object.fromEntries(names.map((name, at) => [name, running(timeouts[at] ?? 0)])),
    );
    const scope = { chosen: names.map(key), isAll: false };
    return planRemoval('p', graph, scope, { dependents: 'include', running: 'stop' });
  }

  test('is shown in the confirmation (T1)', () => {
    expect(confirmationText(planOf('unlimited'), nameOf, String).detail).toContain(
      'c0 is running (no time limit to stop).',
    );
    expect(confirmationText(planOf('unlimited', 10), nameOf, String).detail).toContain(
      'at least one with no time limit to stop',
    );
    expect(confirmationText(planOf(10, 20), nameOf, String).detail).toContain('up to 20 s each');
  });

  test('is shown in the preview and while stopping (T1)', () => {
    const plan = planOf('unlimited');
    const [planned] = plan.nodes.values();
    expect(planned && stopTimeoutText(planned.stopTimeout)).toBe('no time limit');
    const operation = { phase: 'stopping' as const, run: 'r', since: 1_000, stopTimeout: 'unlimited' as const };
    expect(operationText(operation, 8_900, false, plainText)).toBe('stopping, 7 s (no time limit)');
    expect(slowStopsText('db', operation, 8_900)).toBe('db 7 s (no time limit)');
  });
});
