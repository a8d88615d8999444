import type { RecipeAccess } from './base';
import { DockerRecipes } from './dockerRecipes';
import { LibpodRecipes } from './libpodRecipes';
import type { RecipeOperations } from './recipe';

/** The entry of the bundle of recipes. */
export function createRecipeOperations(access: RecipeAccess): RecipeOperations {
  return access.engine.name === 'podman' ? new LibpodRecipes(access) : new DockerRecipes(access);
}
