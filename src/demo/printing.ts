import type { Container, Printed } from './model';

/** Of each container's log. */
const linesKept = 1000;

/** Puts a line into a container's log, and tells who reads it. */
export function printInto(container: Container, line: Printed): void {
  container.printed = [...container.printed, line].slice(-linesKept);
  for (const read of [...container.readers]) read(line);
}
