import { EXITS_AT_ONCE } from '../../../../scripts/engines/fleet';
import { parseKey } from '../../../../src/graph/model/model';
import { listObjects } from '../engines';
import type { FaultKind, Stage } from '../stage';

const findObject = async ({ fleet }: Stage, name: string) =>
  [...(await listObjects(fleet.socket))].find(([key]) => parseKey(key).id === fleet.id(name))?.[1];

/** Another client makes a change between plan and run. */
function changeAfterPlan(name: string, on: FaultKind['on'], change: (stage: Stage) => Promise<boolean>): FaultKind {
  return {
    name: `${name} by another client after the plan`,
    on,
    prepare: async (stage) => {
      if (await change(stage)) stage.hit();
    },
  };
}

export const changesByOthers: readonly FaultKind[] = [
  changeAfterPlan('started', 'demo', async (stage) => {
    await stage.fleet.call('POST', `/containers/${stage.fleet.id('idle')}/start`);
    return (await findObject(stage, 'idle'))?.state === 'running';
  }),
  changeAfterPlan('paused', 'demo', async (stage) => {
    await stage.fleet.call('POST', `/containers/${stage.fleet.id('lone')}/pause`);
    return (await findObject(stage, 'lone'))?.state === 'paused';
  }),
  changeAfterPlan('stopped', 'demo', async (stage) => {
    await stage.fleet.call('POST', `/containers/${stage.fleet.id('mid')}/stop`);
    return (await findObject(stage, 'mid'))?.state === 'exited';
  }),
  changeAfterPlan('renamed', 'real', async (stage) => {
    await stage.fleet.call('POST', `/containers/${stage.fleet.id('lone')}/rename?name=${stage.fleet.name('renamed')}`);
    return (await findObject(stage, 'lone'))?.name === stage.fleet.name('renamed');
  }),
  changeAfterPlan('updated', 'real', async (stage) => {
    const memory = { limit: 64 * 1024 * 1024 };
    await stage.fleet.call('POST', `/containers/${stage.fleet.id('lone')}/update`, { memory });
    return true;
  }),
  changeAfterPlan('removed', 'demo', async (stage) => {
    await stage.fleet.call('DELETE', `/containers/${stage.fleet.id('lone')}?force=true&timeout=0`);
    return (await findObject(stage, 'lone')) === undefined;
  }),
  changeAfterPlan('replaced under the same name', 'real', async (stage) => {
    await stage.fleet.call('DELETE', `/containers/${stage.fleet.id('lone')}?force=true&timeout=0`);
    await stage.fleet.add({ name: 'lone' });
    return (await findObject(stage, 'lone'))?.name === stage.fleet.name('lone');
  }),
  changeAfterPlan('pod joined', 'real', async (stage) => {
    await stage.fleet.add({ name: 'newcomer', pod: 'pod', command: EXITS_AT_ONCE });
    return (await findObject(stage, 'newcomer')) !== undefined;
  }),
  changeAfterPlan('network joined', 'real', async (stage) => {
    await stage.fleet.add({ name: 'newcomer', network: 'base' });
    return (await findObject(stage, 'newcomer'))?.state === 'running';
  }),
];
