import { plainText } from './plainText';

/**
 * An image's name as people say it: without registry and path, without `:latest` and digests.
 * `docker.io/library/nginx:latest` is `nginx`; a bare id is cut to 12 digits.
 */
export function imageName(image: string): string {
  const name = plainText(image);
  const digest = name.indexOf('@');
  const last = (digest < 0 ? name : name.slice(0, digest)).split('/').at(-1) ?? '';
  const bare = last.replace(/^sha256:/, '').replace(/:latest$/, '');
  return /^[0-9a-f]{64}$/.test(bare) ? bare.slice(0, 12) : bare;
}
