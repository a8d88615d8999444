import { expect } from 'vitest';
import type { SystemdManager } from '../../../scripts/engines/systemd';
import { EngineError } from '../../../src/engine/error';
import type { EngineMachine } from '../../../src/engine/systemd/access';

/** Runs programs in the engine's namespaces. */
export function machineInside(systemd: SystemdManager, scope: 'system' | 'user' = 'system'): EngineMachine {
  return {
    scopes: [scope],
    run: async (program, args) => {
      const { code, stdout, stderr } = await systemd.run([program, ...args]);
      if (code === 0) return stdout;
      const message = stderr.trim() || stdout.trim();
      const reason = /No such file/.test(message)
        ? 'gone'
        : /Access denied|authentication/.test(message)
          ? 'denied'
          : 'unknown';
      throw new EngineError(reason, message);
    },
  };
}

/** A `.container` file: started again by systemd whatever ends it, and ends at once by SIGTERM. */
export const restartedContainer = (more: string, unit = '') => `[Unit]
${unit}
[Container]
Image=localhost/bb:1
Exec=/busybox sh -c 'trap "exit 0" TERM; /busybox sleep 100000 & wait'
StopTimeout=1
${more}
[Service]
Restart=always
RestartSec=100ms
`;

/** Writes Quadlet files with one reload, because each reload generates all units again. */
export async function writeQuadlets(systemd: SystemdManager, files: Readonly<Record<string, string>>): Promise<void> {
  const [[lastName, lastText] = ['', ''], ...others] = Object.entries(files).reverse();
  for (const [name, text] of others) {
    const command = ['/bin/sh', '-c', 'mkdir -p "${0%/*}" && cat > "$0"', `${systemd.quadlets}/${name}`];
    const { code, stderr } = await systemd.run(command, text);
    expect(code, stderr).toBe(0);
  }
  await systemd.writeQuadlet(lastName, lastText);
}

interface UnitState {
  readonly unit: string;
  /** `active running`, `inactive dead`, `activating auto-restart`; with ` job` while systemd has a job for it. */
  readonly state: string;
  /** Differs for each start. */
  readonly invocation: string;
}

/** The states of units, in their order. */
export async function unitStates(systemd: SystemdManager, units: readonly string[]): Promise<readonly UnitState[]> {
  const properties = 'ActiveState,SubState,Job,InvocationID';
  const { stdout } = await systemd.systemctl(['show', '-p', properties, ...units]);
  return stdout
    .trim()
    .split(/\n\n+/)
    .map((block, index) => {
      const values = new Map(block.split('\n').map((line) => line.split('=') as [string, string]));
      const job = values.get('Job') ? ' job' : '';
      const state = `${values.get('ActiveState')} ${values.get('SubState')}${job}`;
      return { unit: units[index] ?? '', state, invocation: values.get('InvocationID') ?? '' };
    });
}

/**
 * The units whose jobs of this kind have ended since the journal's cursor, last jobs only, in order. From the journal, because
 * systemd forgets the times of inactive units. A restart is a stop, then a start.
 */
export async function endedJobs(
  system: SystemdManager,
  job: 'start' | 'stop',
  cursor = '',
): Promise<readonly string[]> {
  await system.run(['journalctl', '--sync']);
  const types = job === 'start' ? ['JOB_TYPE=start'] : ['JOB_TYPE=stop', 'JOB_TYPE=restart'];
  const since = cursor === '' ? [] : [`--after-cursor=${cursor}`];
  const { stdout } = await system.run(['journalctl', '--output=json', '--no-pager', '--quiet', ...since, ...types]);
  const ended = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { UNIT?: string; USER_UNIT?: string })
    .map((entry) => entry.UNIT ?? entry.USER_UNIT ?? '');
  return [...new Set(ended.reverse())].reverse();
}

/** The end of the journal. */
export async function journalCursor(system: SystemdManager): Promise<string> {
  await system.run(['journalctl', '--sync']);
  const { stdout } = await system.run(['journalctl', '--lines=1', '--output=json', '--no-pager']);
  return (JSON.parse(stdout) as { __CURSOR: string }).__CURSOR;
}

/** Expects these pairs, the dependency first, to have been started in their order, or stopped in the reverse. */
export function expectOrder(
  job: 'start' | 'stop',
  ended: readonly string[],
  pairs: readonly (readonly [dependency: string, dependent: string])[],
): void {
  const units = job === 'start' ? ended : [...ended].reverse();
  const wrong = pairs.filter(([dependency, dependent]) => {
    const [first, second] = [units.indexOf(dependency), units.indexOf(dependent)];
    return first < 0 || second < 0 || first > second;
  });
  expect(wrong, `${job}: ${ended.join(' ')}`).toEqual([]);
}
