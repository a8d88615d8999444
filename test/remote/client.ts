// Opens an ssh connection, prints the process id of ssh, and runs until it is killed by the test.
import { readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { systemClock } from '../../src/clock';
import { SshConnector } from '../../src/engine/transport/ssh/connector';

const connector = new SshConnector({ kind: 'ssh', host: 'box', path: process.argv[2] }, systemClock);
void connector.open(undefined).then(() => {
  const own = readdirSync(os.tmpdir()).find((name) => name.startsWith(`podgraph-ssh-${process.pid}-`)) ?? '';
  process.stdout.write(`${JSON.stringify({ pid: connector.pid, folder: path.join(os.tmpdir(), own) })}\n`);
  connector.connect();
});
