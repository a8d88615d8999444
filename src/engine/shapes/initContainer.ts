import type { InitContainer } from '../../graph/model';
import { type Fields, texts } from '../answers/json';

/**
 * Whether Podman made a container with `--init-ctr`. No answer up to 6.1 has a field for it: an inspect tells only the
 * command line that made the container. Init containers of other clients are found in `readPodList`.
 */
export function initContainer(config: Fields): InitContainer | undefined {
  const [line, own] = [texts(config['CreateCommand']), texts(config['Cmd'])];
  // The line ends with the container's own command, in which the same words mean something else.
  const endsWithOwn = own.length > 0 && line.slice(-own.length).join('\0') === own.join('\0');
  const options = endsWithOwn ? line.slice(0, -own.length) : line;
  const at = options.findIndex((word) => word === '--init-ctr' || word.startsWith('--init-ctr='));
  const word = options[at] === '--init-ctr' ? options[at + 1] : options[at]?.slice('--init-ctr='.length);
  return word === 'always' || word === 'once' ? word : undefined;
}
