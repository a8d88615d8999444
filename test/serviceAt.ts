import type { Address } from '../src/engine/address';
import { nextTurn, systemClock } from '../src/clock';
import { createEngine } from '../src/engine/createEngine';
import type { EngineMachine } from '../src/engine/systemd/access';
import type { EngineId } from '../src/graph/model/model';
import { type ConcurrencySetting, createService, type Service, type ServiceDeps } from '../src/service';
import type { Log } from '../src/service/service';
import { nullLog } from './silent';

/** An engine by its transport. */
interface EngineTarget {
  readonly id: EngineId;
  readonly label: string;
  readonly address: Address;
  /** Where programs are run for it; by default, that of its address. */
  readonly machine?: EngineMachine;
}

export interface ServiceOptions {
  readonly log?: Log;
  readonly concurrency?: ConcurrencySetting;
  readonly random?: () => number;
  readonly recipes?: ServiceDeps['recipes'];
}

/** The production service over engines behind addresses, in real time. */
export function createTestService(engines: readonly EngineTarget[], wish: ServiceOptions = {}): Service {
  const { log = nullLog, concurrency = 'auto', random = Math.random, recipes } = wish;
  return createService(
    { clock: systemClock, nextTurn, log, concurrency: () => concurrency, random, recipes },
    engines.map(({ id, label, address, machine }) => ({
      id,
      label,
      engine: createEngine({ id, address }, systemClock, machine),
    })),
  );
}
