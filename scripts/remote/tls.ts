import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { installDebian, isDebianRoot } from '../debian';
import { runOrThrow, isOnPath } from '../process';

/** Why a TLS server is not available here; undefined if it is. Prepares nothing. */
export async function tlsMissing(): Promise<string | undefined> {
  if (process.platform === 'win32') return 'a TLS server needs Unix; this is Windows';
  if (await isDebianRoot()) return undefined;
  for (const program of ['openssl', 'stunnel']) if (!(await isOnPath(program))) return `${program} is not installed`;
  return undefined;
}

/** Installs openssl and stunnel as root on Debian; elsewhere throws if they are missing. Starts no service. */
export async function prepareTls(): Promise<void> {
  if (await isDebianRoot()) await installDebian(['openssl', 'stunnel4']);
  const reason = await tlsMissing();
  if (reason) throw new Error(reason);
}

/** Paths of PEM files. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateOptions {
  /** `DNS:localhost`, `IP:127.0.0.1` */
  readonly names: readonly string[];
  /** Start and end of its validity, `20200101000000Z`; default is two days from now. */
  readonly validity?: readonly [from: string, until: string];
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** A test's certificate authority. */
export class Authority {
  private constructor(private readonly folder: string) {}

  static async create(folder: string): Promise<Authority> {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const authority = new Authority(folder);
    const request = ['req', '-x509', ...NEW_KEY, '-days', '2', '-subj', '/CN=test authority'];
    await runOrThrow('openssl', [...request, '-keyout', authority.file('ca.key'), '-out', authority.ca]);
    return authority;
  }

  /** Path of its certificate. */
  get ca(): string {
    return this.file('ca.pem');
  }

  /** Creates a key and a certificate; `name` is the base name of their files. */
  async issue(name: string, { names, validity }: CertificateOptions): Promise<KeyPair> {
    const [cert, key, csr] = [this.file(`${name}.pem`), this.file(`${name}.key`), this.file(`${name}.csr`)];
    const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=${names.join(',')}`];
    await runOrThrow('openssl', ['req', ...NEW_KEY, '-keyout', key, '-out', csr, ...subject]);
    // Only `openssl ca` can set validity dates in all versions since 1.1; it needs a database.
    await writeFile(this.file('ca.conf'), this.caConfig());
    await writeFile(this.file('index'), '');
    const dates = validity ? ['-startdate', validity[0], '-enddate', validity[1]] : [];
    const sign = ['ca', '-batch', '-notext', '-config', this.file('ca.conf'), '-in', csr, '-out', cert, ...dates];
    await runOrThrow('openssl', sign);
    return { cert, key };
  }

  private file(name: string): string {
    return path.join(this.folder, name);
  }

  private caConfig(): string {
    return [
      '[ca]\ndefault_ca=own\n[own]',
      `new_certs_dir=${this.folder}`,
      `database=${this.file('index')}`,
      `certificate=${this.ca}`,
      `private_key=${this.file('ca.key')}`,
      'rand_serial=yes\nunique_subject=no\ndefault_md=sha256\ndefault_days=2\ncopy_extensions=copy\npolicy=any',
      '[any]\ncommonName=supplied\n',
    ].join('\n');
  }
}

interface FrontOptions {
  readonly pair: KeyPair;
  /** Path of the CA for client certificates; default is not to request any. */
  readonly clients?: string;
}

/**
 * TLS in front of a socket, on a random loopback port. Uses `stunnel` per connection, like inetd, because OpenSSL's server
 * sends alerts that state why it rejects a client certificate; Node's does not.
 */
export class TlsProxy {
  private constructor(
    private readonly server: net.Server,
    private readonly config: string,
  ) {}

  /** @param config path of the stunnel configuration to create */
  static async start(config: string, target: string, { pair, clients }: FrontOptions): Promise<TlsProxy> {
    const lines = [
      'foreground = quiet',
      'syslog = no',
      'debug = emerg',
      `cert = ${pair.cert}`,
      `key = ${pair.key}`,
      ...(clients ? [`CAfile = ${clients}`, 'verifyChain = yes', 'requireCert = yes'] : []),
      `connect = ${target}`,
    ];
    await writeFile(config, `${lines.join('\n')}\n`);
    const server = net.createServer({ pauseOnConnect: true }, (socket) => {
      const session = spawn('stunnel', [config], { stdio: [socket, socket, 'ignore'] });
      session.once('error', () => undefined); // the client sees the end of its connection
      socket.once('error', () => undefined);
      socket.destroy();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TlsProxy(server, config);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Accepts no more connections; open ones end with their clients. */
  async stop(): Promise<void> {
    await new Promise((resolve) => this.server.close(resolve));
    rmSync(this.config, { force: true });
  }
}
