import { readdirSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import type { Surroundings } from './discover';

/** This machine, as it is now. */
export function surroundings(): Surroundings {
  return {
    platform: process.platform,
    env: process.env,
    home: homedir(),
    uid: process.getuid?.(),
    realpath: (path) => {
      try {
        return realpathSync(path);
      } catch {
        return undefined;
      }
    },
    pipes: () => {
      try {
        return readdirSync('\\\\.\\pipe\\');
      } catch {
        return [];
      }
    },
  };
}
