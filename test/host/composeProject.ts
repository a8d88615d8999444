import { writeFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { EXITS_ON_SIGTERM } from '../../scripts/engines/fleet';
import { runOrThrow } from '../../scripts/process';
import type { EngineFleet } from './engineFleet';

export type ComposeProgram = 'docker-compose' | 'podman-compose';

/** A health check that runs each second; default: it passes once the file /ready exists. */
const check = (retries: number, test: readonly string[] = ['test', '-f', '/ready']) => ({
  healthcheck: { test: ['CMD', '/busybox', ...test], interval: '1s', timeout: '5s', start_period: '0s', retries },
});

const service = (more: object, command: readonly string[] = EXITS_ON_SIGTERM) => ({
  ...{ image: 'localhost/bb:1', network_mode: 'none', stop_grace_period: '1s', command, ...more },
});

const on = (name: string, condition: string, more: object = {}) => ({ depends_on: { [name]: { condition, ...more } } });

const services = {
  db: service(check(100)),
  api: service(on('db', 'service_healthy', { restart: true })),
  web: service(on('api', 'service_started')),
  broken: service(check(2, ['false'])),
  worker: service(on('broken', 'service_healthy')),
  board: service(on('worker', 'service_started')),
};

/** podman-compose stores that a service depends on these, not that they must complete. */
const migrations = {
  migrate: service({}, ['/busybox', 'true']),
  app: service({
    depends_on: {
      migrate: { condition: 'service_completed_successfully' },
      // Its profile is not active, so it has no container.
      cache: { condition: 'service_healthy', required: false },
    },
  }),
  cache: { ...service(check(100)), profiles: ['cache'] },
  fails: service({}, ['/busybox', 'false']),
  shop: service(on('fails', 'service_completed_successfully')),
};

/** A project created by a compose program, without a start. */
export class ComposeProject {
  private constructor(
    private readonly fleet: EngineFleet,
    private readonly program: ComposeProgram,
    private readonly file: string,
  ) {}

  static async create(fleet: EngineFleet, program: ComposeProgram): Promise<ComposeProject> {
    const isDocker = program === 'docker-compose';
    // JSON is YAML; in this folder the engine and its tools can read it.
    const file = path.join(path.dirname(fleet.engine.socket), `${program}.yaml`);
    writeFileSync(file, JSON.stringify({ services: { ...services, ...(isDocker && migrations) } }));
    const project = new ComposeProject(fleet, program, file);
    await project.compose(...(isDocker ? ['create', '--pull', 'never'] : ['up', '--no-start']));
    await fleet.adopt(() => project.compose('down'));
    return project;
  }

  /** The container of a service. */
  nameOf(name: string): string {
    const separator = this.program === 'docker-compose' ? '-' : '_';
    return [this.program, name, '1'].join(separator);
  }

  private compose(...args: string[]): Promise<string> {
    const { line, socket } = this.fleet.engine;
    const root = vscode.extensions.getExtension('podgraph.podgraph')?.extensionPath ?? '.';
    const script = [path.join('scripts', 'run.mjs'), 'compose', this.program, line, socket];
    return runOrThrow('node', [...script, '-f', this.file, '-p', this.program, ...args], { cwd: root });
  }
}
