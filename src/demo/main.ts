import { parseArgs } from 'node:util';
import { ManualClock } from '../manualClock';
import { type Latency, noLatency } from './core';
import { DemoEngine } from './engine';
import { demoFleet, generateFleet, sampleFleet, type FakeFleet } from './fleet';
import { isProfileName, type ProfileName } from './profile';

interface DemoEngineStart {
  /** A path or a Windows named pipe. */
  socketPath: string;
  fleet: FakeFleet;
  profile: ProfileName;
}

/** Starts a demo engine with a fleet in this process. `close` stops it and removes its socket. */
export async function startDemoEngine(start: DemoEngineStart): Promise<{ refill(): void; close(): Promise<void> }> {
  const engine = new DemoEngine({ profile: start.profile });
  engine.addFleet(start.fleet);
  await engine.listen(start.socketPath);
  return { refill: () => engine.refill(start.fleet), close: () => engine.close() };
}

export { demoFleet };

const usage = `usage: demo --socket PATH [--profile 4.3|5|6] [--fleet sample|empty] [--size N] [--clock real|manual]\n`;

/** Process entry point: serves until standard input closes or a signal arrives. */
async function serve(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      socket: { type: 'string' },
      profile: { type: 'string', default: '5' },
      fleet: { type: 'string', default: 'sample' },
      size: { type: 'string' },
      clock: { type: 'string', default: 'real' },
    },
  });
  const { socket, profile } = values;
  if (!socket || !isProfileName(profile)) {
    process.stderr.write(usage);
    process.exitCode = 2;
    return;
  }
  const engine = new DemoEngine({ profile, ...(values.clock === 'manual' ? manualTime() : {}) });
  if (values.fleet === 'sample') engine.addFleet(sampleFleet());
  if (values.size !== undefined) engine.addFleet(generateFleet(Number(values.size)));
  await engine.listen(socket);
  process.stdout.write(`listening ${socket}\n`);

  const end = (): void => {
    void engine.close().then(() => process.exit(0));
  };
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  process.stdin.once('close', end).once('end', end).resume();
}

/** A clock that only `POST /demo/clock` advances; only stop timeouts and scripted delays depend on it. */
function manualTime(): { clock: ManualClock; latency: Latency } {
  return { clock: new ManualClock(), latency: noLatency };
}

if (typeof require !== 'undefined' && require.main === module) {
  serve(process.argv.slice(2)).catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exitCode = 1;
  });
}
