import type { Readable } from 'node:stream';
import type { NodeKey } from '../../graph/model/model';
import type { RecipeProblem } from '../../graph/plan/recipeProblem';
import type { CallOptions } from '../engine';

/** What is needed to create a container or pod again. Environment variables in it may be secret: never log or show it. */
export interface Recipe {
  readonly kind: 'container' | 'pod';
  readonly id: string;
  readonly name: string;
  /** `4.3.1` */
  readonly engine: { readonly name: 'podman' | 'docker'; readonly version: string };
  readonly wasRunning: boolean;
  /** The engine's own inspect response; JSON, untrusted. That of a pod's infra container is its field `Infra`. */
  readonly inspect: unknown;
  /** Networks and named volumes that were removed with it; those that are missing are created before it. */
  readonly resources?: readonly ResourceRecipe[] | undefined;
}

/** What is needed to create a network, or an empty volume, again. */
export interface ResourceRecipe {
  readonly kind: 'network' | 'volume';
  readonly name: string;
  /** As in `Recipe`. */
  readonly inspect: unknown;
}

/** The present id of a container or pod that a recipe refers to by its former one; undefined if there is none. */
export type IdOf = (formerId: string) => string | undefined;

export interface CreatedNode {
  readonly id: string;
  /** New ids by former id: the node's own, and that of a pod's infra container. */
  readonly ids: ReadonlyMap<string, string>;
  /** Fields that differ from the recipe, beyond those that differ between any two containers: `HostConfig.Memory`. */
  readonly differences: readonly string[];
}

export interface CreateFromRecipeOptions extends CallOptions {
  /** Use the image that the recipe's image name means now, with its defaults; otherwise the same image as before. */
  readonly newestImage?: boolean | undefined;
}

/** Creation of containers and pods from recipes. */
export interface RecipeOperations {
  /** Reads the recipe of a container or pod; one request, two for a pod with an infra container. */
  readRecipe(key: NodeKey, options?: CallOptions): Promise<Recipe>;

  /** Reads what is needed to create a network or volume again. */
  readResource(key: NodeKey, options?: CallOptions): Promise<ResourceRecipe>;

  /** Problems that a creation would have now; changes nothing. */
  checkRecipe(recipe: Recipe, idOf: IdOf, options?: CallOptions): Promise<readonly RecipeProblem[]>;

  /**
   * Creates a container or pod and does not start it. Rejects with `unsupported` for an invalid recipe. If a later step
   * of the creation fails, nothing remains.
   */
  createFromRecipe(recipe: Recipe, idOf: IdOf, options?: CreateFromRecipeOptions): Promise<CreatedNode>;

  /**
   * Reads a volume that a container mounts, running or not, as a tar with names relative to the mount. An engine that fails
   * meanwhile may just end it: the reader must check that the tar is complete.
   */
  readVolume(container: NodeKey, volume: string, options: ReadOptions): Promise<void>;

  /**
   * Extracts a tar from `readVolume` into a volume of a container that was not started yet. Files that the image has there
   * and the tar has not remain. Ends early, with a part of the files, when aborted.
   */
  writeVolume(container: NodeKey, volume: string, options: WriteOptions): Promise<void>;
}

export interface ReadOptions {
  readonly signal: AbortSignal;
  /** Reading pauses until it resolves. */
  readonly onChunk: (chunk: Uint8Array) => Promise<void>;
}

export interface WriteOptions {
  readonly signal: AbortSignal;
  /** Destroyed at the end. */
  readonly content: Readable;
}
