import { describe, expect, test } from 'vitest';
import { parseEvent } from '../../src/engine/events';
import { parseHealthCheck, parseInspectHealth, parseListHealth } from '../../src/engine/responses/health';

test.each([
  [{ Status: 'healthy' }, 'healthy'],
  [{ Status: 'starting' }, 'starting'],
  [{ Status: 'Up 7 seconds (healthy)' }, 'healthy'],
  [{ Status: 'Up Less than a second (health: starting)' }, 'starting'],
  [{ Status: 'Up 2 hours (unhealthy)' }, 'unhealthy'],
  [{ Status: 'Up 2 hours', Health: { Status: 'unhealthy', FailingStreak: 3 } }, 'unhealthy'],
  [{ Status: 'Up 2 hours (Paused)' }, undefined],
  [{ Status: 'Up 2 hours' }, undefined],
  [{ Status: '' }, undefined],
  [{ Health: { Status: 'none' } }, undefined],
  [{ Health: [], Status: 7 }, undefined],
])('the health in the list entry %j is %s', (entry, health) => {
  expect(parseListHealth(entry)).toBe(health);
});

describe('the health check of an inspect', () => {
  const seconds = (count: number) => count * 1e9;

  test('durations are in nanoseconds', () => {
    const check = {
      Test: ['CMD-SHELL', 'true'],
      ...{ Interval: seconds(5), Timeout: seconds(2), StartPeriod: seconds(60), Retries: 7 },
    };
    expect(parseHealthCheck({ Healthcheck: check })).toEqual({
      ...{ interval: 5000, timeout: 2000, startPeriod: 60_000, retries: 7 },
    });
  });

  test('Docker has 0 for its defaults', () => {
    expect(parseHealthCheck({ Healthcheck: { Test: ['CMD', 'true'] } })).toEqual({
      ...{ interval: 30_000, timeout: 30_000, startPeriod: 0, retries: 3 },
    });
  });

  test.each([[undefined], [null], [{}], [{ Test: [] }], [{ Test: ['NONE'] }], [{ Test: 'CMD' }], [[]]])(
    '%j is none',
    (check) => {
      expect(parseHealthCheck({ Healthcheck: check })).toBeUndefined();
    },
  );

  test('the last result is the newest entry of the log', () => {
    const entry = (Output: string, ExitCode: number) => ({ Start: '', End: '2026-01-02T03:04:05Z', ExitCode, Output });
    const state = { Health: { Status: 'unhealthy', Log: [entry('old', 0), entry('no route\n', 1)] } };
    expect(parseInspectHealth(state)).toEqual({
      health: 'unhealthy',
      lastCheck: { output: 'no route', exitCode: 1, at: Date.UTC(2026, 0, 2, 3, 4, 5) },
    });
  });

  test('an empty health is none', () => {
    const none = { health: undefined, lastCheck: undefined };
    expect(parseInspectHealth({ Health: { Status: '', FailingStreak: 0, Log: null } })).toEqual(none);
    expect(parseInspectHealth({})).toEqual(none);
  });
});

describe('health events', () => {
  const event = (Action: string, more: object = {}) =>
    parseEvent({ Type: 'container', Action, Actor: { ID: 'a1' }, ...more }, 'e');

  test('Docker has the result in the action', () => {
    expect(event('health_status: unhealthy')).toMatchObject({ action: 'health', health: 'unhealthy' });
  });

  test('Podman has the result in a field', () => {
    expect(event('health_status', { HealthStatus: 'healthy' })).toMatchObject({ action: 'health', health: 'healthy' });
  });

  test('without a result it is unknown', () => {
    expect(event('health_status')).toMatchObject({ action: 'health', health: undefined });
  });

  test('the runs of checks are other events', () => {
    expect(event('exec_start: /bin/true')).toMatchObject({ action: 'other' });
  });
});
