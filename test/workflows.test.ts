import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const github = path.join(import.meta.dirname, '..', '.github');
const workflows = readdirSync(path.join(github, 'workflows'));
const read = (...names: string[]) => readFileSync(path.join(github, ...names), 'utf8');

/** The jobs of a workflow by name, as text without comments. */
function jobsOf(workflow: string): ReadonlyMap<string, string> {
  const text = read('workflows', workflow).replace(/^\s*#.*\n/gm, '');
  const [, jobs = ''] = text.split(/^jobs:\n/m);
  return new Map(jobs.split(/^ {2}(?=[\w-]+:\n)/m).map((job) => [/^[\w-]+/.exec(job)?.[0] ?? '', job]));
}

/** Whether a job may do more than read what is public. */
const hasToken = (job: string) => /secrets\.|github\.token|GITHUB_TOKEN|: write\b|environment:/.test(job);

describe.each(workflows)('workflow %s', (workflow) => {
  const text = read('workflows', workflow);

  test('runs each action by a commit, with its version beside', () => {
    const used = [...text.matchAll(/\buses: *(.+)$/gm)].map(([, action]) => action);
    expect(used.length).toBeGreaterThan(0);
    const unpinned = used.filter((action) => !/^[\w.-]+(\/[\w.-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action ?? ''));
    expect(unpinned).toEqual([]);
  });

  test('names one commit for each action', () => {
    const pins = [...text.matchAll(/uses: *([^@\s]+)@(\S+)/g)].map(([, action, commit]) => `${action} ${commit}`);
    expect(new Set(pins).size).toBe(new Set(pins.map((pin) => pin.split(' ')[0])).size);
  });

  test('leaves no token behind, and gives none unless a job asks for it', () => {
    const checkouts = text.match(/uses: actions\/checkout@/g) ?? [];
    expect(text.match(/persist-credentials: false/g) ?? []).toHaveLength(checkouts.length);
    expect(text).toMatch(/^permissions:( \{\}|\n {2}contents: read)$/m);
  });

  test('runs nothing with a token but what a lock file or a commit holds', () => {
    for (const [name, job] of jobsOf(workflow)) {
      if (!hasToken(job)) continue;
      const commands = [...job.matchAll(/\brun: *(.+)$/gm)].map(([, command]) => command ?? '');
      const held =
        /^(npm ci --ignore-scripts --prefix \.github\/tools|\.github\/tools\/node_modules\/\.bin\/\S.*|gh release create .*)$/;
      expect([name, commands.filter((command) => !held.test(command))]).toEqual([name, []]);
      expect([name, job]).not.toEqual([name, expect.stringMatching(/-latest\b|node-version: \d+(\.\d+)?$/m)]);
    }
  });
});

test('a job with a token is really checked', () => {
  const withToken = [...jobsOf('release.yml')].filter(([, job]) => hasToken(job)).map(([name]) => name);
  expect(withToken).toEqual(['attest', 'publish', 'release']);
});

test('the tools that publish are held by hashes', () => {
  const { dependencies } = JSON.parse(read('tools', 'package.json')) as { dependencies: Record<string, string> };
  const lock = JSON.parse(read('tools', 'package-lock.json')) as {
    packages: Record<string, { version?: string; integrity?: string }>;
  };
  expect(Object.keys(dependencies)).toEqual(['@vscode/vsce', 'ovsx']);
  for (const [name, version] of Object.entries(dependencies))
    expect(lock.packages[`node_modules/${name}`]?.version).toBe(version);
  const loose = Object.entries(lock.packages).filter(([where, { integrity }]) => where !== '' && !integrity);
  expect(loose).toEqual([]);
});
