import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  fromSeconds,
  inSeconds,
  longest,
  longestStopTimeout,
  readStopTimeout,
  total,
} from '../../src/graph/model/stopTimeout';

describe('a stop timeout', () => {
  test.each([
    [0, 0],
    [10, 10],
    [1.2, 2],
    [30 * 24 * 3600, 30 * 24 * 3600],
    ['30', 30],
    [' 7 ', 7],
    [longestStopTimeout, longestStopTimeout],
    [-1, 'unlimited'],
    ['-1', 'unlimited'],
    [longestStopTimeout + 1, 'unlimited'],
    [4294967295, 'unlimited'],
    [18446744073709551615n, 'unlimited'],
    [JSON.parse('18446744073709551615'), 'unlimited'],
    ['18446744073709551615', 'unlimited'],
    [-Infinity, 'unlimited'],
    [Infinity, 'unlimited'],
    ['unlimited', 'unlimited'],
  ])('reads %s as %s (T1)', (value, read) => expect(readStopTimeout(value)).toBe(read));

  test.each([undefined, null, NaN, '', 'soon', '1e3x', true, {}, []])('does not read %s (T1)', (value) => {
    expect(readStopTimeout(value)).toBeUndefined();
  });

  const any = fc.oneof(fc.constant('unlimited' as const), fc.nat(longestStopTimeout));

  test('survives JSON', () => {
    fc.assert(
      fc.property(any, (timeout) => {
        expect(readStopTimeout(JSON.parse(JSON.stringify(timeout)))).toBe(timeout);
        expect(fromSeconds(inSeconds(timeout))).toBe(timeout);
      }),
    );
  });

  test('is never rounded down', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (seconds) => {
        const read = readStopTimeout(seconds);
        expect(read === undefined ? -1 : inSeconds(read)).toBeGreaterThanOrEqual(seconds);
      }),
    );
  });

  test('the longest and the total are unlimited if one is', () => {
    fc.assert(
      fc.property(fc.array(any), (timeouts) => {
        const seconds = timeouts.map(inSeconds);
        expect(inSeconds(longest(timeouts))).toBe(Math.max(0, ...seconds));
        expect(inSeconds(total(timeouts))).toBe(seconds.reduce((sum, one) => sum + one, 0));
      }),
    );
  });
});
