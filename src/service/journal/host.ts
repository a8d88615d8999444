import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * Which machine a journal belongs to: homes are shared over networks, and volumes between containers, while sockets and
 * process ids are not. A container differs from its host by its host name or its namespaces of processes. Only Linux has homes
 * that are commonly shared, and host names elsewhere change with the network.
 */
export function thisHost(): string {
  if (process.platform !== 'linux') return process.platform;
  return [
    hostname(),
    read(() => readFileSync('/etc/machine-id', 'utf8')),
    read(() => readlinkSync('/proc/self/ns/pid')),
  ]
    .map((part) => part.trim())
    .join(' ');
}

function read(source: () => string): string {
  try {
    return source();
  } catch {
    return '';
  }
}
