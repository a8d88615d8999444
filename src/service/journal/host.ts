import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * Identifies the machine that a journal belongs to: home directories and volumes may be shared between hosts and containers.
 * Only for Linux: shared homes are rare elsewhere, and host names change with the network.
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
