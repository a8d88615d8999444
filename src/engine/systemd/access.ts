import { stat } from 'node:fs/promises';
import type { Clock } from '../../clock';
import { asNumber, asObject } from '../../graph/model/untrusted';
import type { Address } from '../address';
import type { CallOptions, Engine } from '../engine';
import { EngineError } from '../error';
import { runLocally, type RunProgram, runThroughSsh } from './programs';
import { Systemctl } from './systemctl';
import { isUnitName, type SystemdAccess, type SystemdOptions, type SystemdScope, type UnitContainer } from './systemd';

/** How programs are run on an engine's machine, and whose systemd to query, most likely first. */
export interface EngineMachine {
  readonly run: RunProgram;
  readonly scopes: readonly SystemdScope[];
}

/**
 * The machine of an address; undefined if programs cannot be run there.
 *
 * @param controlPath of the engine's ssh connection, see `Connector`
 */
export async function machineOf(
  address: Address,
  clock: Clock,
  controlPath: () => string | undefined,
): Promise<EngineMachine | undefined> {
  if (address.kind === 'ssh') {
    const isUser = address.path?.startsWith('/run/user/') === true;
    return { run: runThroughSsh(address, clock, controlPath), scopes: isUser ? ['user'] : ['system', 'user'] };
  }
  if (address.kind !== 'unix' || process.platform !== 'linux') return undefined;
  const owner = await stat(address.path).then(
    ({ uid }) => uid,
    () => undefined,
  );
  return { run: runLocally, scopes: [owner === 0 ? 'system' : 'user'] };
}

/** Maximum number of containers that are compared with their units before the systemd counts as another engine's. */
const maxCompared = 8;

/**
 * Finds the systemd of these containers. A machine's systemd need not be the engine's, which may run in a container, in
 * a virtual machine or for another user: proof is that a container's monitor is the main process of its unit, now or when
 * the identity was recorded.
 */
export async function findSystemd(
  machine: EngineMachine | undefined,
  engine: Pick<Engine, 'inspectRaw'>,
  containers: readonly UnitContainer[],
  { machine: identity, ...options }: SystemdOptions = {},
): Promise<SystemdAccess> {
  if (!machine) return { reason: 'address' };
  const compared = containers.filter(({ unit }) => isUnitName(unit)).slice(0, maxCompared);
  let failure: EngineError | undefined;
  for (const scope of machine.scopes) {
    const host = new Systemctl(machine.run, scope);
    try {
      if (identity !== undefined && identity === (await host.identity(options))) return { host };
      const units = await host.show([...new Set(compared.map(({ unit }) => unit))], options);
      const mainPids = new Map(units.map(({ name, mainPid }) => [name, mainPid]));
      for (const { key, unit } of compared) {
        const mainPid = mainPids.get(unit);
        if (mainPid && mainPid === (await monitorPid(engine, key, options))) return { host };
      }
    } catch (thrown) {
      failure ??= EngineError.from(thrown);
    }
  }
  if (failure?.reason === 'unsupported') return { reason: 'missing', detail: failure.detail };
  return failure ? { reason: 'failed', detail: failure.detail } : { reason: 'unproven' };
}

/** The process of conmon; undefined unless the container runs. */
async function monitorPid(engine: Pick<Engine, 'inspectRaw'>, key: UnitContainer['key'], options?: CallOptions) {
  try {
    const { State: state } = asObject(await engine.inspectRaw(key, options));
    return asNumber(asObject(state)['ConmonPid']);
  } catch (thrown) {
    // Removed since it was listed: another container may be the proof.
    if (EngineError.from(thrown).reason === 'gone') return undefined;
    throw thrown;
  }
}
