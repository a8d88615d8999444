// Opens a way by ssh, says which process carries it, and stays until it is killed: the other half of a test.
import { readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { systemClock } from '../../src/clock';
import { SshCarrier } from '../../src/engine/transport/ssh/carrier';

const carrier = new SshCarrier({ kind: 'ssh', host: 'box', path: process.argv[2] }, systemClock);
void carrier.open(undefined).then(() => {
  const own = readdirSync(os.tmpdir()).find((name) => name.startsWith(`podgraph-ssh-${process.pid}-`)) ?? '';
  process.stdout.write(`${JSON.stringify({ pid: carrier.pid, folder: path.join(os.tmpdir(), own) })}\n`);
  carrier.connect();
});
