import { libpod, type ScenarioContext, type Scenario } from '../scenario';

const filtered = (dangling: boolean) =>
  `filters=${encodeURIComponent(JSON.stringify({ dangling: [String(dangling)] }))}`;

/** Name of an anonymous volume, in use or dangling. */
async function anonymousVolume(context: ScenarioContext, isUsed: boolean): Promise<string> {
  const { json } = await context.send('GET', `${libpod}/volumes/json?${filtered(!isUsed)}`);
  const found = (json as { Name: string; Anonymous?: boolean }[]).find((volume) => volume.Anonymous);
  if (!found) throw new Error('there is no such volume');
  return found.Name;
}

export const volumes: readonly Scenario[] = [
  {
    name: 'volumes that no container uses',
    async play(context) {
      const spec = { volumes: [{ Name: 'data', Dest: '/data' }, { Dest: '/anon' }] };
      await context.container({ name: 'keeper', start: false, spec });
      const gone = await context.container({ name: 'gone', start: false, spec: { volumes: [{ Dest: '/anon' }] } });
      await context.send('DELETE', `${libpod}/containers/${gone}`);
      await context.send('POST', `${libpod}/volumes/create`, { Name: 'named', Labels: { tier: 'back' } });
      for (const is of [true, false]) await context.record('GET', `${libpod}/volumes/json?${filtered(is)}`);
      const [dangling, used] = [await anonymousVolume(context, false), await anonymousVolume(context, true)];
      for (const name of [dangling, used, 'nosuch']) {
        await context.record('GET', `${libpod}/volumes/${name}/exists`);
        await context.record('GET', `${libpod}/volumes/${name}/json`);
      }
      for (const name of [used, dangling, dangling]) await context.record('DELETE', `${libpod}/volumes/${name}`);
      await context.send('DELETE', `${libpod}/volumes/named`);
      context.recordResult('left', (await context.volumes()).length);
    },
  },
  {
    name: 'a volume that is made without a name',
    async play(context) {
      await context.record('POST', `${libpod}/volumes/create`, {});
      await context.record('GET', `${libpod}/volumes/json?${filtered(true)}`);
    },
  },
];
