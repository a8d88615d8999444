import type { Point, Rect, Size } from '../../graph/layout/geometry';
import type { BoxKind } from '../../graph/layout/scene';
import { type Health, healthStates } from '../../graph/model/model';
import type { ResourceKind } from '../../graph/model/resources';
import { isObject, isStrings, type JsonObject } from '../../graph/model/untrusted';
import { type Shape, shapes, type Tone } from '../nodeShape';

// Messages between extension host and webview; both sides validate what they receive.

/** The presentation of a container or a box. */
export interface NodePresentation {
  /** Of the container or the box. */
  readonly key: string;
  readonly label: string;
  /** Its running operation, its failure, or its state unless that is plain; empty otherwise. */
  readonly status: string;
  /** The image of a container, the members of a box; empty where the status needs the space. */
  readonly subtitle: string;
  /** Its published ports, short: `:8080`; empty without. */
  readonly ports: string;
  /** The lines of its hover card, below its name. */
  readonly details: readonly string[];
  readonly shape: Shape;
  readonly tone: Tone;
  readonly isProtected: boolean;
  /** Undefined without a health check, and unless it runs. */
  readonly health: Health | undefined;
  readonly ariaLabel: string;
  /** Values for the `when` clauses of menus, separated by spaces. */
  readonly contextValues: string;
  /** The node itself, or the members of a box. */
  readonly nodes: readonly string[];
  /** Shown only as context of the filter's matches. */
  readonly isContext: boolean;
  /** Removed, and shown until the run ends. */
  readonly isRemoved: boolean;
}

export interface NodeModel extends NodePresentation, Rect {
  readonly kind: 'container' | BoxKind | ResourceKind;
  /** The expanded box that contains it. */
  readonly box: string | undefined;
  /** Undefined for containers and empty boxes. */
  readonly collapsed: boolean | undefined;
  /** Drawn as a single line: a member of a pod, and a resource. */
  readonly isRow: boolean;
}

/** Line styles of edges. */
export const edgeKinds = ['namespace', 'requires', 'volumes', 'order', 'detached', 'resource'] as const;
export type EdgeKind = (typeof edgeKinds)[number];

export interface EdgeModel {
  readonly from: string;
  readonly to: string;
  readonly hard: boolean;
  readonly kind: EdgeKind;
  /** SVG path data. */
  readonly path: string;
  /** The dependency as a clause: `shares net of base`. */
  readonly label: string;
  /** On the line: `net`. */
  readonly shortLabel: string;
  /** Center of the short label. */
  readonly labelAt: Point;
  /** Drawn only while one of its ends is hovered: the other end has too many edges. */
  readonly isOnDemand?: boolean;
}

export interface EngineModel extends Rect {
  readonly id: string;
  readonly label: string;
  /** Otherwise its last known state is shown. */
  readonly isConnected: boolean;
}

export interface GraphModel extends Size {
  readonly engines: readonly EngineModel[];
  /** Boxes precede their members. */
  readonly nodes: readonly NodeModel[];
  readonly edges: readonly EdgeModel[];
  /** All hard edges, hidden ones included, as [dependent, dependency]; members depend on their pod. */
  readonly dependencies: readonly (readonly [string, string])[];
  /** The notice for an empty graph. */
  readonly empty: string | undefined;
  /** Whether volumes, networks and images are shown; absent while they are not. */
  readonly hasResources?: true;
}

/** The plan in the open preview. */
export interface Overlay {
  /** Whether the nodes of the plan are removed. */
  readonly isRemoval: boolean;
  /** The step of each node of the plan, from 0. */
  readonly stepOf: readonly (readonly [string, number])[];
  /** The retain reason of each retained node. */
  readonly retained: readonly (readonly [string, string])[];
}

export type HostMessage =
  | {
      readonly type: 'draw';
      readonly model: GraphModel;
      /** All nodes were arranged again, so the view is fitted. */
      readonly isArranged: boolean;
    }
  | {
      readonly type: 'update';
      readonly presentations: readonly NodePresentation[];
      readonly removed: readonly string[];
    }
  | { readonly type: 'select'; readonly keys: readonly string[] }
  | { readonly type: 'plan'; readonly overlay: Overlay | undefined }
  /** The nodes of the hovered or focused row of the preview. */
  | { readonly type: 'hover'; readonly keys: readonly string[] }
  /** Progress of the active runs; empty if there are none. */
  | { readonly type: 'progress'; readonly text: string }
  /** How much the filter hides; empty without a filter. */
  | { readonly type: 'notice'; readonly text: string }
  | { readonly type: 'fit' };

export type CollapsedState = readonly (readonly [string, boolean])[];

