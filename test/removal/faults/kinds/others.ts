import { EXITS_AT_ONCE } from '../../../../scripts/engines/fleet';
import { keyDeps } from '../../../../src/graph/model/model';
import { held } from '../engines';
import type { FaultKind, Stage } from '../stage';

const seen = async ({ fleet }: Stage, name: string) =>
  [...(await held(fleet.socket))].find(([key]) => keyDeps(key).id === fleet.id(name))?.[1];

/** Another client changes something between the plan and the run. */
function meanwhile(name: string, on: FaultKind['on'], change: (stage: Stage) => Promise<boolean>): FaultKind {
  return {
    name: `${name} by others after the plan`,
    on,
    prepare: async (stage) => {
      if (await change(stage)) stage.hit();
    },
  };
}

export const changesByOthers: readonly FaultKind[] = [
  meanwhile('started', 'demo', async (stage) => {
    await stage.fleet.call('POST', `/containers/${stage.fleet.id('idle')}/start`);
    return (await seen(stage, 'idle'))?.state === 'running';
  }),
  meanwhile('paused', 'demo', async (stage) => {
    await stage.fleet.call('POST', `/containers/${stage.fleet.id('lone')}/pause`);
    return (await seen(stage, 'lone'))?.state === 'paused';
  }),
  meanwhile('stopped', 'demo', async (stage) => {
    await stage.fleet.call('POST', `/containers/${stage.fleet.id('mid')}/stop`);
    return (await seen(stage, 'mid'))?.state === 'exited';
  }),
  meanwhile('renamed', 'real', async (stage) => {
    await stage.fleet.call('POST', `/containers/${stage.fleet.id('lone')}/rename?name=${stage.fleet.name('renamed')}`);
    return (await seen(stage, 'lone'))?.name === stage.fleet.name('renamed');
  }),
  meanwhile('updated', 'real', async (stage) => {
    const memory = { limit: 64 * 1024 * 1024 };
    await stage.fleet.call('POST', `/containers/${stage.fleet.id('lone')}/update`, { memory });
    return true;
  }),
  meanwhile('removed', 'demo', async (stage) => {
    await stage.fleet.call('DELETE', `/containers/${stage.fleet.id('lone')}?force=true&timeout=0`);
    return (await seen(stage, 'lone')) === undefined;
  }),
  meanwhile('replaced under the same name', 'real', async (stage) => {
    await stage.fleet.call('DELETE', `/containers/${stage.fleet.id('lone')}?force=true&timeout=0`);
    await stage.fleet.add({ name: 'lone' });
    return (await seen(stage, 'lone'))?.name === stage.fleet.name('lone');
  }),
  meanwhile('pod joined', 'real', async (stage) => {
    await stage.fleet.add({ name: 'newcomer', pod: 'pod', command: EXITS_AT_ONCE });
    return (await seen(stage, 'newcomer')) !== undefined;
  }),
  meanwhile('network joined', 'real', async (stage) => {
    await stage.fleet.add({ name: 'newcomer', network: 'base' });
    return (await seen(stage, 'newcomer'))?.state === 'running';
  }),
];
