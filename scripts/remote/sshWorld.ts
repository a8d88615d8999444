import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { runOrThrow } from '../process';
import { prepareSsh } from './prepare';
import { Sshd, type SshdOptions } from './sshd';

interface HostOptions extends SshdOptions {
  /** Name of its jump host. */
  readonly through?: string;
  /** False omits its key from the known hosts. */
  readonly known?: boolean;
  /** False prevents the client from offering the user's key by default. */
  readonly key?: boolean;
  /** Additional lines of its `Host` section in the client's configuration. */
  readonly client?: readonly string[];
}

/**
 * ssh hosts on the loopback interface and a user who may log in to them, with a separate configuration, key and known hosts.
 * With `bin` first in PATH, `ssh` knows only these hosts.
 */
export class SshTestbed {
  private readonly hosts = new Map<string, Sshd>();

  private constructor(private readonly folder: string) {}

  static async create(): Promise<SshTestbed> {
    await prepareSsh();
    const testbed = new SshTestbed(mkdtempSync('/tmp/podgraph-ssh-'));
    await testbed.createClient();
    return testbed;
  }

  /** Folder of the testbed's `ssh`, to put first in PATH. */
  get bin(): string {
    return path.join(this.folder, 'bin');
  }

  /** The user's private key. */
  get identity(): string {
    return path.join(this.folder, 'id');
  }

  /** Starts a host that ssh reaches by this name. */
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

  /** Adds a host's current key to the known hosts. */
  async trust(name: string): Promise<void> {
    await appendFile(this.knownHosts, `${name} ${(await this.hosts.get(name)?.publicKey()) ?? ''}\n`);
  }

  /** Removes all keys of a host from the known hosts. */
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

  private async createClient(): Promise<void> {
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
