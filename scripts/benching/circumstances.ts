import os from 'node:os';

/** Where and when something was measured, as far as it bears on the figures. */
export interface Circumstances {
  readonly date: Date;
  readonly machine: string;
  /** Processes that wanted a processor, mean of the minute before. */
  readonly load: number;
}

export function circumstances(): Circumstances {
  const cpus = os.cpus();
  const model = (cpus[0]?.model ?? os.arch()).replace(/\s+/g, ' ').trim();
  const memory = Math.round(os.totalmem() / 2 ** 30);
  const machine = `${cpus.length} × ${model}, ${memory} GB, ${os.type()} ${os.release()}, Node ${process.versions.node}`;
  return { date: new Date(), machine, load: os.loadavg()[0] ?? 0 };
}
