import { l10n } from 'vscode';
import { EngineError } from '../engine/error';
import type { NodeKey } from '../graph/model/model';
import type { PodgraphService } from '../service/service';
import { showWarning, withViewProgress } from '../view/display';
import { viewIds } from '../view/ids';
import { engineName } from '../view/text/engines';
import { plainMessage, plainText } from '../view/text/format';
import { failureText } from '../view/text/outcome';
import type { ViewFilter } from '../view/viewFilter';

/** Measures all volumes. The engine reads their files; a size stays unknown if that takes too long. */
export async function measureShownSizes(service: PodgraphService, viewFilter: ViewFilter): Promise<void> {
  const sizes = new Map<NodeKey, number>();
  const { snapshot } = service;
  const measure = async (id: string) => {
    try {
      for (const [key, size] of (await service.inspector(id)?.measureSizes()) ?? []) sizes.set(key, size);
    } catch (thrown) {
      const { reason, detail } = EngineError.from(thrown);
      const name = plainText(engineName(id, snapshot));
      void showWarning(
        plainMessage(l10n.t("Can't get the sizes of volumes of {0}: {1}.", name, failureText(reason, detail))),
      );
    }
  };
  const live = [...snapshot.engines.values()].filter(({ state }) => state === 'live');
  const done = Promise.all(live.map(({ id }) => measure(id))).then(() => undefined);
  withViewProgress(viewIds.tree, () => done);
  await done;
  viewFilter.setSizes(sizes);
}
