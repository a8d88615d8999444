/** Identifies one start of a container, in milliseconds since the epoch; undefined if the engine did not report it. */
export type StartTime = number | undefined;

/** Whether one start came after another; a time in whole seconds and a precise one in that second are the same start. */
export function isLaterStart(now: StartTime, then: StartTime): boolean {
  if (now === undefined) return false;
  if (then === undefined) return true;
  return now > then && !(then % 1000 === 0 && now - then < 1000);
}
