import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { installDebian, isDebianRoot, APT, mirror } from '../debian';
import { cacheDir, withCacheLock } from '../lab';
import { runOrThrow, isOnPath, run, log } from '../process';
import { type RealVersion, type RootfsRecipe, RECIPES, type Suite } from './lines';
import { isOrdinaryUser, rootlessMissing } from './rootless';

export type { RealVersion } from './lines';

/** An engine that is ready to start. */
export interface Prepared {
  readonly recipe: RootfsRecipe;
  /** Root of the system that the engine runs in; '' is the machine's. */
  readonly rootfs: string;
  readonly version: string;
}

/** Flavor, version and mode: `podman 5.8.6 rootless`. */
export function nameOf({ recipe: { flavour, mode }, version }: Prepared): string {
  const suffix = { rootful: '', rootless: ' rootless', systemd: ' with systemd' }[mode];
  return `${flavour} ${version}${suffix}`;
}

/** Version of the machine's engine by its command line; '' if there is none. */
async function ownVersion({ flavour }: RootfsRecipe): Promise<string> {
  const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` };
  const { stdout } = await run(flavour === 'podman' ? 'podman' : 'dockerd', ['--version'], { env });
  return /version ([0-9][^\s,+]*)/.exec(stdout)?.[1] ?? '';
}

/** Version of the engine package in a rootfs: in a plain chroot Podman lacks /proc and prints nothing. */
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

/** Runs a program in a rootfs. */
const inRootfs = (folder: string, ...args: readonly string[]) =>
  runOrThrow('chroot', [
    folder,
    'env',
    'DEBIAN_FRONTEND=noninteractive',
    'PATH=/usr/sbin:/usr/bin:/sbin:/bin',
    ...args,
  ]);

/** Creates a minimal Debian of a suite with the recipe's packages. */
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

/** Installs the recipe's missing packages into an existing rootfs. */
async function installMissing(recipe: RootfsRecipe, folder: string): Promise<void> {
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
  const found: string[] = [];
  for (const suite of recipe.suites) {
    const name = `${suite}-${recipe.flavour}`;
    const folder = path.join(cacheDir, 'rootfs', name);
    // Versions share a rootfs, and other processes may prepare the same one.
    await withCacheLock(`rootfs-${name}`, async () => {
      if (existsSync(folder)) return installMissing(recipe, folder);
      log(`preparing ${line} from Debian ${suite} (about a minute, cached)`);
      await bootstrap(suite, recipe, folder);
    });
    const version = await packagedVersion(recipe, folder);
    if (recipe.version.test(version)) return { recipe, rootfs: folder, version };
    found.push(`${suite} has ${version || 'none'}`);
  }
  throw new Error(`No ${line} in Debian's archive: ${found.join(', ')}.`);
}

/** Whether this machine's Debian has this version, so that no rootfs is needed. */
export async function usesHostEngine(line: RealVersion): Promise<boolean> {
  const { mode, suites } = RECIPES[line];
  // An engine with its own systemd needs a rootfs.
  return mode !== 'systemd' && (await isDebianRoot()) && suites.some((suite) => suite === debianSuite());
}

const accepted = (recipe: RootfsRecipe) => (isOrdinaryUser && recipe.ownVersion) || recipe.version;

/** The machine's engine, if its version is accepted. */
async function ownEngine(recipe: RootfsRecipe): Promise<Prepared | undefined> {
  const version = await ownVersion(recipe);
  return accepted(recipe).test(version) ? { recipe, rootfs: '', version } : undefined;
}

/**
 * Prepares an engine: as root on Debian from the archive (once; cached in `.lab`), elsewhere the machine's own. Throws an
 * error with the missing requirement and the next step.
 */
export async function prepareEngine(line: RealVersion): Promise<Prepared> {
  const recipe = RECIPES[line];
  if (!(await isDebianRoot())) {
    const own = await ownEngine(recipe);
    if (own) return own;
    throw new Error((await missingRequirement(line)) ?? `${line} is not available here.`);
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

/** Why this engine is not available on this machine; undefined if it is. Prepares nothing. */
export async function missingRequirement(line: RealVersion): Promise<string | undefined> {
  const recipe = RECIPES[line];
  const { flavour, mode } = recipe;
  const program = flavour === 'podman' ? 'podman' : 'dockerd';
  if (process.platform !== 'linux') return `isolated ${flavour} engines need Linux; this is ${process.platform}`;
  if (await isDebianRoot()) return undefined;
  if (mode === 'systemd') return 'an engine with its own systemd needs root on Debian';
  if (mode === 'rootful' && isOrdinaryUser) return `an isolated rootful ${flavour} needs root`;
  if (mode === 'rootless') {
    const reason = await rootlessMissing();
    if (reason !== undefined) return reason;
  } else if (!(await isOnPath(program)))
    return `${program} is not installed; install it, or run as root on Debian, where it is downloaded`;
  const version = await ownVersion(recipe);
  if (!accepted(recipe).test(version))
    return `this machine has ${flavour} ${version}; other versions are downloaded as root on Debian only`;
  return undefined;
}

/** A static busybox, the image's only file. Ordinary users of Debian can download it too. */
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
  const downloaded = ['usr/bin/busybox', 'bin/busybox'].map((name) => path.join(folder, name)).find(existsSync);
  if (downloaded) return downloaded;
  throw new Error('The sample containers need a static busybox: install the package busybox-static (Fedora: busybox).');
}

/** The image of every isolated engine: a tar with busybox only. Works offline. */
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
