import type { Address } from '../src/engine/address';
import { systemClock } from '../src/clock';
import { createEngine } from '../src/engine/createEngine';
import type { EngineId } from '../src/graph/model';
import { type Concurrency, createService, defaultConcurrency, type Service } from '../src/service/index';
import type { Log } from '../src/service/log';
import { silent } from './silent';

/** An engine by the way on which it is reached. */
export interface Reached {
  readonly id: EngineId;
  readonly label: string;
  readonly address: Address;
}

export interface ServiceWish {
  readonly log?: Log;
  readonly concurrency?: Concurrency;
  readonly random?: () => number;
}

/** The production service over engines behind addresses, in real time. */
export function serviceAt(engines: readonly Reached[], wish: ServiceWish = {}): Service {
  const { log = silent, concurrency = defaultConcurrency, random = Math.random } = wish;
  return createService(
    { clock: systemClock, log, concurrency: () => concurrency, random },
    engines.map(({ id, label, address }) => ({ id, label, engine: createEngine({ id, address }, systemClock) })),
  );
}
