import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { installDebian, isDebianRoot, APT, mirror } from '../debian';
import { cacheDir, withCacheLock } from '../lab';
import { runOrThrow, isOnPath, run, log } from '../process';
import { type RealVersion, type RootfsRecipe, RECIPES, type Suite } from './lines';
import { isOrdinaryUser, rootlessMissing } from './rootless';

export type { RealVersion } from './lines';

/** What is needed to start an engine of a line. */
export interface Prepared {
  readonly recipe: RootfsRecipe;
  /** Folder of the system that the engine runs in; '' is the machine's own. */
  readonly rootfs: string;
  readonly version: string;
}

/** Flavour, version and mode: `podman 5.8.6 rootless`. */
export function nameOf({ recipe: { flavour, mode }, version }: Prepared): string {
  const suffix = { rootful: '', rootless: ' rootless', systemd: ' with systemd' }[mode];
  return `${flavour} ${version}${suffix}`;
}

/** The version of the machine's own engine as its program tells it, '' if there is none. */
async function ownVersion({ flavour }: RootfsRecipe): Promise<string> {
  const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` };
  const { stdout } = await run(flavour === 'podman' ? 'podman' : 'dockerd', ['--version'], { env });
  return /version ([0-9][^\s,+]*)/.exec(stdout)?.[1] ?? '';
}

/** The version of the engine in a prepared folder, from its package: in a plain chroot Podman lacks /proc and says nothing. */
async function packagedVersion({ flavour }: RootfsRecipe, rootfs: string): Promise<string> {
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

/** Runs a program in a prepared folder. */
const inRootfs = (folder: string, ...args: readonly string[]) =>
  runOrThrow('chroot', [
    folder,
    'env',
    'DEBIAN_FRONTEND=noninteractive',
    'PATH=/usr/sbin:/usr/bin:/sbin:/bin',
    ...args,
  ]);

/** Fills a folder with a minimal Debian of a suite and the packages of a recipe. */
async function bootstrap(suite: Suite, recipe: RootfsRecipe, folder: string): Promise<void> {
  await installDebian(['debootstrap']);
  const site = await mirror();
  const base = suite === 'experimental' ? 'sid' : suite; // experimental is an overlay of sid
  const building = `${folder}.building`;
  await rm(building, { recursive: true, force: true });
  await mkdir(path.dirname(building), { recursive: true });
  await runOrThrow('debootstrap', ['--variant=minbase', base, building, site]);
  const policy = path.join(building, 'usr/sbin/policy-rc.d');
  await writeFile(policy, '#!/bin/sh\nexit 101\n'); // package scripts start no services
  await chmod(policy, 0o755);
  if (suite === 'experimental')
    await writeFile(path.join(building, 'etc/apt/sources.list.d/experimental.list'), `deb ${site} experimental main\n`);
  await inRootfs(building, ...APT, 'update');
  await inRootfs(building, ...APT, 'install', ...recipe.packages);
  if (suite === 'experimental') await inRootfs(building, ...APT, 'install', '-t', 'experimental', 'podman', 'netavark');
  await inRootfs(building, 'apt-get', 'clean');
  await rename(building, folder);
}

/** Adds the packages that a line needs beyond those of the line that the folder was made for. */
async function complete(recipe: RootfsRecipe, folder: string): Promise<void> {
  const admin = `--admindir=${path.join(folder, 'var/lib/dpkg')}`;
  const { stdout } = await run('dpkg-query', [admin, '-W', '-f', '${Package} ${Status}\n', ...recipe.packages]);
  const installed = new Set(stdout.split('\n').flatMap((line) => /^(\S+) install ok installed$/.exec(line)?.[1] ?? []));
  const absent = recipe.packages.filter((name) => !installed.has(name));
  if (absent.length === 0) return;
  log(`adding ${absent.join(', ')} to ${path.basename(folder)}`);
  await inRootfs(folder, ...APT, 'update');
  await inRootfs(folder, ...APT, 'install', ...absent);
  await inRootfs(folder, 'apt-get', 'clean');
}

async function prepareRootfs(line: string, recipe: RootfsRecipe): Promise<Prepared> {
  const seen: string[] = [];
  for (const suite of recipe.suites) {
    const name = `${suite}-${recipe.flavour}`;
    const folder = path.join(cacheDir, 'rootfs', name);
    // Lines share a folder, and other processes may prepare the same one.
    await withCacheLock(`rootfs-${name}`, async () => {
      if (existsSync(folder)) return complete(recipe, folder);
      log(`preparing ${line} from Debian ${suite} (about a minute, kept for later)`);
      await bootstrap(suite, recipe, folder);
    });
    const version = await packagedVersion(recipe, folder);
    if (recipe.version.test(version)) return { recipe, rootfs: folder, version };
    seen.push(`${suite} has ${version || 'none'}`);
  }
  throw new Error(`No ${line} in Debian's archive: ${seen.join(', ')}.`);
}

