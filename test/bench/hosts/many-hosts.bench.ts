import { type Bench, type BenchOptions, comparedRow } from '../benchmark';
import { firstPaint, memory, removeAll } from './measures';
import { type FleetSize, RemoteFleet } from './remoteFleet';

const NAME = 'many-hosts';

export const bench: Bench = {
  about: `A simulation of ten times as many hosts: demo engines, each a separate process, of which every tenth is slow (300 ms per
response) and every twentieth disconnects for half a second after every 150 requests. The ratio is what ten times as many hosts
cost: first paint of the healthy hosts, memory per container, and one removal over all hosts until the healthy ones are empty.
The engines themselves share the processors with the window. *Left* counts containers after reconciliation.`,
  run: async (options) => {
    const [many, few]: readonly FleetSize[] = options.quick
      ? [
          { hosts: 10, each: 40, slow: 1, flapping: 1 },
          { hosts: 4, each: 40, slow: 1, flapping: 1 },
        ]
      : [
          { hosts: 100, each: 1_000, slow: 10, flapping: 5 },
          { hosts: 10, each: 1_000, slow: 1, flapping: 1 },
        ];
    if (!many || !few) return [];
    const peer = await measure(few, options);
    const own = await measure(many, options);
    const of = `${many.hosts} × ${many.each}`;
    const peerName = `${few.hosts} × ${few.each}`;
    return [
      comparedRow(`${NAME}, first paint, ${of}`, 'ms', { values: own.paint }, peerName, { values: peer.paint }),
      comparedRow(`${NAME}, memory, ${of}`, 'bytes', { values: own.bytes }, peerName, { values: peer.bytes }),
      comparedRow(`${NAME}, removal, ${of}`, 's', { values: own.seconds, left: own.left }, peerName, {
        values: peer.seconds,
        left: peer.left,
      }),
    ].map((row) => ({ ...row, engine: own.engine }));
  },
};

async function measure(size: FleetSize, options: BenchOptions) {
  const fleet = await RemoteFleet.build(size, options);
  try {
    await firstPaint(fleet); // warm-up
    await fleet.degrade();
    const paint = [await firstPaint(fleet), await firstPaint(fleet)];
    await fleet.restore();
    const bytes = [await memory(fleet)];
    const { seconds, left } = await removeAll(fleet, () => fleet.degrade());
    return { paint, bytes, seconds: [seconds], left, engine: fleet.all[0]?.name ?? null };
  } finally {
    await fleet.stop();
  }
}
