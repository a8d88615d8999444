import type { NodeKey } from '../../graph/model/model';
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
}

/** What prevents or changes the creation from a recipe. */
export type RecipeProblem =
  /** `owner` is the id of the container or pod that has the name. */
  | { readonly kind: 'nameTaken'; readonly name: string; readonly owner: string }
  | { readonly kind: 'imageMissing'; readonly image: string }
  | { readonly kind: 'networkMissing'; readonly network: string }
  /** A named volume is created again, empty; an anonymous one is replaced by a new one. */
  | { readonly kind: 'volumeMissing'; readonly volume: string; readonly isAnonymous: boolean }
  | { readonly kind: 'secretMissing'; readonly secret: string }
  /** A running container has it. `port` is `8080/tcp`, `owner` that container's name. */
  | { readonly kind: 'portInUse'; readonly port: string; readonly owner: string }
  /** A container that it depends on, or its pod, exists no more and is not created either. */
  | { readonly kind: 'dependencyMissing'; readonly id: string }
  /** The engine's inspect does not contain the field's value, so it is lost or set to a default. */
  | { readonly kind: 'notRestored'; readonly field: string }
  /** The recipe is from another engine type or major version. */
  | { readonly kind: 'otherEngine'; readonly title: string };

/** Whether a problem prevents the creation, only a later start, or nothing. */
export function problemEffect({ kind }: RecipeProblem): 'creation' | 'start' | 'none' {
  switch (kind) {
    case 'nameTaken':
    case 'imageMissing':
    case 'networkMissing':
    case 'secretMissing':
    case 'dependencyMissing':
      return 'creation';
    case 'portInUse':
      return 'start';
    case 'volumeMissing':
    case 'notRestored':
    case 'otherEngine':
      return 'none';
  }
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

/** Creation of containers and pods from recipes. */
export interface RecipeOperations {
  /** Reads the recipe of a container or pod; one request, two for a pod with an infra container. */
  readRecipe(key: NodeKey, options?: CallOptions): Promise<Recipe>;

  /** What is in the way of a creation now; changes nothing. */
  checkRecipe(recipe: Recipe, idOf: IdOf, options?: CallOptions): Promise<readonly RecipeProblem[]>;

  /**
   * Creates a container or pod and does not start it. Rejects with `unsupported` for an invalid recipe. If a later step
   * of the creation fails, nothing remains.
   */
  createFromRecipe(recipe: Recipe, idOf: IdOf, options?: CallOptions): Promise<CreatedNode>;
}
