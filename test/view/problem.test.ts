import { describe, expect, it } from 'vitest';
import { EngineError } from '../../src/engine/error';
import { BufferedLogOutput } from '../../src/view/bufferedLog';
import { type DiagnosticInfo, issueBody } from '../../src/view/problemReport';

const circumstances: DiagnosticInfo = {
  introduction: 'Read it --> before you send it.',
  versions: [['Podgraph', '0.1.0']],
  engines: [
    {
      endpoint: 'ssh://ada@workbox:22/run/podman/podman.sock',
      state: 'disconnected',
      info: { type: 'podman', version: '5.4.2', apiVersion: '5.4.2', title: 'podman 5.4.2' } as never,
      error: new EngineError('unreachable', 'connect to workbox:\nrefused for ada@workbox'),
    },
  ],
  counts: { pods: 2, containers: 14 },
  settings: [
    [
      'podgraph.connections',
      ['unix:///run/x.sock', { address: 'ssh://ada@workbox', name: 'Ada’s', identity: '/home/ada/key' }],
    ],
    ['podgraph.protectedNames', ['ada-*', 'db']],
    ['podgraph.maxConcurrency', 4],
    ['podgraph.confirmRemoval', 'never'],
  ],
  log: ['Authorization: Bearer abcdefgh', 'a line with ```` in it'],
  known: { home: '/home/ada', users: ['ada'], hosts: ['workbox'] },
};

describe('the problem report', () => {
  const text = issueBody(circumstances);

  it('has versions, engines with transports, and settings', () => {
    expect(text).toContain('- Podgraph: 0.1.0');
    expect(text).toContain('- podman 5.4.2, API 5.4.2, over ssh: disconnected (unreachable: ');
    expect(text).toContain('- 2 pods, 14 containers');
    expect(text).toContain('- `podgraph.connections`: unix; ssh with name with identity');
    expect(text).toContain('- `podgraph.protectedNames`: 2 entries');
    expect(text).toContain('- `podgraph.maxConcurrency`: `4`');
    expect(text).toContain('- `podgraph.confirmRemoval`: `"never"`');
  });

  it('has no users, hosts and secrets', () => {
    expect(text).not.toMatch(/\bada\b|workbox|abcdefgh/i);
  });

  it('stays one comment and one code block for any content', () => {
    expect(text.match(/-->/g)).toHaveLength(1);
    expect(text.trimEnd().split('\n').at(-1)).toBe('`````');
  });

  it('shows empty sections as none', () => {
    const empty = issueBody({ ...circumstances, engines: [], settings: [], log: [] });
    expect(empty.match(/^- none$/gm)).toHaveLength(2);
  });
});

describe('the buffered log', () => {
  const channel = { logLevel: 3, lines: [] as string[], info: write, warn: write, error: write, debug: write };
  function write(this: { lines: string[] }, message: string) {
    this.lines.push(message);
  }

  it('has the last lines of the channel’s level', () => {
    const log = new BufferedLogOutput(channel as never);
    log.debug('hidden');
    for (let at = 1; at <= 400; at++) log.info(`line ${at}`);
    log.warn('last');
    expect(channel.lines).toHaveLength(402);
    expect(log.recent).toHaveLength(300);
    expect(log.recent.join()).not.toContain('hidden');
    expect(log.recent.at(-1)).toMatch(/ \[warning\] last$/);
  });
});
