import assert from 'node:assert/strict';
import type { PodgraphApi } from '../../src/extension';
import type { Report } from '../../src/graph/plan/report';
import { commandIds } from '../../src/view/ids';
import { EXITS_AT_ONCE } from '../../scripts/engines/fleet';
import type { EngineFleet } from './engineFleet';
import { engineTimeout, filledEngines, nameOf, TreeElements } from './onEngines';
import { outcomes } from './userDriver';
import { answer, run, until } from './podgraph';

const labels = (project: string, service: string, dependsOn = '') => ({
  'com.docker.compose.project': project,
  'com.docker.compose.service': service,
  'com.docker.compose.depends_on': dependsOn,
});

const notReady = { test: ['/busybox', 'false'], retries: 2 };

/** Compose projects as docker compose creates them, none of them started. */
async function fill(fleet: EngineFleet): Promise<void> {
  const create = (name: string, project: string, dependsOn: string, more: object = {}) =>
    fleet.container({ name, labels: labels(project, name, dependsOn), start: false, ...more });
  await create('db', 'ready', '', { healthCheck: { test: ['/busybox', 'test', '-f', '/ready'], retries: 60 } });
  await create('api', 'ready', 'db:service_healthy:false');
  await create('web', 'ready', 'api:service_started:false');
  await create('db-2', 'broken', '', { healthCheck: notReady });
  await create('api-2', 'broken', 'db-2:service_healthy:false');
  await create('web-2', 'broken', 'api-2:service_started:false');
  await create('migrate', 'shop', '', { command: EXITS_AT_ONCE });
  await create('shop', 'shop', 'migrate:service_completed_successfully:false');
  await create('migrate-2', 'shop', '', { command: ['/busybox', 'false'] });
  await create('shop-2', 'shop', 'migrate-2:service_completed_successfully:false');
  await create('slow', 'slow', '', { healthCheck: { ...notReady, retries: 60 } });
  await create('impatient', 'slow', 'slow:service_healthy:false');
}

describe('conditions of dependencies', function () {
  this.timeout(engineTimeout);
  let api: PodgraphApi;
  const fleets = filledEngines(fill, (given) => (api = given));

  const phaseOf = (name: string, fleet: EngineFleet) =>
    [...api.service.runs.values()]
      .flatMap(({ progress }) => [...progress.active])
      .find(([key]) => key.endsWith(fleet.idOf(name)))?.[1].phase;
  const reasonOf = (report: Report | undefined, name: string) => {
    const outcome = [...(report?.nodes.values() ?? [])].find(({ node }) => node.name === name)?.outcome;
    return outcome?.kind === 'skipped' ? outcome.unmet?.kind : outcome?.kind;
  };

  for (const fleet of fleets) {
    describe(`on ${nameOf(fleet)}`, () => {
      const startAllOf = (...names: string[]) => {
        answer(api, (label) => /^(Start|Stop|Restart) \d+$|^Include /.test(label));
        const elements = new TreeElements(api, fleet);
        const chosen = names.map((name) => elements.of(name));
        return run(commandIds.start, chosen[0], chosen);
      };

      it('starts a service after its dependency is healthy', async () => {
        const running = startAllOf('db', 'api', 'web');
        await until(api, 'api waits', () => phaseOf('api', fleet) === 'waitingForCondition');
        assert.equal((await fleet.inspect('api')).state, 'created');
        const touched = Date.now();
        // The check of the demo engine needs no file.
        if (!nameOf(fleet).startsWith('demo')) await fleet.exec('db', ['/busybox', 'touch', '/ready']);
        assert.deepEqual(outcomes(await running), { db: 'done', api: 'done', web: 'done' });
        const [one, two] = [await fleet.inspect('api'), await fleet.inspect('web')];
        assert.ok(one.began >= touched && two.began >= one.began, `${touched} ${one.began} ${two.began}`);
      });

      it('starts dependencies that compose declares, with a service', async () => {
        answer(api, (label) => /^(Start|Stop) \d+$|^Include /.test(label));
        const elements = new TreeElements(api, fleet);
        await run(
          commandIds.stop,
          elements.of('web'),
          ['web', 'api', 'db'].map((name) => elements.of(name)),
        );
        const running = run(commandIds.startWithDependencies, elements.of('web'));
        if (!nameOf(fleet).startsWith('demo')) {
          await until(api, 'db runs', () => phaseOf('api', fleet) === 'waitingForCondition');
          await fleet.exec('db', ['/busybox', 'touch', '/ready']);
        }
        assert.deepEqual(outcomes(await running), { db: 'done', api: 'done', web: 'done' });
      });

      it('skips what depends on an unhealthy service, with the reason', async () => {
        const report = await startAllOf('db-2', 'api-2', 'web-2');
        assert.equal(reasonOf(report, 'db-2'), 'done');
        assert.equal(reasonOf(report, 'api-2'), 'unhealthy');
        assert.equal(reasonOf(report, 'web-2'), 'unhealthy');
        assert.deepEqual(await fleet.states(['db-2', 'api-2', 'web-2']), {
          'db-2': 'running',
          'api-2': 'created',
          'web-2': 'created',
        });
      });

      it('starts a service after a migration that succeeds, and none after one that fails', async () => {
        const report = await startAllOf('migrate', 'shop', 'migrate-2', 'shop-2');
        assert.equal(reasonOf(report, 'shop'), 'done');
        assert.equal(reasonOf(report, 'shop-2'), 'ended');
        assert.deepEqual(await fleet.states(['shop', 'shop-2']), { shop: 'running', 'shop-2': 'created' });
      });

      it('starts anyway on request', async () => {
        const running = startAllOf('slow', 'impatient');
        await until(api, 'impatient waits', () => phaseOf('impatient', fleet) === 'waitingForCondition');
        await run(commandIds.startAnyway);
        assert.deepEqual(outcomes(await running), { slow: 'done', impatient: 'done' });
      });

      it('a cancel ends the wait', async () => {
        const elements = new TreeElements(api, fleet);
        answer(api, (label) => /^(Start|Stop) \d+$|^Include /.test(label));
        await run(
          commandIds.stop,
          elements.of('impatient'),
          ['impatient', 'slow'].map((name) => elements.of(name)),
        );
        const running = startAllOf('slow', 'impatient');
        await until(api, 'impatient waits', () => phaseOf('impatient', fleet) === 'waitingForCondition');
        await run(commandIds.cancel);
        assert.deepEqual(outcomes(await running), { slow: 'done', impatient: 'notAttempted' });
        assert.equal((await fleet.inspect('impatient')).state, 'exited');
      });
    });
  }
});
