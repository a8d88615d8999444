import type { DemoEvent } from '../events';
import type { Profile } from '../profile';

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
