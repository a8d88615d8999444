import type { HostEnvironment } from '../../src/engine/discovery/hostEnvironment';

/** File contents by path. */
export type Files = Readonly<Record<string, string>>;

/** A host environment with these sockets (on Windows: pipes) and files; `a -> b` is a link. */
export function machine(
  platform: NodeJS.Platform,
  there: readonly string[] = [],
  more: Partial<Pick<HostEnvironment, 'env' | 'uid' | 'home'>> & { readonly files?: Files } = {},
): HostEnvironment {
  const { files = {}, ...given } = more;
  const links = new Map(there.map((entry) => entry.split(' -> ')).map(([path, to]) => [path, to ?? path]));
  const slash = platform === 'win32' ? '\\' : '/';
  const paths = [...links.keys(), ...Object.keys(files)].filter((path) => path !== undefined);
  const homes: Partial<Record<NodeJS.Platform, string>> = { darwin: '/Users/ada', win32: 'C:\\Users\\ada' };
  return {
    platform,
    env: {},
    home: homes[platform] ?? '/home/ada',
    uid: platform === 'win32' ? undefined : 1000,
    realpath: (path) => (platform === 'win32' ? undefined : links.get(path)),
    pipes: () => (platform === 'win32' ? there : []),
    readdir: (folder) => {
      const inside = paths.filter((path) => path.startsWith(`${folder}${slash}`));
      return [...new Set(inside.map((path) => path.slice(folder.length + 1).split(slash)[0] ?? ''))].sort();
    },
    readFile: (path) => files[path],
    ...given,
  };
}
