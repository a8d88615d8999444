import { expect, test } from 'vitest';
import { type ContainerState, hasFailed, isInRestartLoop } from '../../src/graph/model/model';
import { container } from './build';

const failedUnit = { name: 'web.service', hasFailed: true } as const;

test.each<[ContainerState, object, boolean]>([
  ['exited', { exitCode: 0 }, false],
  ['exited', {}, false],
  ['exited', { exitCode: 1 }, true],
  ['running', { exitCode: 1 }, false],
  ['created', { exitCode: 1 }, false],
  ['dead', {}, true],
  ['exited', { exitCode: 0, systemdUnit: failedUnit }, true],
  ['exited', { exitCode: 0, systemdUnit: { ...failedUnit, hasFailed: false } }, false],
  ['running', { systemdUnit: failedUnit }, false],
  ['running', { restartCount: 3 }, true],
  ['running', { restartCount: 2 }, false],
])('a container that is %s with %o has failed: %s', (state, more, expected) => {
  expect(hasFailed(container('c', { state, ...more }))).toBe(expected);
});

test.each<[ContainerState, number, boolean]>([
  ['restarting', 3, true],
  ['restarting', 2, false],
  ['running', 3, true],
  ['exited', 3, false],
])('a container that is %s after %s restarts is in a restart loop: %s', (state, restartCount, expected) => {
  expect(isInRestartLoop(container('c', { state, restartCount }))).toBe(expected);
});
