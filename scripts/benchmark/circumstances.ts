import os from 'node:os';

/** Conditions of a measurement. */
export interface EnvironmentInfo {
  readonly date: Date;
  readonly machine: string;
  /** Load average of the last minute. */
  readonly load: number;
}

export function environmentInfo(): EnvironmentInfo {
  const cpus = os.cpus();
  const model = (cpus[0]?.model ?? os.arch()).replace(/\s+/g, ' ').trim();
  const memory = Math.round(os.totalmem() / 2 ** 30);
  const machine = `${cpus.length} × ${model}, ${memory} GB, ${os.type()} ${os.release()}, Node ${process.versions.node}`;
  return { date: new Date(), machine, load: os.loadavg()[0] ?? 0 };
}
