import assert from 'node:assert/strict';
import type { PodgraphApi } from '../../src/extension';
import type { Report } from '../../src/graph/plan/report';
import { commandIds } from '../../src/view/ids';
import { type ComposeProgram, ComposeProject } from './composeProject';
import type { EngineFleet } from './engineFleet';
import { engineTimeout, filledEngines, nameOf, TreeElements } from './onEngines';
import { answer, run, until } from './podgraph';

/** podman-compose of Podman 4.3 stores no dependencies, and no other line is needed to compare the two programs. */
const programsOf = ({ engine: { line } }: EngineFleet): readonly ComposeProgram[] =>
  line === 'docker' ? ['docker-compose'] : line === 'podman-5' ? ['docker-compose', 'podman-compose'] : [];

const projects = new Map<string, ComposeProject>();

async function fill(fleet: EngineFleet): Promise<void> {
  for (const program of programsOf(fleet))
    projects.set(nameOf(fleet) + program, await ComposeProject.create(fleet, program));
}

describe('projects of compose programs', function () {
  this.timeout(engineTimeout);
  let api: PodgraphApi;
  const fleets = filledEngines(fill, (given) => (api = given));

  for (const fleet of fleets) {
    for (const program of programsOf(fleet)) {
      describe(`${program} on ${nameOf(fleet)}`, () => {
        const project = () => projects.get(nameOf(fleet) + program) ?? assert.fail(`no project of ${program}`);
        const container = (service: string) => project().nameOf(service);
        const elementsOf = (...services: string[]) => {
          const elements = new TreeElements(api, fleet);
          return services.map((service) => elements.of(container(service)));
        };
        const runOn = (command: string, ...services: string[]) => {
          answer(api, (label) => /^(Start|Stop|Restart) \d+$|^Include /.test(label));
          const elements = elementsOf(...services);
          return run(command, elements[0], elements);
        };
        const inspect = (service: string) => fleet.inspect(container(service));
        const states = async (...services: string[]) =>
          Promise.all(services.map(async (service) => (await inspect(service)).state));
        /** What became of services, and why. */
        const results = (report: Report | undefined, ...services: string[]) =>
          services.map((service) => {
            const entry = [...(report?.nodes.values() ?? [])].find(({ node }) => node.name === container(service));
            const outcome = entry?.outcome;
            return outcome?.kind === 'skipped' ? outcome.unmet?.kind : outcome?.kind;
          });
        const waitsToStart = (service: string) =>
          [...api.service.runs.values()].some(({ progress }) =>
            [...progress.active].some(
              ([key, { phase }]) => key.endsWith(fleet.idOf(container(service))) && phase === 'waitingForCondition',
            ),
          );

        it('a start waits for health, and skips what depends on an unhealthy service', async () => {
          const running = runOn(commandIds.start, 'db', 'api', 'web', 'broken', 'worker', 'board');
          await until(api, 'api waits', () => waitsToStart('api'));
          assert.deepEqual(await states('db', 'api', 'web'), ['running', 'created', 'created']);
          await fleet.exec(container('db'), ['/busybox', 'touch', '/ready']);
          await until(api, 'api no longer waits', () => !waitsToStart('api'));
          const report = await running;
          assert.deepEqual(results(report, 'db', 'api', 'web'), ['done', 'done', 'done']);
          const [one, two] = [await inspect('api'), await inspect('web')];
          const passed = await fleet.passed(container('db'));
          assert.ok(one.began > passed && two.began > one.began, `${passed} ${one.began} ${two.began}`);
          assert.deepEqual(results(report, 'broken', 'worker', 'board'), ['done', 'unhealthy', 'unhealthy']);
          assert.deepEqual(await states('broken', 'worker', 'board'), ['running', 'created', 'created']);
        });

        it('Start with Dependencies includes what a service depends on', async () => {
          await runOn(commandIds.stop, 'db', 'api', 'web');
          const report = await runOn(commandIds.startWithDependencies, 'web');
          assert.deepEqual(results(report, 'db', 'api', 'web'), ['done', 'done', 'done']);
          assert.ok((await inspect('api')).began > (await fleet.passed(container('db'))));
        });

        if (program === 'podman-compose') return;

        it('a restart includes the dependents that declare it', async () => {
          const before = await inspect('api');
          const report = await runOn(commandIds.restart, 'db');
          assert.deepEqual(results(report, 'db', 'api', 'web'), ['done', 'done', undefined]);
          const after = await inspect('api');
          assert.ok(after.began > before.began && after.began > (await fleet.passed(container('db'))));
        });

        it('a start waits until a migration has completed, and skips what depends on one that fails', async () => {
          const report = await runOn(commandIds.start, 'migrate', 'app', 'fails', 'shop');
          assert.deepEqual(results(report, 'app', 'shop'), ['done', 'ended']);
          assert.ok((await inspect('app')).began > (await inspect('migrate')).ended);
          assert.deepEqual(await states('app', 'shop'), ['running', 'created']);
        });
      });
    }
  }
});
