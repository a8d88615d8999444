// node scripts/run.mjs compose docker-compose|podman-compose LINE SOCKET ARGUMENT…: runs a compose program on an isolated engine.
import type { EngineVersion } from './engines/lines';
import { dockerCompose, podmanCompose } from './engines/projectTools';

const [program, line, socket = '', ...args] = process.argv.slice(2);
const engine = { line: line as EngineVersion, socket };
const tool = await (program === 'podman-compose' ? podmanCompose(engine) : dockerCompose(engine));
const { code, stdout, stderr } =
  'missing' in tool ? { code: 1, stdout: '', stderr: `${tool.missing}\n` } : await tool(args);
process.stdout.write(stdout);
process.stderr.write(stderr);
process.exitCode = code;
