import { EngineError } from '../error';
import type { RecipeOperations } from './recipe';

/** Reads recipes and creates containers and pods from them. */
export function createRecipeOperations(): RecipeOperations {
  const unsupported = () => Promise.reject(new EngineError('unsupported', 'recipes are not supported yet'));
  return { readRecipe: unsupported, checkRecipe: unsupported, createFromRecipe: unsupported };
}
