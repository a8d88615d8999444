import type { Fault, FaultScript } from './faults';
import { type FakeFleet, type FleetContainer, type FleetPod, generateFleet } from './fleet';
import { ApiError } from './errors';
import type { RouteResponse } from './routes/route';
import type { ControlHandler } from './server';

/** The parts of a `DemoEngine` that other processes may use. */
interface ControlledEngine {
  readonly faults: FaultScript;
  addFleet(fleet: FakeFleet): void;
  advance(ms: number): Promise<void>;
  replayEvents(): void;
  state(): unknown;
}

interface FleetRequest {
  size?: number;
  pods?: FleetPod[];
  containers?: FleetContainer[];
}

/**
 * Control endpoints for tests and scripts in other processes; not part of libpod.
 * - `POST /demo/faults` `{add?: Fault[], clear?: true}`
 * - `POST /demo/fleet` `{size?: n, pods?: FleetPod[], containers?: FleetContainer[]}`
 * - `POST /demo/clock` `{advanceMs: n}`
 * - `POST /demo/replay`: repeats all past events
 * - `GET /demo/state`
 */
export function controlHandler(engine: ControlledEngine): ControlHandler {
  return async (method, path, body) => {
    if (!path.startsWith('/demo/')) return undefined;
    try {
      return await handle(engine, `${method} ${path}`, body ?? {});
    } catch (error) {
      return { status: 400, json: new ApiError(400, (error as Error).message).body };
    }
  };
}

async function handle(engine: ControlledEngine, endpoint: string, body: object): Promise<RouteResponse> {
  switch (endpoint) {
    case 'POST /demo/faults': {
      const { add, clear } = body as { add?: Fault[]; clear?: boolean };
      if (clear) engine.faults.clear();
      engine.faults.add(...(add ?? []));
      return { status: 204 };
    }
    case 'POST /demo/fleet':
      addFleets(engine, body);
      return { status: 204 };
    case 'POST /demo/clock':
      await engine.advance(parseAdvanceMs(body));
      return { status: 204 };
    case 'POST /demo/replay':
      engine.replayEvents();
      return { status: 204 };
    case 'GET /demo/state':
      return { status: 200, json: engine.state() };
    default:
      return { status: 404, text: 'Not Found\n', contentType: 'text/plain' };
  }
}

function addFleets(engine: ControlledEngine, request: FleetRequest): void {
  if (request.size !== undefined) engine.addFleet(generateFleet(request.size));
  engine.addFleet({ pods: request.pods ?? [], containers: request.containers ?? [] });
}

function parseAdvanceMs(body: object): number {
  const { advanceMs } = body as { advanceMs?: unknown };
  if (typeof advanceMs !== 'number' || advanceMs < 0) throw new Error('advanceMs must be a number of milliseconds.');
  return advanceMs;
}
