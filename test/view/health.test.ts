import { describe, expect, it } from 'vitest';
import { conditionText, healthText, lastCheckText, unmetText, waitText } from '../../src/view/text/health';
import { plainText } from '../../src/view/text/format';
import { edgeLabel, edgeText, missingServiceText } from '../../src/view/text/paths';
import { stateText } from '../../src/view/text/state';
import type { ContainerDetails } from '../../src/graph/model/model';
import { container, key } from '../graph/build';

const db = plainText('db');

describe('the text of health', () => {
  it('is shown with the state', () => {
    const running = { state: 'running' } as const;
    expect(stateText(container('x', running))).toBe('running');
    expect(stateText(container('x', { ...running, health: 'healthy' }))).toBe('running, healthy');
    expect(stateText(container('x', { ...running, health: 'unhealthy' }))).toBe('unhealthy');
    expect(stateText(container('x', { ...running, health: 'starting' }))).toBe(healthText('starting'));
    expect(stateText(container('x', { state: 'exited', exitCode: 0 }))).toBe('exited (0)');
  });

  it('has the output of the last check, without control characters', () => {
    expect(lastCheckText({ output: 'no \u001b[31mroute', exitCode: 1, at: undefined })).not.toContain('\u001b');
    expect(lastCheckText({ output: '', exitCode: 2, at: undefined })).toBe('exit code 2');
  });

  it('shows what a container waits for', () => {
    expect(waitText({ condition: 'healthy' }, db)).toBe('waiting for db to be healthy');
    expect(waitText({ condition: 'completed' }, db)).toBe('waiting for db to complete');
    const healthCheck = { interval: 10_000, timeout: 1_000, startPeriod: 20_000, retries: 3 };
    const details = { healthCheck } as ContainerDetails;
    const starting = container('db', { state: 'running', health: 'starting', startedAt: 1_000, details });
    const after = (ms: number) => waitText({ condition: 'healthy' }, db, starting, 1_000 + ms);
    expect([0, 25_000, 900_000].map(after)).toEqual([
      'waiting for db: starting, check 1 of 5',
      'waiting for db: starting, check 3 of 5',
      'waiting for db: starting, check 5 of 5',
    ]);
    const healthy = container('db', { state: 'running', health: 'healthy', startedAt: 1_000, details });
    expect(waitText({ condition: 'healthy' }, db, healthy, 2_000)).toBe('waiting for db to be healthy');
  });

  it('shows what a container will wait for, and how long at most', () => {
    expect(conditionText({ condition: 'healthy', maxWaitMs: 34_500 }, db)).toBe('waits up to 35 s until db is healthy');
    expect(conditionText({ condition: 'healthy', maxWaitMs: 600_000 }, db)).toBe(
      'waits up to 10 min until db is healthy',
    );
    expect(conditionText({ condition: 'completed' }, db)).toBe('waits until db has completed');
    expect(conditionText({ condition: 'started' }, db)).toBeUndefined();
  });

  it('names a condition that is unknown, and a service that is missing', () => {
    const edge = { from: key('web'), to: key('db'), reasons: ['depends-on'], condition: 'unknown' } as const;
    expect(edgeText(edge, 'db')).toBe('depends on db (unknown condition)');
    const required = { from: key('api'), to: key('db'), reasons: ['requires'], condition: 'healthy' } as const;
    expect(edgeText(required, 'db')).toBe('requires db · starts once db is healthy');
    expect(edgeLabel(required)).toBe('requires, healthy');
    expect(missingServiceText('db')).toBe("depends on db (doesn't exist)");
  });

  it('shows why a container was not started', () => {
    expect(unmetText({ kind: 'unhealthy', output: 'refused\nsecond line' }, db)).toBe(
      'db is unhealthy: refused second line',
    );
    expect(unmetText({ kind: 'unhealthy', output: '' }, db)).toBe('db is unhealthy');
    expect(unmetText({ kind: 'notHealthyInTime', ms: 31_500 }, db)).toBe("db didn't become healthy within 32 s");
    expect(unmetText({ kind: 'ended', exitCode: 1 }, db)).toBe('db exited with code 1');
    expect(unmetText({ kind: 'gone' }, db)).toBe('db was removed');
  });
});
