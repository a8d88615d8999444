import { existsSync, readFileSync } from 'node:fs';
import { chmod, cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { installDebian, isDebianRoot, APT, mirror } from '../debian';
import { lab, withLabLock } from '../lab';
import { must, onPath, run, say } from '../process';
import { type RealLine, type Recipe, RECIPES, type Suite } from './lines';

export type { RealLine } from './lines';

/** What is needed to start an engine of a line. */
export interface Prepared {
  readonly recipe: Recipe;
  /** Folder of the system that the engine runs in; '' is the machine's own. */
  readonly rootfs: string;
  readonly version: string;
}

/** The version of the machine's own engine as its program tells it, '' if there is none. */
async function ownVersion({ flavour }: Recipe): Promise<string> {
  const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` };
  const { stdout } = await run(flavour === 'podman' ? 'podman' : 'dockerd', ['--version'], { env });
  return /version ([0-9][^\s,+]*)/.exec(stdout)?.[1] ?? '';
}

/** The version of the engine in a prepared folder, from its package: in a plain chroot Podman lacks /proc and says nothing. */
async function packagedVersion({ flavour }: Recipe, rootfs: string): Promise<string> {
  const admin = `--admindir=${path.join(rootfs, 'var/lib/dpkg')}`;
  const { stdout } = await run('dpkg-query', [
    admin,
    '-W',
    '-f',
    '${Version}',
    flavour === 'podman' ? 'podman' : 'docker.io',
  ]);
  return /^[0-9.]+/.exec(stdout)?.[0] ?? '';
}

function debianSuite(): string {
  const text = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  return /^VERSION_CODENAME=(\S+)/m.exec(text)?.[1] ?? '';
}

/** Fills a folder with a minimal Debian of a suite and the packages of a recipe. */
async function bootstrap(suite: Suite, recipe: Recipe, folder: string): Promise<void> {
  await installDebian(['debootstrap']);
  const site = await mirror();
  const base = suite === 'experimental' ? 'sid' : suite; // experimental is an overlay of sid
  const building = `${folder}.building`;
  await rm(building, { recursive: true, force: true });
  await mkdir(path.dirname(building), { recursive: true });
  await must('debootstrap', ['--variant=minbase', base, building, site]);
  const policy = path.join(building, 'usr/sbin/policy-rc.d');
  await writeFile(policy, '#!/bin/sh\nexit 101\n'); // package scripts start no services
  await chmod(policy, 0o755);
  const inside = (...args: string[]) =>
    must('chroot', [building, 'env', 'DEBIAN_FRONTEND=noninteractive', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin', ...args]);
  if (suite === 'experimental')
    await writeFile(path.join(building, 'etc/apt/sources.list.d/experimental.list'), `deb ${site} experimental main\n`);
  await inside(...APT, 'update');
  await inside(...APT, 'install', ...recipe.packages);
  if (suite === 'experimental') await inside(...APT, 'install', '-t', 'experimental', 'podman', 'netavark');
  await inside('apt-get', 'clean');
  await rename(building, folder);
}

async function prepareRootfs(line: string, recipe: Recipe): Promise<Prepared> {
  const seen: string[] = [];
  for (const suite of recipe.suites) {
    const folder = path.join(lab, 'rootfs', `${suite}-${recipe.flavour}`);
    if (!existsSync(folder)) {
      say(`preparing ${line} from Debian ${suite} (about a minute, kept for later)`);
      await bootstrap(suite, recipe, folder);
    }
    const version = await packagedVersion(recipe, folder);
    if (recipe.version.test(version)) return { recipe, rootfs: folder, version };
    seen.push(`${suite} has ${version || 'none'}`);
  }
  throw new Error(`No ${line} in Debian's archive: ${seen.join(', ')}.`);
}

/** True if this machine's own Debian carries an engine of this line, so that nothing else need be unpacked. */
export async function isOwn(line: RealLine): Promise<boolean> {
  return (await isDebianRoot()) && RECIPES[line].suites.some((suite) => suite === debianSuite());
}

/** The machine's own engine, if it is of this line. */
async function ownEngine(recipe: Recipe): Promise<Prepared | undefined> {
  const version = await ownVersion(recipe);
  return recipe.version.test(version) ? { recipe, rootfs: '', version } : undefined;
}

/**
 * Makes an engine of a line ready to start: as root on Debian from the archive (once; kept in `.lab`), elsewhere from what
 * the machine has. Throws what is missing and what to do.
 */
export async function prepareEngine(line: RealLine): Promise<Prepared> {
  const recipe = RECIPES[line];
  if (!(await isDebianRoot())) {
    const own = await ownEngine(recipe);
    if (own) return own;
    throw new Error((await missing(line)) ?? `${line} cannot be had here.`);
  }
  return withLabLock(`engine-${line}`, async () => {
    if (await isOwn(line)) {
      await installDebian(recipe.packages);
      const own = await ownEngine(recipe);
      if (own) return own;
    }
    return prepareRootfs(line, recipe);
  });
}

/** Why an engine of this line cannot be had on this machine, undefined if it can. Prepares nothing. */
export async function missing(line: RealLine): Promise<string | undefined> {
  const recipe = RECIPES[line];
  const program = recipe.flavour === 'podman' ? 'podman' : 'dockerd';
  if (process.platform !== 'linux') return `private ${recipe.flavour} engines need Linux; this is ${process.platform}`;
  if (await isDebianRoot()) return undefined;
  if (!(await onPath('unshare'))) return 'unshare (util-linux) is not installed';
  if (!(await onPath(program)))
    return `${program} is not installed; install it, or run as root on Debian, where it is fetched`;
  const version = await ownVersion(recipe);
  if (!recipe.version.test(version))
    return `this machine has ${recipe.flavour} ${version}; other versions are fetched as root on Debian only`;
  if (recipe.flavour === 'docker' && process.getuid?.() !== 0) return 'a private dockerd needs root';
  return undefined;
}

/** The image that every private engine holds: busybox alone, as a tar of its root. Works offline. */
export async function imageTar(): Promise<Buffer> {
  const tar = path.join(lab, 'busybox.tar');
  if (!existsSync(tar))
    await withLabLock('image', async () => {
      if (existsSync(tar)) return;
      if (await isDebianRoot()) await installDebian(['busybox-static']);
      const { stdout } = await run('which', ['busybox']);
      if (!stdout.trim()) throw new Error('busybox is not installed; the sample containers are made from it.');
      const folder = path.join(lab, 'image');
      await mkdir(folder, { recursive: true });
      await cp(stdout.trim(), path.join(folder, 'busybox'), { dereference: true });
      await must('tar', ['cf', `${tar}.new`, '-C', folder, 'busybox']);
      await rename(`${tar}.new`, tar);
    });
  return readFile(tar);
}
