import { expect, test } from 'vitest';
import { isLaterStart } from '../../src/graph/model/startTime';
import { isImprecise } from '../../src/service/state/engineStateView';

// Milliseconds. Podman's lists have whole seconds, Docker's no start time; inspections and events are precise.
test.each([
  [5_532, 5_000, false, 'an inspect has in full what a list had in seconds'],
  [5_000, 5_532, false, 'a list has in seconds what an inspect had in full'],
  [5_532, 5_532, false, 'the same start'],
  [5_900, 5_532, true, 'two inspects distinguish two starts within one second'],
  [7_100, 5_000, true, 'a later start'],
  [undefined, 5_532, false, 'no start time is known'],
  [5_532, undefined, true, 'it had never been started'],
])('started at %s, before at %s: later is %s, for %s', (now, then, later, _why) => {
  expect(isLaterStart(now, then)).toBe(later);
});

test.each([
  [5_000, 5_900, true, 'a list has a start within this second'],
  [5_000, 3_000, true, 'the clock of the engine is ahead'],
  [5_532, 5_900, false, 'an inspect reported it in full'],
  [5_000, 500_000, false, 'it is long ago: no start to come can be taken for it'],
])('started at %s, now %s: imprecise is %s, for %s', (startedAt, now, vague, _why) => {
  expect(isImprecise(startedAt, now)).toBe(vague);
});
