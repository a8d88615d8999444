import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import { isActive, parseKey } from '../../../src/graph/model/model';
import { isSuccess } from '../../../src/graph/plan/report';
import { privateFiles, type Service } from '../../../src/service';
import { nullLog } from '../../silent';
import { conformanceTest, container, isDocker, pod, raw, window } from './fixture';

/**
 * Nodes by name with state and dependencies, without ids. Not with the kinds of dependencies: Podman's inspect response
 * has the namespaces that a member shares with its pod only after its first start.
 */
function shapeOf(service: Service): Record<string, string> {
  const { graph } = service.snapshot;
  const lines = [...graph.nodes.values()].map((node): [string, string] => {
    const edges = graph.dependencies(node.key).map(({ to }) => graph.get(to)?.name ?? '?');
    const state = node.kind === 'pod' ? 'pod' : isActive(node.state) ? 'up' : 'down';
    return [node.name, [state, ...edges.sort()].join(', ')];
  });
  return Object.fromEntries(lines.sort(([one], [other]) => one.localeCompare(other)));
}

async function labelsOf(name: string): Promise<unknown> {
  const { json } = await raw('GET', `/containers/${name}/json`);
  return (json as { Config?: { Labels?: unknown } }).Config?.Labels;
}

export function bringBack(): void {
  conformanceTest('what was removed comes back as it was, also for its retained dependents', 'everywhere', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'podgraph-recipes-'));
    const recipes = { files: privateFiles(folder), retentionMs: () => 1e9 };
    const service = window('auto', nullLog, recipes);
    try {
      const base = await container({ name: 'base', labels: { tier: 'one' } });
      await container({ name: 'middle', network: 'base', labels: { tier: 'two' } });
      await container({ name: 'top', network: 'middle', start: false });
      if (!isDocker) {
        await pod('group');
        await container({ name: 'member', pod: 'group' });
        await container({ name: 'idle', pod: 'group', start: false });
      }
      await service.refresh();
      const before = shapeOf(service);
      const labels = await labelsOf('middle');
      // First all, then only what stays connected to `base`.
      for (const stays of [false, true]) {
        const chosen = [...service.snapshot.graph.nodes.values()].flatMap(({ key, name }) =>
          stays && name === 'base' ? [] : [key],
        );
        const options = { dependents: 'include', running: 'stop', stopTimeout: 0 } as const;
        const plan = await service.plan({ chosen, isAll: false }, options);
        await service.run(plan).done;
        const again = { ...options, action: 'bringBack', removal: plan.id } as const;
        const back = await service.plan({ chosen, isAll: false }, again);
        expect(back.retained).toEqual([]);
        const report = await service.run(back).done;
        const failed = [...report.nodes.values()].filter(({ outcome }) => !isSuccess(outcome));
        expect(failed.map(({ node, outcome }) => [node.name, outcome])).toEqual([]);
        await service.refresh();
        expect(shapeOf(service)).toEqual(before);
        expect(await labelsOf('middle')).toEqual(labels);
      }
      expect((await raw('GET', `/containers/${parseKey(base).id}/json`)).status).toBe(404);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