/** True if this machine's own Debian carries an engine of this line, so that nothing else need be unpacked. */
export async function usesHostEngine(line: RealVersion): Promise<boolean> {
  const { mode, suites } = RECIPES[line];
  // Under a systemd of its own it is never the machine's.
  return mode !== 'systemd' && (await isDebianRoot()) && suites.some((suite) => suite === debianSuite());
}

const accepted = (recipe: RootfsRecipe) => (isOrdinaryUser && recipe.ownVersion) || recipe.version;

/** The machine's own engine, if it is of this line. */
async function ownEngine(recipe: RootfsRecipe): Promise<Prepared | undefined> {
  const version = await ownVersion(recipe);
  return accepted(recipe).test(version) ? { recipe, rootfs: '', version } : undefined;
}

/**
 * Makes an engine of a line ready to start: as root on Debian from the archive (once; kept in `.lab`), elsewhere from what
 * the machine has. Throws what is missing and what to do.
 */
export async function prepareEngine(line: RealVersion): Promise<Prepared> {
  const recipe = RECIPES[line];
  if (!(await isDebianRoot())) {
    const own = await ownEngine(recipe);
    if (own) return own;
    throw new Error((await missingRequirement(line)) ?? `${line} cannot be had here.`);
  }
  return withCacheLock(`engine-${line}`, async () => {
    if (await usesHostEngine(line)) {
      await installDebian(recipe.packages);
      const own = await ownEngine(recipe);
      if (own) return own;
    }
    return prepareRootfs(line, recipe);
  });
}

/** Why an engine of this line cannot be had on this machine, undefined if it can. Prepares nothing. */
export async function missingRequirement(line: RealVersion): Promise<string | undefined> {
  const recipe = RECIPES[line];
  const { flavour, mode } = recipe;
  const program = flavour === 'podman' ? 'podman' : 'dockerd';
  if (process.platform !== 'linux') return `private ${flavour} engines need Linux; this is ${process.platform}`;
  if (await isDebianRoot()) return undefined;
  if (mode === 'systemd') return 'an engine with a systemd of its own is made as root on Debian only';
  if (mode === 'rootful' && isOrdinaryUser) return `a private rootful ${flavour} needs root`;
  if (mode === 'rootless') {
    const reason = await rootlessMissing();
    if (reason !== undefined) return reason;
  } else if (!(await isOnPath(program)))
    return `${program} is not installed; install it, or run as root on Debian, where it is fetched`;
  const version = await ownVersion(recipe);
  if (!accepted(recipe).test(version))
    return `this machine has ${flavour} ${version}; other versions are fetched as root on Debian only`;
  return undefined;
}

/** A busybox that needs no libraries, for it is all that the image holds. An ordinary user of Debian can fetch it, too. */
async function staticBusybox(): Promise<string> {
  if (await isDebianRoot()) await installDebian(['busybox-static']);
  const found = (await run('which', ['busybox'])).stdout.trim();
  const isStatic = (file: string) => file !== '' && !readFileSync(file).subarray(0, 4096).includes('/ld-');
  if (isStatic(found)) return found;
  const folder = path.join(cacheDir, 'busybox');
  await mkdir(folder, { recursive: true });
  await run('apt-get', ['download', 'busybox-static'], { cwd: folder });
  const archive = readdirSync(folder).find((name) => name.endsWith('.deb'));
  if (archive) await run('dpkg-deb', ['-x', archive, '.'], { cwd: folder });
  const fetched = ['usr/bin/busybox', 'bin/busybox'].map((name) => path.join(folder, name)).find(existsSync);
  if (fetched) return fetched;
  throw new Error(
    'The sample containers are made from a static busybox, and there is none: install the package busybox-static (Fedora: busybox).',
  );
}

/** The image that every private engine holds: busybox alone, as a tar of its root. Works offline. */
export async function imageTar(): Promise<Buffer> {
  const tar = path.join(cacheDir, 'busybox.tar');
  if (!existsSync(tar))
    await withCacheLock('image', async () => {
      if (existsSync(tar)) return;
      const folder = path.join(cacheDir, 'image');
      await mkdir(folder, { recursive: true });
      await cp(await staticBusybox(), path.join(folder, 'busybox'), { dereference: true });
      await runOrThrow('tar', ['cf', `${tar}.new`, '-C', folder, 'busybox']);
      await rename(`${tar}.new`, tar);
    });
  return readFile(tar);
}
