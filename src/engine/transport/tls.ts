import { readFileSync, statSync } from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';
import type { Address } from '../address';
import { codeOf, EngineError, fromSystemError, type TlsReason } from '../error';
import type { Connector } from './connector';

type TlsAddress = Extract<Address, { kind: 'tls' }>;

/**
 * TCP with TLS. The server certificate and its name are always verified. Keys are loaded at the first connection, and
 * again after a failure or a changed file, since files are renewed. They stay in this class: docker-modem prints its
 * options.
 */
export class TlsConnector implements Connector {
  private context: tls.SecureContext | undefined;
  private fingerprint = '';

  constructor(private readonly address: TlsAddress) {}

  connect(): tls.TLSSocket {
    const { host, port } = this.address;
    const fingerprint = this.filesFingerprint();
    if (fingerprint !== this.fingerprint) this.context = undefined;
    this.fingerprint = fingerprint;
    this.context ??= this.readFiles();
    return tls.connect({
      host,
      port,
      // SNI allows no IP addresses (RFC 6066); the certificate is still verified against the address.
      ...(net.isIP(host) === 0 && { servername: host }),
      secureContext: this.context,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
    });
  }

  toEngineError(thrown: unknown): EngineError {
    this.context = undefined;
    const reason = thrown instanceof EngineError ? undefined : tlsReason(thrown);
    const host = `${this.address.host}:${this.address.port}`;
    if (!reason) return fromSystemError(thrown);
    return new EngineError(reason, `${host}: ${messageOf(thrown)}`, { host });
  }

  close(): void {
    this.context = undefined;
  }

  /** Changes when one of the files is written or replaced. */
  private filesFingerprint(): string {
    const { ca, cert, key } = this.address.files;
    const fingerprint = [ca, cert, key].map((file) => {
      const stat = file === undefined ? undefined : statSync(file, { throwIfNoEntry: false });
      return stat && [stat.ino, stat.size, stat.mtimeMs, stat.ctimeMs];
    });
    return JSON.stringify(fingerprint);
  }

  private readFiles(): tls.SecureContext {
    const { ca, cert, key } = this.address.files;
    const read = (file: string | undefined) => (file === undefined ? undefined : readFileSync(file));
    try {
      return tls.createSecureContext({ ca: read(ca), cert: read(cert), key: read(key), minVersion: 'TLSv1.2' });
    } catch (thrown) {
      const files = [ca, cert, key].filter((file) => file !== undefined).join(', ');
      const host = `${this.address.host}:${this.address.port}`;
      throw new EngineError('tlsFiles', `${messageOf(thrown)} (${files})`, { host });
    }
  }
}

/** https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const codes: Readonly<Record<string, TlsReason>> = {
  CERT_HAS_EXPIRED: 'tlsExpired',
  CERT_NOT_YET_VALID: 'tlsNotYetValid',
  ERR_TLS_CERT_ALTNAME_INVALID: 'tlsHostnameMismatch',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'tlsUntrustedCa',
  UNABLE_TO_GET_ISSUER_CERT: 'tlsUntrustedCa',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'tlsUntrustedCa',
  SELF_SIGNED_CERT_IN_CHAIN: 'tlsUntrustedCa',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tlsUntrustedCa',
  CERT_UNTRUSTED: 'tlsUntrustedCa',
  CERT_SIGNATURE_FAILURE: 'tlsUntrustedCa',
  CERT_REVOKED: 'tlsUntrustedCa',
  INVALID_CA: 'tlsUntrustedCa',
  INVALID_PURPOSE: 'tlsUntrustedCa',
  CERT_CHAIN_TOO_LONG: 'tlsUntrustedCa',
};

/**
 * OpenSSL errors, as a code (`ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED`) or a message (EPROTO, `… alert bad
 * certificate`).
 */
const phrases: readonly (readonly [TlsReason, RegExp])[] = [
  ['tlsClient', /alert (certificate|bad certificate|unsupported certificate|unknown ca|access denied)/],
  ['tlsNotSpoken', /wrong version number|packet length too long|http request/],
  ['tlsFailed', /^(err ssl|err tls)|:ssl routines:/],
];

function tlsReason(thrown: unknown): TlsReason | undefined {
  const code = codeOf(thrown);
  if (codes[code]) return codes[code];
  const messages = [code, thrown instanceof Error ? thrown.message : ''].map((text) =>
    text.toLowerCase().replaceAll('_', ' '),
  );
  return phrases.find(([, phrase]) => messages.some((text) => phrase.test(text)))?.[0];
}

/**
 * The relevant part of `1A2B:error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:../ssl/…`.
 */
function messageOf(thrown: unknown): string {
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  return (/error:[0-9A-F]+:[^:]*:[^:]*:([^:]+):/.exec(detail)?.[1] ?? detail).trim();
}
