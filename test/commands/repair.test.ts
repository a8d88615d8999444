import { beforeEach, describe, expect, test, vi } from 'vitest';
import { ContainerGraph } from '../../src/graph/model/graph';
import { engineOf, type GraphEdge } from '../../src/graph/model/model';
import type { PodgraphService } from '../../src/service/service';
import { container, edge, key } from '../graph/build';

const showInformation = vi.fn();
const showWarning = vi.fn();
const typeInTerminal = vi.fn();
vi.mock('../../src/view/display', () => ({ showInformation, showWarning, typeInTerminal }));

const { repair } = await import('../../src/commands/repair');

const labels = {
  'com.docker.compose.project': 'shop',
  'com.docker.compose.service': 'web',
  'com.docker.compose.project.working_dir': '/srv/shop',
  'com.docker.compose.project.config_files': '/srv/shop/compose.yaml',
};
const toVpn: GraphEdge = { ...edge('web', 'vpn', 'depends-on'), propagatesRestart: true };

/** Repairs `web`, an orphan. Returns the answers that were offered. */
async function repairOrphan(isReplaced: boolean, isOfCompose: boolean) {
  const graph = ContainerGraph.build({
    containers: [container('web', isOfCompose ? { labels } : {}), ...(isReplaced ? [container('vpn')] : [])],
    pods: [],
    edges: [edge('web', 'gone', 'network'), ...(isReplaced ? [toVpn] : [])],
  });
  const engines = new Map([[engineOf(key('web')), { info: { type: 'docker' } }]]);
  const recreate = vi.fn();
  const runLifecycleAction = vi.fn();
  await repair([key('web')], {
    service: { snapshot: { graph, engines } } as unknown as PodgraphService,
    connections: { commandLine: (_, program) => ({ program, connection: [] }) },
    actions: { recreate, runLifecycleAction },
  });
  expect(runLifecycleAction).not.toHaveBeenCalled();
  const [message, ...offered] = showWarning.mock.calls[0] as string[];
  return { message, offered, recreate };
}

beforeEach(() => vi.resetAllMocks());

describe('the repair of an orphan', () => {
  test('offers to recreate it if its base was replaced, and does so only when asked', async () => {
    showWarning.mockResolvedValueOnce(undefined);
    const { message, offered, recreate } = await repairOrphan(true, false);
    expect(message).toContain("web: Can't start again: the vpn whose namespaces it shares was replaced.");
    expect(offered).toEqual(['Recreate']);
    expect(recreate).not.toHaveBeenCalled();
    showWarning.mockReset().mockResolvedValueOnce('Recreate');
    const asked = await repairOrphan(true, false);
    expect(asked.recreate).toHaveBeenCalledExactlyOnceWith({ chosen: [key('web')], isAll: false });
  });

  test('puts the command of compose into a terminal', async () => {
    showWarning.mockResolvedValueOnce('Show Command');
    const { offered, recreate } = await repairOrphan(true, true);
    expect(offered).toEqual(['Recreate', 'Show Command']);
    expect(recreate).not.toHaveBeenCalled();
    const command =
      'docker compose -p shop --project-directory /srv/shop -f /srv/shop/compose.yaml up -d --force-recreate --no-deps web';
    expect(typeInTerminal).toHaveBeenCalledExactlyOnceWith('web', command);
  });

  test('offers nothing without a new base', async () => {
    showWarning.mockResolvedValueOnce(undefined);
    expect((await repairOrphan(false, false)).offered).toEqual([]);
  });
});
