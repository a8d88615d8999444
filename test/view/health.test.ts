import { describe, expect, it } from 'vitest';
import { healthText, lastCheckText, unmetText, waitText } from '../../src/view/text/health';
import { plainText } from '../../src/view/text/format';
import { stateText } from '../../src/view/text/state';
import { container } from '../graph/build';

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

  it('says what a container waits for', () => {
    expect(waitText({ condition: 'healthy' }, db)).toBe('waiting for db to be healthy');
    expect(waitText({ condition: 'completed' }, db)).toBe('waiting for db to complete');
  });

  it('says why a container was not started', () => {
    expect(unmetText({ kind: 'unhealthy', output: 'refused\nsecond line' }, db)).toBe(
      'db is unhealthy: refused second line',
    );
    expect(unmetText({ kind: 'unhealthy', output: '' }, db)).toBe('db is unhealthy');
    expect(unmetText({ kind: 'notHealthyInTime', ms: 31_500 }, db)).toBe("db didn't become healthy within 32 s");
    expect(unmetText({ kind: 'ended', exitCode: 1 }, db)).toBe('db exited with code 1');
    expect(unmetText({ kind: 'gone' }, db)).toBe('db was removed');
  });
});
