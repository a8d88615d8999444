import { execFileSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = realpathSync(path.join(import.meta.dirname, '..'));
/** Just after the last commit of another style. A date instead of an id, because a shallow clone has no older commits. */
const since = '2026-11-30T03:40:00Z';
const maxLength = 60;
const style = /^[a-z][a-z0-9]*: [a-z]/;

const isWellFormed = (subject: string) => subject.length <= maxLength && style.test(subject);

/** The subjects of the commits in this clone; undefined without git or outside of a clone, as in an unpacked archive. */
function subjects(): readonly string[] | undefined {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: 'pipe' }).trim();
  try {
    if (realpathSync(git('rev-parse', '--show-toplevel')) !== root) return undefined;
    return git('log', '--no-merges', '--format=%s', `--since=${since}`).split('\n').filter(Boolean);
  } catch {
    return undefined;
  }
}

describe('commit subjects', () => {
  it('have an area, a lower-case subject and at most 60 characters', () => {
    const found = subjects();
    if (!found) process.stderr.write('Commit subjects are not checked: git cannot read this folder as a clone.\n');
    expect(found?.filter((subject) => !isWellFormed(subject)) ?? []).toEqual([]);
  });

  it.each(['Add a test', 'test: Add one', 'test add', 'a/b: add', 'x: add '.padEnd(61, 'x')])(
    'such as %j are rejected',
    (subject) => expect(isWellFormed(subject)).toBe(false),
  );
});
