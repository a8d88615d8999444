/** What prevents or changes the creation from a recipe. */
export type RecipeProblem =
  /** `owner` is the id of the container or pod that has the name. */
  | { readonly kind: 'nameTaken'; readonly name: string; readonly owner: string }
  | { readonly kind: 'imageMissing'; readonly image: string }
  | { readonly kind: 'networkMissing'; readonly network: string }
  /** It was removed with the container, and is created again. */
  | { readonly kind: 'networkRecreated'; readonly network: string }
  /** A named volume is created again, empty; an anonymous one is replaced by a new one. */
  | { readonly kind: 'volumeMissing'; readonly volume: string; readonly isAnonymous: boolean }
  /**
   * The content of a volume is restored from a file, unless the file is missing or has another size, or a volume of that name
   * exists, which is not changed.
   */
  | { readonly kind: 'backupFound' | 'backupMissing' | 'backupUnused'; readonly file: string }
  | { readonly kind: 'secretMissing'; readonly secret: string }
  /** A running container has it. `port` is `8080/tcp`, `owner` that container's name. */
  | { readonly kind: 'portInUse'; readonly port: string; readonly owner: string }
  /** A container that it depends on, or its pod, exists no more and is not created either. */
  | { readonly kind: 'dependencyMissing'; readonly id: string }
  /** The engine's inspect does not contain the field's value, so it is lost or set to a default. */
  | { readonly kind: 'notRestored'; readonly field: string }
  /** The file was changed, or the engine cannot create from recipes. */
  | { readonly kind: 'invalidRecipe'; readonly detail: string }
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
    case 'invalidRecipe':
      return 'creation';
    case 'portInUse':
      return 'start';
    case 'networkRecreated':
    case 'volumeMissing':
    case 'backupFound':
    case 'backupMissing':
    case 'backupUnused':
    case 'notRestored':
    case 'otherEngine':
      return 'none';
  }
}

/** The problem that prevents a creation, if any. */
export function obstacleOf(problems: readonly RecipeProblem[] = []): RecipeProblem | undefined {
  return problems.find((problem) => problemEffect(problem) === 'creation');
}
