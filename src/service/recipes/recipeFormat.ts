import type { Recipe } from '../../engine/recipe/recipe';
import {
  type ContainerDetails,
  type ContainerNode,
  containerStates,
  type EdgeReason,
  type EngineId,
  engineOf,
  type GraphEdge,
  type GraphNode,
  type NodeKey,
  parseKey,
} from '../../graph/model/model';
import {
  asArray,
  asLabels,
  asNumber,
  asObject,
  asString,
  asStrings,
  isObject,
  isStrings,
  tryParseJson,
} from '../../graph/model/untrusted';
import type { RemovedNodes } from '../../graph/plan/bringBack';
import type { Backup, NodeCounts } from '../../graph/plan/report';
import { isBackup } from '../journal/journalFormat';
import type { RecordedRemoval } from '../service';
import type { UnitRecipe } from './bringBackManaged';

/** Files of another format are ignored. */
const format = 1;

/** The lines of a file: the removal, recipes, `complete`, and then what was saved, created and restored. */
export type RecipeLine =
  | {
      readonly type: 'removal';
      readonly format: number;
      readonly id: string;
      readonly completes?: string | undefined;
      readonly at: number;
      readonly counts: Partial<NodeCounts>;
      readonly engines: readonly { readonly id: EngineId; readonly label: string }[];
      readonly keys: readonly NodeKey[];
      readonly nodes: readonly GraphNode[];
      readonly edges: readonly GraphEdge[];
    }
  | { readonly type: 'recipe'; readonly key: NodeKey; readonly recipe: Recipe }
  | { readonly type: 'unit'; readonly key: NodeKey; readonly unit: UnitRecipe }
  /** All recipes are on disk; without this line, nothing was removed. */
  | { readonly type: 'complete' }
  /** A volume was saved, and may have been deleted after that. */
  | { readonly type: 'saved'; readonly backup: Backup }
  /** The content of a volume was put into the one that the container mounts now. */
  | { readonly type: 'restored'; readonly key: NodeKey; readonly volume: NodeKey; readonly name: string }
  /** Requests to create these nodes may have been sent. */
  | { readonly type: 'creating'; readonly keys: readonly NodeKey[] }
  /** They were rejected. */
  | { readonly type: 'notCreated'; readonly keys: readonly NodeKey[] }
  | { readonly type: 'created'; readonly keys: readonly (readonly [former: NodeKey, present: NodeKey])[] };

/** A removal without its recipes. */
export interface RemovalHeader extends RecordedRemoval, Pick<RemovedNodes, 'nodes' | 'edges'> {
  /** The id of the removal whose first run it completed. */
  readonly completes?: string | undefined;
}

/** A removal with its recipes. */
export interface RemovalRecord extends RemovalHeader, RemovedNodes {
  readonly recipes: ReadonlyMap<NodeKey, Recipe>;
  readonly units: ReadonlyMap<NodeKey, UnitRecipe>;
  readonly created: Map<NodeKey, NodeKey>;
  /** Nodes for which a creation may have been sent, without a recorded response. */
  readonly creating: Set<NodeKey>;
  /** By volume; the last one of several. */
  readonly backups: ReadonlyMap<NodeKey, Backup>;
  /** Current names by former container and volume, see `restoreKey`. */
  readonly restored: Map<string, string>;
}

export function restoreKey(container: NodeKey, volume: NodeKey): string {
  return `${container} ${volume}`;
}

export function toRemovalLine(removal: Omit<Extract<RecipeLine, { type: 'removal' }>, 'type' | 'format'>): RecipeLine {
  return { type: 'removal', format, ...removal };
}

export function serializeRecipeLine(line: RecipeLine): string {
  return `${JSON.stringify(line)}\n`;
}

const completeLine = serializeRecipeLine({ type: 'complete' });

/** The removal without its recipes; undefined if the file is invalid or incomplete. */
export function parseSummary(text: string): RemovalHeader | undefined {
  if (!text.includes(`\n${completeLine}`)) return undefined;
  return parseHeader(text.slice(0, text.indexOf('\n')));
}

/** The file is untrusted: an invalid line costs only itself. Undefined if the file is invalid or incomplete. */
export function parseRecord(text: string): RemovalRecord | undefined {
  const header = text.includes(`\n${completeLine}`) ? parseHeader(text.slice(0, text.indexOf('\n'))) : undefined;
  if (!header) return undefined;
  const known = new Set(header.nodes.map(({ key }) => key));
  const recipes = new Map<NodeKey, Recipe>();
  const units = new Map<NodeKey, UnitRecipe>();
  const created = new Map<NodeKey, NodeKey>();
  const creating = new Set<NodeKey>();
  const backups = new Map<NodeKey, Backup>();
  const restored = new Map<string, string>();
  for (const line of text.split('\n').slice(1)) {
    const parsed = asObject(tryParseJson(line));
    const { key, keys, recipe, unit, backup, volume, name } = parsed;
    if (parsed['type'] === 'saved' && isBackup(backup)) backups.set(backup.volume, backup);
    if (parsed['type'] === 'restored' && isKey(key) && typeof name === 'string')
      restored.set(restoreKey(key, volume as NodeKey), name);
    if (parsed['type'] === 'recipe' && isKey(key) && known.has(key) && isRecipeOf(recipe, key))
      recipes.set(key, recipe);
    if (parsed['type'] === 'unit' && isKey(key) && known.has(key) && isUnitRecipe(unit)) units.set(key, unit);
    for (const one of asArray(keys)) {
      if (parsed['type'] === 'creating' && isKey(one)) creating.add(one);
      if (parsed['type'] === 'notCreated' && isKey(one)) creating.delete(one);
      if (parsed['type'] !== 'created' || !isPair(one)) continue;
      created.set(...one);
      creating.delete(one[0]);
    }
  }
  return { ...header, recipes, units, created, creating, backups, restored, unrestored: new Set() };
}

