import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { EngineError } from '../../src/engine/error';
import { ContainerGraph } from '../../src/graph/model/graph';
import type { GraphEdge } from '../../src/graph/model/model';
import type { Plan, PlannedNode } from '../../src/graph/plan/plan';
import type { RecipeProblem } from '../../src/graph/plan/recipeProblem';
import type { NodeReport, Report } from '../../src/graph/plan/report';
import {
  type DisplayText,
  escapeMarkdown,
  logLine,
  plainLines,
  plainMessage,
  plainText,
} from '../../src/view/text/format';
import { container, image, key, network, volume, volumeKey } from '../graph/build';
import { engineStatus } from './graphSpec';
import { graphSpec, samplePlan as planOf } from './samplePlan';

const root = path.resolve(import.meta.dirname, '../..');

/** Fragments of links, icons and commands, and characters that disguise text. */
const pieces = fc.constantFrom(
  ...['[', ']', '(', ')', '](', '[a](command:x)', '[Show details](command:workbench.action.terminal.new)'],
  ...['[a](https://b.c "d")', '[a](file:///x)', '$', '$(', '$(trash)', '\\$(x)', '$(sync~spin)', '![i](x)', '<b>', '`'],
  ...[
    '\n',
    '\r',
    '\u0000',
    '\u001b[31m',
    '\u009b',
    '\u200b',
    '\u200d',
    '\u202e',
    '\u2066',
    '\u2028',
    '\ud800',
    '\u{e0041}',
  ],
  ...['command:x', 'web', ' ', 'x'.repeat(150), '𝒳'],
);
const hostile = fc.array(pieces, { minLength: 1, maxLength: 8 }).map((parts) => parts.join(''));

