import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { runOrThrow } from '../process';
import { prepareSsh } from './prepare';
import { Sshd, type SshdOptions } from './sshd';

export interface HostOptions extends SshdOptions {
  /** Name of the host that one must jump over to reach it. */
  readonly through?: string;
  /** False leaves its key out of the known hosts. */
  readonly known?: boolean;
  /** False keeps the client from offering the user's key there by itself. */
  readonly key?: boolean;
  /** More lines of its `Host` in the client's configuration. */
  readonly client?: readonly string[];
}

/**
 * A few ssh hosts on the loopback interface and a user who may log in to them, with a configuration, a key and known hosts
 * that are all the world's own. Who has `bin` first in PATH runs an `ssh` that knows these hosts by name, and nothing else.
 */
export class SshTestbed {
  private readonly hosts = new Map<string, Sshd>();

  private constructor(private readonly folder: string) {}

  static async create(): Promise<SshTestbed> {
    await prepareSsh();
    const world = new SshTestbed(mkdtempSync('/tmp/podgraph-ssh-'));
    await world.furnish();
    return world;
  }

  /** Folder of the world's `ssh`, to stand in front of PATH. */
  get bin(): string {
    return path.join(this.folder, 'bin');
  }

  /** The user's private key. */
  get identity(): string {
    return path.join(this.folder, 'id');
  }

  /** Starts a host of this name; the name is all that ssh needs to reach it. */
  async host(name: string, options: HostOptions = {}): Promise<Sshd> {
    const sshd = await Sshd.start(path.join(this.folder, name), `${this.identity}.pub`, options);
    this.hosts.set(name, sshd);
    const lines = [
      ...(options.client ?? []),
      'HostName 127.0.0.1',
      `Port ${sshd.port}`,
      `HostKeyAlias ${name}`,
      `IdentityFile ${options.key === false ? 'none' : this.identity}`,
      ...(options.through ? [`ProxyJump ${options.through}`] : []),
    ];
    await appendFile(this.config, `Host ${name}\n${lines.map((line) => `  ${line}\n`).join('')}`);
    if (options.known !== false) await this.trust(name);
    return sshd;
  }

  /** Puts a host's present key into the known hosts. */
  async trust(name: string): Promise<void> {
    await appendFile(this.knownHosts, `${name} ${(await this.hosts.get(name)?.publicKey()) ?? ''}\n`);
  }

  /** Forgets every key of a host. */
  async distrust(name: string): Promise<void> {
    const lines = (await readFile(this.knownHosts, 'utf8')).split('\n').filter((line) => !line.startsWith(`${name} `));
    await writeFile(this.knownHosts, lines.join('\n'));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.hosts.values()].map((sshd) => sshd.stop()));
    rmSync(this.folder, { recursive: true, force: true });
  }

  private get config(): string {
    return path.join(this.folder, 'config');
  }

  private get knownHosts(): string {
    return path.join(this.folder, 'known_hosts');
  }

  private async furnish(): Promise<void> {
    mkdirSync(this.bin);
    await runOrThrow('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'user', '-f', this.identity]);
    const common = [
      'IdentitiesOnly yes',
      `User ${os.userInfo().username}`,
      `UserKnownHostsFile ${this.knownHosts}`,
      'GlobalKnownHostsFile /dev/null',
      'UpdateHostKeys no',
    ];
    await writeFile(this.knownHosts, '');
    await writeFile(this.config, `${common.join('\n')}\n`);
    const ssh = (await runOrThrow('which', ['ssh'])).trim();
    const program = path.join(this.bin, 'ssh');
    await writeFile(program, `#!/bin/sh\nexec ${ssh} -F ${this.config} "$@"\n`);
    chmodSync(program, 0o755);
  }
}
