import { libpod, type ScenarioContext, type Scenario } from '../situation';

const compat = '/v1.41';
const filtered = (dangling: boolean) =>
  `filters=${encodeURIComponent(JSON.stringify({ dangling: [String(dangling)] }))}`;

/** A volume that nobody named: of a container that is there, or of one that is gone. */
async function anonymous(lab: ScenarioContext, isUsed: boolean): Promise<string> {
  const { json } = await lab.do('GET', `${libpod}/volumes/json?${filtered(!isUsed)}`);
  const found = (json as { Name: string; Anonymous?: boolean }[]).find((volume) => volume.Anonymous);
  if (!found) throw new Error('there is no such volume');
  return found.Name;
}

/** Reading and deleting volumes, by libpod's paths and by Docker's. */
export const volumes: readonly Scenario[] = [
  {
    name: 'volumes that no container uses',
    async play(lab) {
      const spec = { volumes: [{ Name: 'data', Dest: '/data' }, { Dest: '/anon' }] };
      await lab.container({ name: 'keeper', start: false, spec });
      const gone = await lab.container({ name: 'gone', start: false, spec: { volumes: [{ Dest: '/anon' }] } });
      await lab.do('DELETE', `${libpod}/containers/${gone}`);
      await lab.do('POST', `${libpod}/volumes/create`, { Name: 'named', Labels: { tier: 'back' } });
      for (const is of [true, false]) {
        await lab.record('GET', `${libpod}/volumes/json?${filtered(is)}`);
        await lab.record('GET', `${compat}/volumes?${filtered(is)}`);
      }
      await lab.record('GET', `${compat}/volumes`);
      const [left, used] = [await anonymous(lab, false), await anonymous(lab, true)];
      for (const name of [left, used, 'nosuch']) {
        await lab.record('GET', `${libpod}/volumes/${name}/exists`);
        await lab.record('GET', `${libpod}/volumes/${name}/json`);
        await lab.record('GET', `${compat}/volumes/${name}`);
      }
      for (const name of [used, left, left]) await lab.record('DELETE', `${libpod}/volumes/${name}`);
      for (const name of [used, 'named', 'nosuch']) await lab.record('DELETE', `${compat}/volumes/${name}`);
      lab.note('left', (await lab.volumes()).length);
    },
  },
  {
    name: 'a volume that is made without a name',
    async play(lab) {
      await lab.record('POST', `${libpod}/volumes/create`, {});
      await lab.record('GET', `${libpod}/volumes/json?${filtered(true)}`);
    },
  },
];