/** Stricter than VS Code's own expressions: not even the start of a link target or icon remains. */
const meaning = /\]\(|\$\(/;
const disguise = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|\p{Surrogate}/u;

const isHarmless = (text: string) => !meaning.test(text) && !disguise.test(text);

describe('(H1) external text', () => {
  test('becomes one harmless line of limited length; sanitizing is idempotent', () => {
    fc.assert(
      fc.property(hostile, (raw) => {
        for (const clean of [plainText, plainMessage]) {
          const shown = clean(raw);
          expect(shown).toSatisfy(isHarmless);
          expect(shown.length).toBeLessThanOrEqual(clean === plainText ? 200 : 1000);
          expect(clean(shown)).toBe(shown);
        }
        expect(logLine(raw)).not.toMatch(disguise);
        expect(escapeMarkdown(raw)).not.toMatch(/(^|[^\\])(\\\\)*[[\]()<$`]/);
      }),
      { numRuns: 3_000 },
    );
  });

  test('does not form links when joined in one message', () => {
    fc.assert(
      fc.property(
        fc.array(hostile, { maxLength: 4 }),
        fc.constantFrom('', ' ', '(', ']', '{0}({1})'),
        (raws, between) => {
          const message = raws.map(plainText).join(between);
          expect(plainMessage(message)).toSatisfy(isHarmless);
          for (const line of plainLines([message, ...raws]).split('\n')) expect(line).toSatisfy(isHarmless);
        },
      ),
    );
  });

  test('ordinary text is unchanged', () => {
    for (const text of [
      'web',
      'shop_db_1',
      'quay.io/a/b:1.2@sha256:0f',
      'run (exit 1) [x] $HOME',
      'Größe 中文 🙂',
      "don't",
    ])
      expect(plainText(text)).toBe(text);
  });

  test('does not match the link expression of the installed editor', ({ skip }) => {
    const expression = editorsLinks();
    if (!expression) return skip('no editor is unpacked in .lab/vscode');
    expect('[a](command:x)').toMatch(new RegExp(expression, 'i'));
    fc.assert(
      fc.property(hostile, (raw) => {
        expect(plainMessage(raw)).not.toMatch(new RegExp(expression, 'i'));
      }),
    );
  });
});

/** The expression by which the workbench finds links in notifications, progress and prompts. */
function editorsLinks(): string | undefined {
  const lab = path.join(root, '.lab/vscode');
  for (const release of existsSync(lab) ? readdirSync(lab) : []) {
    const file = path.join(
      lab,
      release,
      'node_modules/code-server/lib/vscode/out/vs/code/browser/workbench/workbench.js',
    );
    const found = existsSync(file)
      ? /\/(\\\[\(\[\^\\\]\]\+\)\\\]\\\(.{10,120}?)\/gi/.exec(readFileSync(file, 'utf8'))
      : null;
    if (found) return found[1];
  }
  return undefined;
}

/** One hostile text in every field that an engine, a file or a setting can control. */
interface Given {
  readonly raw: string;
  readonly name: DisplayText;
  readonly nameOf: () => DisplayText;
  readonly plan: Plan;
  readonly planned: PlannedNode;
  readonly report: Report;
  readonly edge: GraphEdge;
}

function givenOf(raw: string, other: string): Given {
  const name = plainText(raw);
  const original = planOf(graphSpec, 'all');
  const rename = (one: PlannedNode): PlannedNode => ({ ...one, node: { ...one.node, name: raw } });
  const plan: Plan = {
    ...original,
    nodes: new Map([...original.nodes].map(([at, one]) => [at, rename(one)])),
    retained: [
      { node: container(raw), why: { kind: 'engineUnavailable', engine: raw } },
      { node: volume(raw), why: { kind: 'neededBy', node: key(raw) } },
    ],
    blockers: [{ kind: 'dependent', node: container(raw), of: container(other) }],
    volumes: [{ key: volumeKey(raw), containers: [key(raw)], choice: 'keep' }],
  };
  const entries = [...plan.nodes].map(([at, { node }], index): [typeof at, NodeReport] => [
    at,
    {
      ...reportOf(node),
      outcome:
        index % 3 === 0
          ? { kind: 'failed', reason: raw, message: raw }
          : index % 3 === 1
            ? { kind: 'skipped', because: key(raw) }
            : { kind: 'unknown', message: raw },
    },
  ]);
  const report = {
    plan,
    nodes: new Map(entries),
    cancelled: false,
    volumes: new Map(),
    isReconciled: true,
    startedAt: 0,
    endedAt: 1,
  } as Report;
  const edge: GraphEdge = { from: key(raw), to: key(other), reasons: ['requires', 'network'] };
  const [planned] = plan.nodes.values();
  return { raw, name, nameOf: () => name, plan, planned: planned as PlannedNode, report, edge };
}

const reportOf = (node: NodeReport['node']): NodeReport => ({
  node,
  duration: 1,
  attempts: 1,
  outcome: { kind: 'removed' },
  state: 'running',
  partial: 'stopped',
});

/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-return, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-argument -- each export is called by its name */
type Exports = Readonly<Record<string, any>>;
type Case = (of: any, given: Given) => unknown;

const status = (raw: string, error?: EngineError) =>
  engineStatus({ id: 'a', label: raw, endpoint: raw, state: error ? 'disconnected' : 'live', error });
const errors = (raw: string) =>
  (['unreachable', 'denied', 'timeout', 'malformed', 'tlsHostnameMismatch', 'sshDenied', 'unknown'] as const).map(
    (reason) => new EngineError(reason, raw, { host: raw }),
  );
const problems = (raw: string) =>
  (['noEvents', 'noList'] as const).map((kind) => ({
    ...status(raw),
    problem: { kind, error: new EngineError('unknown', raw) },
  }));
const outcomes = (raw: string) => [
  { kind: 'failed', reason: raw, message: raw },
  { kind: 'failed', reason: 'toString', message: raw },
  { kind: 'unknown', message: raw },
];

/** One of each kind with text. */
const recipeProblems = (raw: string): readonly RecipeProblem[] => [
  { kind: 'imageMissing', image: raw },
  { kind: 'networkMissing', network: raw },
  { kind: 'networkRecreated', network: raw },
  { kind: 'secretMissing', secret: raw },
  { kind: 'portInUse', port: raw, owner: raw },
  { kind: 'volumeMissing', volume: raw, isAnonymous: false },
  { kind: 'backupFound', file: raw },
  { kind: 'backupMissing', file: raw },
  { kind: 'backupUnused', file: raw },
  { kind: 'notRestored', field: raw },
  { kind: 'otherEngine', title: raw },
];

/** The nodes of the plan, each run by a systemd unit. */
function managedNodes(plan: Plan, raw: string): Plan['nodes'] {
  const systemd = { name: raw, machine: raw, needsReload: true };
  const quadlet = { quadlet: raw, removesQuadlet: true };
  return new Map(
    [...plan.nodes].map(([at, one], index) => [at, { ...one, systemd: { ...systemd, ...(index > 0 && quadlet) } }]),
  );
}

/** A call of each function of `src/view/text` with hostile text. */
const cases: Readonly<Record<string, Case>> = {
  actionText: (of, { name, plan }) => {
    const text = of(plan.action);
    return [
      text.confirmation(name, name),
      text.progressDetail(name),
      text.done(name, '1 s'),
      text.failed(name),
      text.title(name),
    ];
  },
  planActionText: (of, { name, plan }) => of(plan).done(name, '1 s'),
  unreachableText: (of, { raw }) =>
    ['address', 'missing', 'unproven', 'failed'].map((kind) => of(raw, { kind, text: raw })),
  unitFacts: (of, { plan, raw }) => {
    const nodes = managedNodes(plan, raw);
    const unit = { name: raw, file: raw, isQuadlet: true, activeState: raw, hasFailed: false, fileState: raw };
    const node = container(raw, { unlisted: true, systemdUnit: { ...unit, needsReload: false } });
    const stopped = [...nodes].map(([at, one]) => [at, { ...one, node }] as const);
    return [nodes, new Map(stopped)].flatMap((all) => of({ ...plan, action: 'remove', nodes: all }));
  },
  plannedUnitFacts: (of, { raw }) => [
    of({ name: raw, machine: raw }, 'stop'),
    of({ name: raw, machine: raw }, 'remove'),
    of({ name: raw, machine: raw, quadlet: raw, removesQuadlet: true }, 'remove'),
  ],
  unitOutcomeText: (of, { raw }) => [
    of({ systemd: { name: raw, machine: raw } }, 'remove'),
    of({ systemd: { name: raw, machine: raw, quadlet: raw, removesQuadlet: true } }, 'remove'),
  ],
  unitSentences: (of, { plan, raw, report }) =>
    of({
      plan: { ...plan, action: 'remove', nodes: managedNodes(plan, raw) },
      nodes: new Map([...report.nodes].map(([at, one]) => [at, { ...one, outcome: { kind: 'removed' } }])),
    }),
  systemdUnitText: (of, { raw }) => {
    const unit = { name: raw, file: raw, isQuadlet: true, activeState: raw, hasFailed: true, fileState: raw };
    const labelled = container(raw, { labels: { PODMAN_SYSTEMD_UNIT: `${raw}.service` } });
    return [
      of(container(raw, { systemdUnit: { ...unit, needsReload: true } }), undefined),
      ...[{ host: {} }, { reason: 'unproven' }, { reason: 'failed', detail: raw }].map((access) =>
        of(labelled, access),
      ),
    ];
  },
  unsupportedText: (of, { raw }) => of({ text: raw, source: 'setting' }),
  duplicateText: (of, { raw }) => of(raw),
  joinList: (of, { name }) => of([name, name]),
  indented: (of, { name }) => of([name]),
  joinSentences: (of, { raw }) => of([raw, raw]),
  summarizeNames: (of, { name }) => of([name, name, name], 2),
  edgeText: (of, { edge, name }) => of(edge, name),
  missingServiceText: (of, { name }) => of(name),
  engineName: (of, { raw }) => [
    of('a', { engines: new Map([['a', { ...status(raw), info: { title: raw } }]]) }),
    of('a', { engines: new Map([['a', { ...status(raw), info: undefined }]]) }),
  ],
  engineNameInPrompt: (of, { raw }) => of('a', { engines: new Map([['a', { ...status(raw), info: { title: raw } }]]) }),
  describeEngine: (of, { raw }) => [of(status(raw)), of({ label: raw, info: { type: 'podman', title: raw } })],
  knownConnectionText: (of, { raw }) => of(raw),
  connectionFailureText: (of, { raw }) => errors(raw).map((error) => of({ kind: 'ssh', host: raw, path: raw }, error)),
  engineHeading: (of, { raw, name }) => errors(raw).map((error) => of(name, status(raw, error), 0)),
  engineStateText: (of, { raw }) => errors(raw).map((error) => of(status(raw, error))),
  problemLabel: (of, { raw }) => problems(raw).map((one) => of(one)),
  problemText: (of, { raw }) => problems(raw).map((one) => of(one)),
  staleText: (of, { raw }) => errors(raw).map((error) => of(status(raw, error))),
  engineHint: (of, { raw }) => errors(raw).map((error) => of(status(raw, error))),
  blockerText: (of, { name, nameOf, edge, raw }) => [
    of({ kind: 'neededByProtected', by: 'name', path: { edges: [edge], alternatives: [key('x')] } }, name, nameOf),
    of({ kind: 'cycle', nodes: [key('x'), key('y')] }, name, nameOf),
    of({ kind: 'unlisted' }, name, nameOf),
    of({ kind: 'active', of: 'pod', containers: { items: [container(raw)], omitted: 1 } }, name, nameOf),
  ],
  failureText: (of, { raw }) => [of(raw, raw), of('busy', raw), of('constructor', raw)],
  outcomeText: (of, { raw, nameOf, plan }) =>
    [...outcomes(raw), { kind: 'skipped', because: key(raw) }].map((outcome) => of(outcome, nameOf, plan.action)),
  groupTitle: (of, { raw }) => ['project', 'label'].map((by) => of({ by, name: raw })),
  groupKind: (of, { raw }) => ['project', 'state', 'label'].map((by) => of({ by, name: raw })),
  groupAriaLabel: (of, { raw }) => ['project', 'state', 'label'].map((by) => of({ by, name: raw })),
  imageName: (of, { raw }) => of(raw),
  filteredText: (of, { raw }) => of(raw, { shown: 0, all: 1 }),
  filterNotice: (of, { raw }) => of({ isAll: true, viewFilter: { filter: raw, hidden: 1 } }),
  partialSentences: (of, { report }) => of(report),
  pathEdgesText: (of, { edge, nameOf }) => of([edge], nameOf),
  namespaceProblemLabel: (of, { nameOf }) => of({ kind: 'detached', base: key('x'), namespaces: ['network'] }, nameOf),
  namespaceProblemText: (of, { nameOf }) =>
    [
      { kind: 'detached', base: key('x'), namespaces: ['network'] },
      { kind: 'detached', base: key('x'), namespaces: ['network', 'ipc'] },
      { kind: 'orphaned', base: key('x'), replacement: undefined },
      { kind: 'orphaned', base: key('x'), replacement: key('y') },
      { kind: 'leftDown', base: key('x') },
    ].map((problem) => of(problem, ContainerGraph.empty, nameOf, 0)),
  pathText: (of, { edge, nameOf }) => of({ edges: [edge], alternatives: [key('x')] }, nameOf),
  alsoText: (of, { nameOf }) => of([key('x')], nameOf),
  nameOfKey: (of, { raw }) => of(key(raw)),
  displayName: (of, { raw }) => [of(container(raw)), of(volume(raw))],
  nameResolver: (of, { plan, raw }) => [...[...plan.nodes.keys()].map((at) => of(plan)(at)), of(plan)(key(raw))],
  planPrompt: (of, { plan, raw }) => of(plan, () => raw),
  confirmationText: (of, { plan, nameOf, raw }) => {
    const { message, detail } = of(plan, nameOf, () => raw);
    return [message, ...detail.split('\n')];
  },
  volumeFacts: (of, { plan }) =>
    [undefined, 'autoRemove', 'infra'].flatMap((fixed) =>
      of({ ...plan, volumes: plan.volumes.map((one) => ({ ...one, fixed })) }),
    ),
  volumeFact: (of, { plan }) =>
    [undefined, 'shared', 'autoRemove', 'infra'].map((fixed) => of({ ...plan.volumes[0], fixed })),
  resourceFacts: (of, { raw, nameOf }) =>
    ['volume', 'network', 'image'].flatMap((kind) => of({ kind, name: raw, size: 1e6 }, [key(raw)], nameOf, true)),
  deleteAllVolumesText: (of) => [of(2)],
  volumeText: (of, { plan }) => plan.volumes.map((one) => of(one, plan)),
  backUpText: (of) => [of(1), of(2)],
  backUpOptionText: (of, { raw }) => [of(undefined), of(raw)],
  sizeText: (of) => [of(1), of(1e6), of(1e9)],
  resourceName: (of, { raw }) => resourcesOf(raw).map((node) => of(node)),
  resourceTraits: (of, { raw }) => resourcesOf(raw).map((node) => of(node)),
  resourceSummary: (of, { raw }) => resourcesOf(raw).map((node) => of(node, noUsers, 0)),
  resourceDetails: (of, { raw, nameOf }) =>
    resourcesOf(raw).flatMap((node) => [
      of(node, noUsers, nameOf, 0),
      of(node, { ...noUsers, users: new Map([[node.key, [key('x')]]]) }, nameOf, 0),
    ]),
  volumeSentences: (of, { report }) => of(report),
  planFacts: (of, { plan, nameOf }) => of(plan, nameOf),
  retainText: (of, { plan, nameOf }) => of(plan.retained, nameOf, false),
  retainReasonText: (of, { plan, nameOf }) => plan.retained.map(({ why }) => of(why, nameOf)),
  publishedPorts: (of, { raw }) =>
    of({ ports: [`${raw}:80 -> 80/tcp`, raw] }, 'unix:///run/x').map(({ text }: { text: string }) => text),
  inclusionText: (of, { plan, nameOf }) => [...plan.nodes.values()].map((one) => of(one, plan, nameOf)),
  factsFor: (of, { plan, nameOf, raw }) =>
    [...plan.nodes.values()].map((one) => of(withVolume(one, raw), plan, new Map(), nameOf)),
  planChangesText: (of, { raw }) =>
    ['new', 'removed', 'changed', 'newUser'].map((kind) => of([{ kind, node: container(raw) }])),
  planBlockerText: (of, { plan, raw }) => [
    ...plan.blockers.map((blocker) => of(blocker)),
    of({ kind: 'running', node: container(raw) }),
    of({ kind: 'dependency', node: container(raw), of: container(raw) }),
  ],
  lastCheckText: (of, { raw }) => of({ output: raw, exitCode: 1, at: 0 }),
  waitText: (of, { name }) => of({ condition: 'healthy' }, name),
  conditionText: (of, { name }) => of({ condition: 'healthy', maxWaitMs: 1 }, name),
  unmetText: (of, { name, raw }) => of({ kind: 'unhealthy', output: raw }, name),
  failingText: (of, { name, raw }) =>
    of([
      {
        ...container('a', { state: 'running', health: 'unhealthy', lastCheck: { output: raw, exitCode: 1, at: 0 } }),
        name,
      },
    ]),
  waitTexts: (of, { name }) =>
    of({ active: new Map([['a', { waitsFor: { condition: 'healthy', dependency: 'b' } }]]) }, () => name),
  slowStopsText: (of, { name }) => of(name, { phase: 'stopping', since: 0 }, 9_000),
  progressText: (of, { nameOf }) =>
    of(
      {
        total: 2,
        ended: 0,
        failed: 0,
        cancelled: false,
        active: new Map([[key('x'), { phase: 'stopping', since: 0 }]]),
      },
      nameOf,
      9_000,
      'remove',
    ),
  recipeProblemText: (of, { raw }) => recipeProblems(raw).map((problem) => of(problem)),
  problemFacts: (of, { plan, raw }) => {
    const problems = new Map([[key('x'), recipeProblems(raw)]]);
    return of({ ...plan, options: { ...plan.options, problems } }, key('x'));
  },
  recoveredText: (of, { report }) => of(report, 1),
  otherWindowText: (of, { plan }) => of(plan),
  quarantineText: (of, { raw }) => of({ file: raw, why: raw }),
  reportSummary: (of, { report }) => of(report),
  badgeText: (of, { raw }) => of([raw, raw, raw]),
  reportNames: (of, { report }) => [...report.nodes.keys()].map(of(report)),
  reportText: (of, { report, raw }) => of(report, () => raw).split('\n'),
  nodeState: (of, { raw }) => of(container(raw), [], 0),
  stateText: (of, { raw }) => of(container(raw)),
  resultStatus: (of, { name }) => withoutOwnIcon(of(name)),
  resumeHint: (of) => [of()],
  interruptedStatus: (of, { name }) => withoutOwnIcon(of(name, 3)),
  runningStatus: (of, { raw }) => withoutOwnIcon(of([], [raw])),
  disconnectedStatus: (of, { raw }) => errors(raw).map((error) => withoutOwnIcon(of([status(raw, error)]))),
  transportErrorHint: (of, { raw }) => errors(raw).map((error) => of(error)),
  planForLog: (of, { plan }) => logged([of(plan)]),
  reportForLog: (of, { report }) => logged(of(report)),
};

const noUsers = { sizes: new Map(), users: new Map() };

/** One of each kind with text. */
const resourcesOf = (raw: string) => [
  volume(raw, { isAnonymous: true }),
  network(raw, { driver: raw, subnets: [raw] }),
  image('0', { name: raw, tags: [raw] }),
  image('1', { name: raw }),
];

/** The log has no links and icons: only disguising characters matter. */
const logged = (lines: string[]) => lines.map((line) => logLine(line).replace(/[\])$]/g, ''));

/** Functions without external text, and those tested above. */
const withoutText =
  /^(sourceText|pruneSectionText|pruneTitle|usedByText|unusedText|knownSizeText|defaultText|demoText|connectionProblemText|count\w+|podsAndContainers|duration|moreText|visibleCountText|operationText|currentStateText|partialText|plainText|plainMessage|plainLines|logLine|withIcon|escapeMarkdown|runButtonText|removeQuadletsText|includeOthersText|stopTimeoutText|stepTimeoutText|estimateText|slowStops|finishingText|protectionText|relationText|edgeLabel|retryable|kindText|containerStateText|podStateText|membersOf|unhealthyText|ageText|summaryText|transportErrorText|failureHint|healthText|uptimeText|agoText|atMostText|namespaceText)$/;

const withVolume = (one: PlannedNode, raw: string) => ({
  ...one,
  node: {
    ...one.node,
    ...(one.node.kind === 'container' && { details: { ...one.node.details, anonymousVolumes: [raw] } }),
  },
});

function withoutOwnIcon(text: { text: string; tooltip: string } | undefined) {
  return [text?.text.replace(/^\$\([\w~-]+\) /, ''), ...(text?.tooltip.split('\n') ?? [])];
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

const modules = await Promise.all(
  readdirSync(path.join(root, 'src/view/text')).map(async (file): Promise<[string, Exports]> => {
    const name = path.basename(file, '.ts');
    return [file, (await import(`../../src/view/text/${name}.ts`)) as Exports];
  }),
);

const textsOf = ([, all]: [string, Exports]) =>
  Object.keys(all).filter((name) => typeof all[name] === 'function' && !withoutText.test(name));

describe.each(modules.filter((one) => textsOf(one).length > 0))('(H1) %s', (file, all) => {
  test.each(textsOf([file, all]))('%s returns harmless text', (name) => {
    const call = cases[name];
    if (!call) throw new Error(`${name} is new: call it here with hostile text, or list it as a function without text`);
    fc.assert(
      fc.property(hostile, hostile, (raw, other) => {
        for (const text of textsIn(call(all[name], givenOf(raw, other)))) expect(text, name).toSatisfy(isHarmless);
      }),
      { numRuns: 150 },
    );
  });
});
