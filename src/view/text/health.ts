import { l10n } from 'vscode';
import type { ContainerNode, Health, HealthCheckResult } from '../../graph/model/model';
import type { StartCondition } from '../../graph/plan/plan';
import type { UnmetCondition } from '../../graph/plan/report';
import { nextCheck } from '../../graph/plan/startConditions';
import { atMostText, type DisplayText, joinSentences, plainMessage, plainText, summarizeNames } from './format';
import { displayName } from './plan';

/** Names in a notification. */
const maxNamed = 3;

export function healthText(health: Health): string {
  switch (health) {
    case 'starting':
      return l10n.t('health check starting');
    case 'healthy':
      return l10n.t('healthy');
    case 'unhealthy':
      return l10n.t('unhealthy');
  }
}

/** Time and output of a check. */
export function lastCheckText({ output, exitCode, at }: HealthCheckResult): string {
  const result = plainText(output) || l10n.t('exit code {0}', exitCode);
  return at === undefined ? result : `${new Date(at).toLocaleTimeString()} · ${result}`;
}

/** What a container will wait for, and how long at most; undefined for a start. @param name of the dependency */
export function conditionText(
  { condition, maxWaitMs = 0 }: Pick<StartCondition, 'condition' | 'maxWaitMs'>,
  name: DisplayText,
): string | undefined {
  if (condition === 'healthy')
    return l10n.t('waits up to {0} until {1} is healthy', atMostText(maxWaitMs / 1000), name);
  return condition === 'completed' ? l10n.t('waits until {0} has completed', name) : undefined;
}

/** What a container waits for before it starts. @param name of the dependency */
export function waitText(
  { condition }: Pick<StartCondition, 'condition'>,
  name: DisplayText,
  dependency?: ContainerNode,
  now = 0,
): string {
  switch (condition) {
    case 'healthy': {
      const next = dependency && nextCheck(dependency, now);
      return next
        ? l10n.t('waiting for {0}: starting, check {1} of {2}', name, next.number, next.total)
        : l10n.t('waiting for {0} to be healthy', name);
    }
    case 'completed':
      return l10n.t('waiting for {0} to complete', name);
    case 'started':
      return l10n.t('waiting for {0}', name);
  }
}

/** Containers that turned unhealthy or failed while no run worked on them. */
export function failingText(containers: readonly ContainerNode[]): DisplayText {
  const [first] = containers;
  if (first && containers.length === 1) {
    const { state, lastCheck, exitCode } = first;
    const isUnhealthy = state === 'running' && first.health === 'unhealthy';
    const unmet = isUnhealthy
      ? ({ kind: 'unhealthy', output: lastCheck?.output ?? '' } as const)
      : ({ kind: 'ended', exitCode } as const);
    return joinSentences([`${unmetText(unmet, displayName(first))}.`]);
  }
  const names = summarizeNames(containers.map(displayName), maxNamed);
  return plainMessage(l10n.t('{0} containers are unhealthy or exited with an error: {1}.', containers.length, names));
}

/** Why a dependent was not started. @param name of the dependency */
export function unmetText(unmet: UnmetCondition, name: DisplayText): string {
  switch (unmet.kind) {
    case 'unhealthy': {
      const output = plainText(unmet.output);
      return output ? l10n.t('{0} is unhealthy: {1}', name, output) : l10n.t('{0} is unhealthy', name);
    }
    case 'notHealthyInTime':
      return l10n.t("{0} didn't become healthy within {1} s", name, Math.ceil(unmet.ms / 1000));
    case 'ended':
      return unmet.exitCode === undefined
        ? l10n.t('{0} exited', name)
        : l10n.t('{0} exited with code {1}', name, unmet.exitCode);
    case 'gone':
      return l10n.t('{0} was removed', name);
  }
}
