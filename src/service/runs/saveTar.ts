import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { EngineError } from '../../engine/error';
import { syncFolder } from '../journal/journalFiles';

/** A complete file with the size and hash of its content. */
export interface SavedFile {
  readonly file: string;
  readonly bytes: number;
  /** SHA-256 in hex digits. */
  readonly sha256: string;
}

/** A tar consists of blocks of 512 bytes, and ends with two that are zero. */
const blockSize = 512;
const endSize = 2 * blockSize;

/**
 * Writes a tar to a file that is either complete and synced to disk, or absent. Engines respond with 200 before they read the
 * volume and just end the response on an error, so a stream without the end of a tar is rejected as `malformed`.
 *
 * @param read calls back with each chunk in order, and resolves at the end of the stream
 */
export async function saveTar(
  folder: string,
  name: string,
  read: (onChunk: (chunk: Uint8Array) => Promise<void>) => Promise<void>,
): Promise<SavedFile> {
  const file = path.join(folder, name);
  const partial = `${file}.partial`;
  const handle = await open(partial, 'wx', 0o600);
  const hash = createHash('sha256');
  let bytes = 0;
  let end = Buffer.alloc(0);
  let writeError: unknown;
  try {
    try {
      await read(async (chunk) => {
        try {
          for (let at = 0; at < chunk.length;) at += (await handle.write(chunk, at)).bytesWritten;
        } catch (thrown) {
          throw (writeError = thrown);
        }
        hash.update(chunk);
        bytes += chunk.length;
        end = Buffer.concat([end, chunk.subarray(-endSize)]).subarray(-endSize);
      });
      if (end.length < endSize || bytes % blockSize !== 0 || end.some((byte) => byte !== 0))
        throw new EngineError('malformed', `the archive ended early, after ${bytes} bytes`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(partial, file);
    await syncFolder(folder);
  } catch (thrown) {
    await rm(partial, { force: true });
    throw writeError ?? thrown;
  }
  return { file, bytes, sha256: hash.digest('hex') };
}
