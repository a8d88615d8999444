import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * Which machine a journal belongs to: homes are shared over networks, and volumes between containers, but sockets are not. A
 * container differs from its host by its host name or its machine id, and keeps both when it is started again. Only Linux has
 * homes that are commonly shared, and host names elsewhere change with the network.
 */
export function thisHost(): string {
  return process.platform === 'linux' ? `${hostname()} ${machineId()}`.trim() : process.platform;
}

function machineId(): string {
  try {
    return readFileSync('/etc/machine-id', 'utf8').trim();
  } catch {
    return '';
  }
}
