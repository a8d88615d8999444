import type { ImageNode } from '../model/resources';

/** The full name: `docker.io/library/nginx` and `nginx` are `nginx:latest`. */
function normalized(name: string): string {
  const short = name.replace(/^docker\.io\/(library\/)?/, '');
  return /:[^/]*$/.test(short) ? short : `${short}:latest`;
}

/**
 * Whether an image name means another image than that of a container. A digest (`@sha256:…`) or id cannot move.
 *
 * @param images of the container's engine
 * @param id of the container's image, with or without `sha256:`
 */
export function isNewerImage(images: readonly Pick<ImageNode, 'id' | 'tags'>[], name: string, id: string): boolean {
  if (name === '' || id === '' || name.includes('@')) return false;
  const wanted = normalized(name);
  const now = images.find(({ tags }) => tags.some((tag) => normalized(tag) === wanted));
  return now !== undefined && now.id !== id.replace(/^sha256:/, '');
}