function parseHeader(line: string): RemovalHeader | undefined {
  const { type, format: version, id, at, completes, ...header } = asObject(tryParseJson(line));
  const { counts, engines, nodes, edges, keys: removed } = header;
  const { pods, containers, units, volumes } = asObject(counts);
  if (type !== 'removal' || version !== format || typeof id !== 'string' || !isCount(at)) return undefined;
  return {
    id,
    at,
    completes: typeof completes === 'string' ? completes : undefined,
    keys: asArray(removed).filter(isKey),
    counts: {
      pods: asNumber(pods) ?? 0,
      containers: asNumber(containers) ?? 0,
      units: asNumber(units) ?? 0,
      volumes: asNumber(volumes) ?? 0,
    },
    engines: asArray(engines).map((one) => ({
      id: asString(asObject(one)['id']),
      label: asString(asObject(one)['label']),
    })),
    nodes: asArray(nodes).flatMap(parseNode),
    edges: asArray(edges).flatMap(parseEdge),
  };
}

const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

function isKey(value: unknown): value is NodeKey {
  return typeof value === 'string' && /^[^/]+\/(container|pod)\/[^/]+$/.test(value);
}

function isPair(value: unknown): value is readonly [NodeKey, NodeKey] {
  const [former, present, ...more] = asArray(value);
  return isKey(former) && isKey(present) && more.length === 0 && engineOf(former) === engineOf(present);
}

/** A recipe must be of the node that it is stored for: the plan shows that node's name. */
function isRecipeOf(value: unknown, key: NodeKey): value is Recipe {
  const { kind, id, name, engine, wasRunning, inspect } = asObject(value);
  const { name: type, version } = asObject(engine);
  return (
    kind === parseKey(key).kind &&
    id === parseKey(key).id &&
    typeof name === 'string' &&
    (type === 'podman' || type === 'docker') &&
    typeof version === 'string' &&
    typeof wasRunning === 'boolean' &&
    isObject(inspect)
  );
}

/** Name and path are checked again before they reach a command line. */
function isUnitRecipe(value: unknown): value is UnitRecipe {
  const { name, machine, quadlet } = asObject(value);
  const { path, text } = asObject(quadlet);
  const isFile = quadlet === undefined || (typeof path === 'string' && typeof text === 'string');
  return typeof name === 'string' && typeof machine === 'string' && isFile;
}

function parseNode(value: unknown): GraphNode[] {
  const one = asObject(value);
  const { key, name, state, pod, infra } = one;
  if (!isKey(key) || typeof name !== 'string' || parseKey(key).kind !== one['kind']) return [];
  const { id } = parseKey(key);
  const common = { key, id, name, createdAt: asNumber(one['createdAt']), labels: asLabels(one['labels']) };
  if (parseKey(key).kind === 'pod') {
    return [{ kind: 'pod', ...common, state: 'empty', infra: isKey(infra) ? infra : undefined }];
  }
  const container: ContainerNode = {
    kind: 'container',
    ...common,
    state: containerStates.find((one) => one === state) ?? 'exited',
    image: asString(one['image']),
    startedAt: undefined,
    exitCode: undefined,
    pod: isKey(pod) ? pod : undefined,
    podName: undefined,
    isInfra: one['isInfra'] === true,
    isKubeService: one['isKubeService'] === true,
    ports: asStrings(one['ports']),
    details: parseDetails(one['details']),
    unlisted: false,
  };
  return [container];
}

function parseDetails(value: unknown): ContainerDetails | undefined {
  if (!isObject(value)) return undefined;
  const { stopSignal, restartPolicy, autoRemove, initContainer, healthCheck } = value;
  const { interval, timeout, startPeriod, retries } = asObject(healthCheck);
  const check = { interval, timeout, startPeriod, retries };
  return {
    stopTimeout: 0,
    stopSignal: asString(stopSignal),
    restartPolicy: asString(restartPolicy),
    autoRemove: autoRemove === true,
    initContainer: initContainer === 'always' || initContainer === 'once' ? initContainer : undefined,
    healthCheck: Object.values(check).every(isCount) ? (check as ContainerDetails['healthCheck']) : undefined,
    anonymousVolumes: asStrings(value['anonymousVolumes']),
    namedVolumes: asStrings(value['namedVolumes']),
  };
}

function parseEdge(value: unknown): GraphEdge[] {
  const { from, to, reasons, condition } = asObject(value);
  if (!isKey(from) || !isKey(to) || engineOf(from) !== engineOf(to) || !isStrings(reasons)) return [];
  const isKnown = condition === 'started' || condition === 'healthy' || condition === 'completed';
  return [{ from, to, reasons: reasons as readonly EdgeReason[], condition: isKnown ? condition : undefined }];
}
