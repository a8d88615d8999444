import type { Engine } from '../../engine/engine';
import { EngineError } from '../../engine/error';
import type { Recipe } from '../../engine/recipe/recipe';
import type { ContainerGraph } from '../../graph/model/graph';
import { type EngineId, engineOf, nodeKey, type NodeKey } from '../../graph/model/model';
import { isAnonymousName } from '../../graph/model/resources';
import { asArray, asObject, asString } from '../../graph/model/untrusted';
import { type CurrentKey, currentIds, currentKeys } from '../../graph/plan/bringBack';
import type { RecipeProblem } from '../../graph/plan/recipeProblem';
import { type RemovalRecord, restoreKey } from './recipeFormat';
import { backupExists, type PendingVolume } from './restoreVolumes';

/** Requests in flight; the recipes of one batch are in memory at a time. */
const batchSize = 16;

export function* batchesOf(keys: readonly NodeKey[]) {
  for (let from = 0; from < keys.length; from += batchSize) yield keys.slice(from, from + batchSize);
}

/** The problems of creating these nodes from their recipes. Rejects with an `EngineError`. */
export async function findRecipeProblems(
  record: RemovalRecord,
  graph: ContainerGraph,
  keys: readonly NodeKey[],
  engineFor: (id: EngineId) => Engine | undefined,
): Promise<ReadonlyMap<NodeKey, readonly RecipeProblem[]>> {
  const planned = new Set(keys);
  for (const node of record.nodes)
    if (node.kind === 'pod' && node.infra && planned.has(node.key)) planned.add(node.infra);
  const currentKey = currentKeys(record, graph);
  const found = new Map<NodeKey, readonly RecipeProblem[]>();
  const check = async (key: NodeKey) => {
    const recipe = record.recipes.get(key);
    const engine = engineFor(engineOf(key));
    if (!recipe || !engine) return;
    const ofBackups = await backupProblems(record, key);
    if (ofBackups.length > 0) found.set(key, ofBackups);
    if (record.created.has(key) && currentKey(key) === record.created.get(key)) return;
    // A node of the same plan is created first, so its former id refers to it.
    const willExist: CurrentKey = (one) => currentKey(one) ?? (planned.has(one) ? one : undefined);
    try {
      const all = await engine.checkRecipe(recipe, currentIds(willExist, engineOf(key)));
      // After an interrupted creation, the name is that of the created node.
      const own = all.filter(({ kind }) =>
        // Other problems are reported by its unit.
        kind === 'nameTaken' ? !record.creating.has(key) : !record.units.has(key),
      );
      const isSaved = (volume: string) => record.backups.has(nodeKey(engineOf(key), 'volume', volume));
      const others = own.filter((one) => one.kind !== 'volumeMissing' || !isSaved(one.volume));
      const backups = withoutPresentVolumes(ofBackups, all, record, key);
      if (others.length + backups.length > 0) found.set(key, [...others, ...backups]);
    } catch (thrown) {
      const error = EngineError.from(thrown);
      if (error.reason !== 'unsupported') throw error;
      found.set(key, [{ kind: 'invalidRecipe', detail: error.detail }]);
    }
  };
  for (const batch of batchesOf(keys)) await Promise.all(batch.map(check));
  return found;
}

/** The saved volumes of a container whose content is not restored yet. */
export function pendingVolumes({ backups, recipes, restored }: RemovalRecord, key: NodeKey): readonly PendingVolume[] {
  if (backups.size === 0) return [];
  return [...mountsOf(recipes.get(key))].flatMap(([name, destination]) => {
    const volume = nodeKey(engineOf(key), 'volume', name);
    const backup = backups.get(volume);
    return backup && !restored.has(restoreKey(key, volume)) ? [{ backup, destination }] : [];
  });
}

async function backupProblems(record: RemovalRecord, key: NodeKey): Promise<readonly RecipeProblem[]> {
  const pending = pendingVolumes(record, key);
  return Promise.all(
    pending.map(async ({ backup }): Promise<RecipeProblem> => {
      return { kind: (await backupExists(backup)) ? 'backupFound' : 'backupMissing', file: backup.file };
    }),
  );
}

/** An existing named volume keeps its content, unless a node of this removal has created it again. */
function withoutPresentVolumes(
  ofBackups: readonly RecipeProblem[],
  problems: readonly RecipeProblem[],
  { recipes, backups, created, creating }: RemovalRecord,
  key: NodeKey,
): readonly RecipeProblem[] {
  const missing = new Set(problems.flatMap((one) => (one.kind === 'volumeMissing' ? [one.volume] : [])));
  const isOurs = (volume: string) =>
    [...recipes].some(([one, recipe]) => (created.has(one) || creating.has(one)) && mountsOf(recipe).has(volume));
  const kept = new Set(
    [...mountsOf(recipes.get(key)).keys()].flatMap((name) => {
      if (isAnonymousName(name) || missing.has(name) || isOurs(name)) return [];
      return backups.get(nodeKey(engineOf(key), 'volume', name))?.file ?? [];
    }),
  );
  return ofBackups.map((one) => ('file' in one && kept.has(one.file) ? { ...one, kind: 'backupUnused' } : one));
}

/** The destinations of a container's volumes, by name. */
function mountsOf(recipe: Recipe | undefined): ReadonlyMap<string, string> {
  const mounts = asArray(asObject(recipe?.inspect)['Mounts']).map(asObject);
  return new Map(mounts.map((mount) => [asString(mount['Name']), asString(mount['Destination'])]));
}
