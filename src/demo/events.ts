import type { Container, HealthState, Pod } from './model';
import type { Profile } from './profile';

type EventType = 'container' | 'pod' | 'volume' | 'network' | 'image';

/** An event, independent of the profile. */
export interface DemoEvent {
  type: EventType;
  action: string;
  id: string;
  attributes: Record<string, string>;
  /** Of a health check. */
  health?: string | undefined;
  /** Milliseconds since the epoch. */
  at: number;
  /** Makes `timeNano` unique within a millisecond. */
  sequence: number;
}

/** Returns how often an event is sent: 0 drops it, 2 duplicates it. */
export type EventFilter = (event: DemoEvent) => number;

const historySize = 10_000;

/** The event history and its subscribers. */
export class EventJournal {
  private readonly history: DemoEvent[] = [];
  private readonly listeners = new Set<(event: DemoEvent) => void>();
  private sequence = 0;

  constructor(
    private readonly profile: Profile,
    private readonly now: () => number,
    private readonly copies: EventFilter,
  ) {}

  container(container: Container, action: string): void {
    this.notify('container', action, container.id, this.attributesOf(container, action));
  }

  /** @param before the status before the check, which is what 4.3 reports */
  health(container: Container, before: HealthState['status']): void {
    const health = this.profile.name === '4.3' ? before : container.health?.status;
    this.notify('container', 'health_status', container.id, this.attributesOf(container, 'health_status'), health);
  }

  pod(pod: Pod, action: string): void {
    // Pod events include labels since 6.
    const labels = this.profile.name === '6' ? pod.labels : {};
    this.notify('pod', action, pod.id, { ...labels, ...this.always(), image: '', name: pod.name, podId: '' });
  }

  volume(name: string, action: string): void {
    this.notify('volume', action, '', { ...this.always(), image: '', name, podId: '' });
  }

  network(name: string, action: string): void {
    // Podman 4 reports no networks.
    if (this.profile.name !== '4.3') this.notify('network', action, '', { ...this.always(), name, podId: '' });
  }

  image(name: string, action: string): void {
    this.notify('image', action, '', { ...this.always(), image: name, name, podId: '' });
  }

  since(time: number): DemoEvent[] {
    return this.history.filter((event) => event.at >= time);
  }

  subscribe(listener: (event: DemoEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Repeats all events, as Podman does after it rotates its log file. */
  replay(): void {
    for (const event of [...this.history]) for (const listener of [...this.listeners]) listener(event);
  }

  private notify(
    type: EventType,
    action: string,
    id: string,
    attributes: Record<string, string>,
    health?: string,
  ): void {
    const event = { type, action, id, attributes, health, at: this.now(), sequence: this.sequence++ };
    const times = this.copies(event);
    for (let count = 0; count < times; count++) {
      this.history.push(event);
      if (this.history.length > 2 * historySize) this.history.splice(0, historySize);
      for (const listener of [...this.listeners]) listener(event);
    }
  }

  private always(): Record<string, string> {
    return this.profile.name === '4.3' ? { containerExitCode: '0' } : {};
  }

  private attributesOf(container: Container, action: string): Record<string, string> {
    const exitCode = this.exitCodeAttribute(container, action);
    return {
      ...container.labels,
      image: container.image,
      name: container.name,
      // All versions omit the pod in `died`.
      podId: action === 'died' ? '' : (container.podId ?? ''),
      ...(exitCode === undefined ? {} : { containerExitCode: exitCode }),
    };
  }

  /** 4.3 includes an exit code in every event, correct only in `died`; later versions only in `died` and `remove`. */
  private exitCodeAttribute(container: Container, action: string): string | undefined {
    const code = String(container.exitCode);
    if (this.profile.name === '4.3') return action === 'died' ? code : '0';
    if (action === 'died') return code;
    return action === 'remove' && container.finishedAt !== undefined ? code : undefined;
  }
}

/** Serializes one line of `GET /events`; the order of members differs in 6. */
export function eventLine(event: DemoEvent, profile: Profile): string {
  const modern = {
    Type: event.type,
    Action: event.action,
    Actor: { ID: event.id, Attributes: event.attributes },
    scope: 'local',
    time: Math.floor(event.at / 1000),
    timeNano: Math.floor(event.at) * 1_000_000 + (event.sequence % 1000) * 1000,
    ...(event.health === undefined ? {} : { HealthStatus: event.health }),
  };
  const legacy = {
    status: event.action,
    ...(event.id ? { id: event.id } : {}),
    ...(event.attributes['image'] ? { from: event.attributes['image'] } : {}),
  };
  return `${JSON.stringify(profile.name === '6' ? { ...modern, ...legacy } : { ...legacy, ...modern })}\n`;
}
