import type { Container, Pod } from './model';
import type { Profile } from './profile';

type EventType = 'container' | 'pod' | 'volume';

/** An event of the engine, before it takes the shape of a profile. */
export interface DemoEvent {
  type: EventType;
  action: string;
  id: string;
  attributes: Record<string, string>;
  /** Milliseconds since the epoch. */
  at: number;
  /** Counts up with each event; makes `timeNano` unique within a millisecond. */
  sequence: number;
}

/** Decides how often an event is told: 0 drops it, 2 doubles it. */
export type EventFilter = (event: DemoEvent) => number;

const retained = 10_000;

/** The engine's memory of what happened, and who listens to it. */
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
    const attributes: Record<string, string> = {
      ...container.labels,
      image: container.image,
      name: container.name,
      // The engine leaves the pod out of `died`, on every line.
      podId: action === 'died' ? '' : (container.podId ?? ''),
    };
    const exitCode = this.exitCodeAttribute(container, action);
    if (exitCode !== undefined) attributes['containerExitCode'] = exitCode;
    this.notify('container', action, container.id, attributes);
  }

  pod(pod: Pod, action: string): void {
    // Labels of a pod are in its events since 6.
    const labels = this.profile.name === '6' ? pod.labels : {};
    this.notify('pod', action, pod.id, { ...labels, ...this.always(), image: '', name: pod.name, podId: '' });
  }

  volume(name: string, action: string): void {
    this.notify('volume', action, '', { ...this.always(), image: '', name, podId: '' });
  }

  since(time: number): DemoEvent[] {
    return this.history.filter((event) => event.at >= time);
  }

  subscribe(listener: (event: DemoEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Tells everything once more, as Podman does after its log file was rotated. */
  replay(): void {
    for (const event of [...this.history]) for (const listener of [...this.listeners]) listener(event);
  }

  private notify(type: EventType, action: string, id: string, attributes: Record<string, string>): void {
    const event = { type, action, id, attributes, at: this.now(), sequence: this.sequence++ };
    const times = this.copies(event);
    for (let told = 0; told < times; told++) {
      this.history.push(event);
      if (this.history.length > 2 * retained) this.history.splice(0, retained);
      for (const listener of [...this.listeners]) listener(event);
    }
  }

  private always(): Record<string, string> {
    return this.profile.name === '4.3' ? { containerExitCode: '0' } : {};
  }

  /** 4.3 has an exit code in every event, true only in `died`; later lines have it in what follows an exit. */
  private exitCodeAttribute(container: Container, action: string): string | undefined {
    const code = String(container.exitCode);
    if (this.profile.name === '4.3') return action === 'died' ? code : '0';
    if (action === 'died') return code;
    return action === 'remove' && container.finishedAt !== undefined ? code : undefined;
  }
}

/** An event as one line of `GET /events`. 6 has its members in another order. */
export function eventLine(event: DemoEvent, profile: Profile): string {
  const modern = {
    Type: event.type,
    Action: event.action,
    Actor: { ID: event.id, Attributes: event.attributes },
    scope: 'local',
    time: Math.floor(event.at / 1000),
    timeNano: Math.floor(event.at) * 1_000_000 + (event.sequence % 1000) * 1000,
  };
  const legacy = {
    status: event.action,
    ...(event.id ? { id: event.id } : {}),
    ...(event.attributes['image'] ? { from: event.attributes['image'] } : {}),
  };
  return `${JSON.stringify(profile.name === '6' ? { ...modern, ...legacy } : { ...legacy, ...modern })}\n`;
}