export type WebviewMessage =
  /** The script has loaded. */
  | { readonly type: 'ready'; readonly collapsed: CollapsedState; readonly aspectRatio: number }
  | { readonly type: 'collapse'; readonly collapsed: CollapsedState }
  | { readonly type: 'select'; readonly keys: readonly string[] }
  /** The nodes under the pointer. */
  | { readonly type: 'hover'; readonly keys: readonly string[] }
  | { readonly type: 'open'; readonly key: string }
  | { readonly type: 'remove'; readonly keys: readonly string[] }
  /** Shows or hides volumes, networks and images. */
  | { readonly type: 'toggleResources' }
  /** `aspectRatio`: width to height of the view. */
  | { readonly type: 'resetLayout'; readonly aspectRatio: number };

const isText = (value: unknown): value is string => typeof value === 'string';
const isCollapsedState = (value: unknown): value is CollapsedState =>
  Array.isArray(value) &&
  value.every((pair) => Array.isArray(pair) && pair.length === 2 && isText(pair[0]) && typeof pair[1] === 'boolean');

const isRatio = (value: unknown): value is number => typeof value === 'number' && value > 0 && Number.isFinite(value);

/** @returns undefined for an invalid message */
export function parseWebviewMessage(message: unknown): WebviewMessage | undefined {
  if (!isObject(message)) return undefined;
  const { type, collapsed, keys, key, aspectRatio } = message;
  switch (type) {
    case 'ready':
      return isCollapsedState(collapsed) && isRatio(aspectRatio) ? { type, collapsed, aspectRatio } : undefined;
    case 'collapse':
      return isCollapsedState(collapsed) ? { type, collapsed } : undefined;
    case 'select':
    case 'hover':
    case 'remove':
      return isStrings(keys) ? { type, keys } : undefined;
    case 'toggleResources':
      return { type };
    case 'open':
      return isText(key) ? { type, key } : undefined;
    case 'resetLayout':
      return isRatio(aspectRatio) ? { type, aspectRatio } : undefined;
    default:
      return undefined;
  }
}

const isNodePresentation = (value: unknown): value is NodePresentation =>
  isObject(value) &&
  isText(value.key) &&
  isText(value.label) &&
  isText(value.status) &&
  isText(value.subtitle) &&
  isText(value.ports) &&
  isText(value.tone) &&
  isText(value.ariaLabel) &&
  isText(value.contextValues) &&
  isStrings(value.details) &&
  (shapes as readonly unknown[]).includes(value.shape) &&
  (value.health === undefined || (healthStates as readonly unknown[]).includes(value.health)) &&
  isStrings(value.nodes);
const isNumbers = (...values: unknown[]) => values.every((value) => Number.isFinite(value));
const isRect = (value: JsonObject) => isNumbers(value.x, value.y, value.width, value.height);
const isPair = (value: unknown) => Array.isArray(value) && value.length === 2 && isText(value[0]);

const isEdgeModel = (value: unknown) =>
  isObject(value) &&
  [value.from, value.to, value.path, value.label, value.shortLabel].every(isText) &&
  (edgeKinds as readonly unknown[]).includes(value.kind) &&
  isObject(value.labelAt) &&
  isNumbers(value.labelAt.x, value.labelAt.y);

function isGraphModel(value: unknown): value is GraphModel {
  if (!isObject(value) || !isNumbers(value.width, value.height)) return false;
  const { engines, nodes, edges, dependencies } = value;
  return (
    Array.isArray(engines) &&
    engines.every((one: unknown) => isObject(one) && isText(one.id) && isText(one.label) && isRect(one)) &&
    Array.isArray(nodes) &&
    nodes.every((one: unknown) => isObject(one) && isRect(one) && isNodePresentation(one)) &&
    Array.isArray(edges) &&
    edges.every(isEdgeModel) &&
    Array.isArray(dependencies) &&
    dependencies.every(isStrings)
  );
}

function isOverlay(value: unknown): value is Overlay {
  if (!isObject(value) || typeof value.isRemoval !== 'boolean') return false;
  const { stepOf, retained } = value;
  return Array.isArray(stepOf) && stepOf.every(isPair) && Array.isArray(retained) && retained.every(isPair);
}

/** @returns undefined for an invalid message */
export function parseHostMessage(message: unknown): HostMessage | undefined {
  if (!isObject(message)) return undefined;
  switch (message.type) {
    case 'draw':
      return isGraphModel(message.model) ? (message as unknown as HostMessage) : undefined;
    case 'update':
      return Array.isArray(message.presentations) &&
        message.presentations.every(isNodePresentation) &&
        isStrings(message.removed)
        ? (message as unknown as HostMessage)
        : undefined;
    case 'select':
    case 'hover':
      return isStrings(message.keys) ? { type: message.type, keys: message.keys } : undefined;
    case 'plan':
      return message.overlay === undefined || isOverlay(message.overlay)
        ? { type: 'plan', overlay: message.overlay }
        : undefined;
    case 'progress':
    case 'notice':
      return isText(message.text) ? { type: message.type, text: message.text } : undefined;
    case 'fit':
      return { type: 'fit' };
    default:
      return undefined;
  }
}
