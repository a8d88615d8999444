import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { NodeKey } from '../../src/graph/model/model';
import { planRemoval } from '../../src/graph/plan/planRemoval';
import type { NodeReport } from '../../src/graph/plan/report';
import { countText, joinSentences, plainText, summarizeNames } from '../../src/view/text/format';
import { outcomeText } from '../../src/view/text/outcome';
import { planFacts, retainReasonText } from '../../src/view/text/plan';
import { reportText } from '../../src/view/text/reportDocument';
import { l10n } from './vscodeMock';
import { containerKey, graphOf } from './graphSpec';

const file = path.resolve(import.meta.dirname, '../../l10n/bundle.l10n.zh-cn.json');
const translated = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, string>>;

/** English strings shared by numbers and names, or by several actions, must also work in Chinese. */
describe('in simplified Chinese', () => {
  beforeEach(() => {
    const english = l10n.t.bind(l10n);
    vi.spyOn(l10n, 't').mockImplementation((message, ...args) => english(translated[message] ?? message, ...args));
  });
  afterEach(() => vi.restoreAllMocks());

  const nameOf = (key: NodeKey) => plainText(key.slice(key.lastIndexOf('/') + 1));
  const graph = graphOf({ containers: [{ name: 'web' }, { name: 'db' }], needs: [['web', 'db']] });
  const scope = { chosen: [containerKey('db')], isAll: false };

  it('numbers have a measure word, names do not', () => {
    expect(l10n.t('required by {0}', countText(2))).toBe('被 2 个 依赖');
    expect(retainReasonText({ kind: 'neededBy', node: containerKey('web') }, nameOf)).toBe('被 web 依赖');
  });

  it('lists and sentences use full-width punctuation', () => {
    expect(summarizeNames(['web', 'db', 'cache'], 2)).toBe('web、db、+1');
    expect(joinSentences([l10n.t('Nothing was stopped.'), l10n.t('{0} more failed.', 2)])).toBe(
      '没有停止任何容器。另有 2 个失败。',
    );
  });

  it('a stop is not described as a removal', () => {
    const plan = planRemoval('p', graph, scope, { action: 'stop', dependents: 'include', running: 'stop' });
    expect(planFacts(plan, nameOf).join()).toContain('web 会一并处理，因为它依赖您选择的内容。');
    expect(outcomeText({ kind: 'skipped', because: containerKey('web') }, nameOf, 'stop')).not.toContain('移除');
  });

  it('report columns are aligned with wide characters', () => {
    const wide = graphOf({ containers: [{ name: '数据库' }, { name: 'db' }] });
    const chosen = [...wide.nodes.keys()];
    const plan = planRemoval('p', wide, { chosen, isAll: false }, { dependents: 'include', running: 'stop' });
    const entry: Omit<NodeReport, 'node'> = {
      outcome: { kind: 'notAttempted', reason: 'cancelled' },
      state: 'running',
      partial: undefined,
      duration: undefined,
      attempts: 0,
    };
    const nodes = new Map([...plan.nodes].map(([key, { node }]) => [key, { node, ...entry }]));
    const report = {
      plan,
      nodes,
      cancelled: true,
      volumes: new Map(),
      isReconciled: true,
      startedAt: 0,
      endedAt: 1_000,
    };
    const rows = reportText(report, (id) => id)
      .split('\n')
      .filter((line) => /^ {2}(数据库|db) /.test(line));
    const columns = (line: string) => line.replace(/[^\u0000-\u2fff]/g, 'xx');
    const starts = rows.map((line) => columns(line.slice(0, line.indexOf('容器'))).length);
    expect(starts).toEqual([10, 10]);
  });
});
