import { describe, expect, test } from 'vitest';
import { type ContainerState, containerStates } from '../../src/graph/model/model';
import {
  type Action,
  affectsDependents,
  appliesTo,
  isAction,
  isDependenciesFirst,
  isInTargetState,
  type LifecycleAction,
} from '../../src/graph/plan/lifecycleAction';
import { obstacleOf, problemEffect, type RecipeProblem } from '../../src/graph/plan/recipeProblem';

const actions: readonly Action[] = ['remove', 'bringBack', 'start', 'stop', 'restart', 'pause', 'unpause', 'kill'];

test('only the names of actions are actions', () => {
  expect(actions.filter(isAction)).toEqual(actions);
  expect([undefined, 1, '', 'destroy', 'toString', ['stop']].filter(isAction)).toEqual([]);
});

test('what runs after the action needs its dependencies first', () => {
  expect(actions.filter(isDependenciesFirst)).toEqual(['bringBack', 'start', 'unpause']);
});

test('what ends a container affects its dependents', () => {
  expect(actions.filter(affectsDependents)).toEqual(['remove', 'stop', 'restart', 'kill']);
});

describe('the states of containers', () => {
  const active: readonly ContainerState[] = ['running', 'paused', 'stopping', 'restarting'];

  test.each<[Action, readonly ContainerState[]]>([
    ['remove', containerStates],
    ['bringBack', containerStates],
    ['restart', containerStates],
    ['start', ['created', 'exited', 'dead', 'unknown']],
    ['stop', active],
    ['kill', active],
    ['pause', ['running']],
    ['unpause', ['paused']],
  ])('that %s changes', (action, expected) => {
    expect(containerStates.filter((state) => appliesTo(action, state)).sort()).toEqual([...expected].sort());
  });

  const ended = containerStates.filter((state) => !active.includes(state));
  test.each<[LifecycleAction, readonly ContainerState[]]>([
    ['start', active],
    ['stop', ended],
    ['kill', ended],
    ['pause', ['paused', ...ended]],
    ['unpause', containerStates.filter((state) => state !== 'paused')],
    ['restart', []],
  ])('that are the result of %s', (action, expected) => {
    expect(containerStates.filter((state) => isInTargetState(action, state)).sort()).toEqual([...expected].sort());
  });

  test('do not show a restart', () => {
    expect(containerStates.map((state) => isInTargetState('restart', state))).toEqual(
      containerStates.map(() => undefined),
    );
  });
});

describe('the problems of a recipe', () => {
  const problem = (kind: RecipeProblem['kind']) => ({ kind }) as RecipeProblem;

  test.each<['creation' | 'start' | 'none', readonly RecipeProblem['kind'][]]>([
    [
      'creation',
      ['nameTaken', 'imageMissing', 'networkMissing', 'secretMissing', 'dependencyMissing', 'invalidRecipe'],
    ],
    ['start', ['portInUse']],
    [
      'none',
      [
        ...(['networkRecreated', 'volumeMissing', 'backupFound', 'backupMissing', 'backupUnused'] as const),
        ...(['notRestored', 'otherEngine'] as const),
      ],
    ],
  ])('that prevent: %s', (effect, kinds) => {
    for (const kind of kinds) expect(problemEffect(problem(kind)), kind).toBe(effect);
  });

  test('have an obstacle if one prevents the creation: the first', () => {
    expect(obstacleOf()).toBeUndefined();
    expect(obstacleOf([problem('portInUse'), problem('otherEngine')])).toBeUndefined();
    const problems = [problem('portInUse'), problem('imageMissing'), problem('nameTaken')];
    expect(obstacleOf(problems)).toBe(problems[1]);
  });
});
