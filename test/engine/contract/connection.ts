import { expect } from 'vitest';
import { formatAddress } from '../../../src/engine/address';
import { systemClock } from '../../../src/clock';
import { createEngine } from '../../../src/engine/createEngine';
import { nodeKey } from '../../../src/graph/model/model';
import { contractTest, settledResult } from './contractContext';
import { byVersion, isDocker } from './engineVersion';

export function connection(): void {
  contractTest(
    '/_ping has type, version and API version in its headers, also on Docker-compatible paths',
    {},
    async ({ engine, running }) => {
      const info = await engine.connect();
      expect(info).toMatchObject({ type: running.flavour, version: running.version });
      expect(info.title).toBe(`${running.flavour} ${running.version}`);
      expect(info.apiVersion).toMatch(/^1\.\d+$/);
    },
  );

  contractTest('the version is that under test', {}, async ({ engine }) => {
    const expected = byVersion({
      'podman-4.3': /^4\.3\./,
      'podman-5': /^5\./,
      'podman-6': /^6\./,
      docker: /^(2[6-9]|[3-9]\d)\./,
      otherwise: /./,
    });
    expect((await engine.connect()).version).toMatch(expected);
  });

  contractTest('parallelism depends on the processors; Docker has no limit', {}, async (context) => {
    const info = (await context.raw('GET', '/info')).json as { readonly host?: { readonly cpus: number } };
    const cpus = info.host?.cpus;
    expect(await context.engine.parallelism()).toBe(isDocker ? undefined : Number(cpus) * 3 + 1);
  });

  contractTest('the identity is the same over another transport', {}, async ({ engine, address }) => {
    const another = createEngine({ id: 'another', address }, systemClock);
    try {
      expect(await another.identity()).toBe(await engine.identity());
      expect(await engine.identity()).toMatch(/\S{8}/);
    } finally {
      another.close();
    }
  });

  contractTest('capabilities follow from the version', {}, async ({ engine }) => {
    expect((await engine.connect()).capabilities).toEqual(
      byVersion({
        'podman-4.3': { pods: true, enforcesDependencies: true, killPreventsRestart: false },
        docker: { pods: false, enforcesDependencies: false, killPreventsRestart: true },
        otherwise: { pods: true, enforcesDependencies: true, killPreventsRestart: true },
      }),
    );
  });

  contractTest('/_ping is unversioned and returns OK', {}, async (context) => {
    expect(await context.plain('GET', '/_ping')).toMatchObject({ status: 200, text: 'OK' });
  });

  contractTest('/version agrees with the ping', {}, async (context) => {
    const { json } = await context.plain('GET', '/version');
    const info = await context.engine.connect();
    expect(json).toMatchObject({ ApiVersion: info.apiVersion });
    const version = (json as { Version: string }).Version;
    expect(version.startsWith(info.version)).toBe(true);
  });

  contractTest('only Podman has a Podman component in /version', {}, async (context) => {
    const { json } = await context.plain('GET', '/version');
    const names = (json as { Components: { Name: string }[] }).Components.map(({ Name }) => Name);
    expect(names.includes('Podman Engine')).toBe(context.running.flavour === 'podman');
  });

  contractTest('/libpod/_ping is unversioned, /libpod/version is not', { on: 'podman' }, async (context) => {
    expect(await context.plain('GET', '/libpod/_ping')).toMatchObject({ status: 200, text: 'OK' });
    expect((await context.plain('GET', '/libpod/version')).status).toBe(404);
  });

  contractTest('the prefix /v4.0.0/libpod is supported', { on: 'podman' }, async (context) => {
    const { status, json } = await context.plain('GET', '/v4.0.0/libpod/containers/json?all=true');
    expect(status).toBe(200);
    expect(Array.isArray(json)).toBe(true);
  });

  contractTest('libpod paths do not exist', { on: 'docker' }, async (context) => {
    expect((await context.plain('GET', '/v4.0.0/libpod/containers/json')).status).toBe(404);
  });

  contractTest('the first call connects', {}, async ({ address }) => {
    const engine = createEngine({ id: 'another', address }, systemClock);
    try {
      const nodes = await engine.listContainers();
      expect(nodes.every((node) => node.key.startsWith('another/container/'))).toBe(true);
    } finally {
      engine.close();
    }
  });

  contractTest('a closed engine rejects calls', {}, async ({ address }) => {
    const engine = createEngine({ id: 'closed', address }, systemClock);
    await engine.connect();
    engine.close();
    expect(await settledResult(engine.listContainers())).toBe('aborted');
  });

  contractTest('keys of another engine are refused', {}, async (context) => {
    const key = await context.container({ name: 'x', start: false });
    const id = (await context.listed(key)).id;
    const foreign = nodeKey('elsewhere', 'container', id);
    expect(await settledResult(context.engine.remove(foreign, { force: true }))).toBe('unsupported');
    expect(await context.engine.exists(key)).toBe(true);
  });

  contractTest('the endpoint is the address', {}, async ({ engine, address }) => {
    expect(engine.endpoint).toBe(formatAddress(address));
  });
}
