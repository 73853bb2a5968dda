// Looks after the logs of all serial ports on this node: a guest that writes without end does not fill the disk of its host. Begun by main.
import { readdir } from 'node:fs/promises';
import { SERIAL_LOG_BYTES } from '@educloud/contracts';
import type { Logger } from '@educloud/log';
import { INSTANCE, type NodePaths } from '../paths.ts';
import { trimSerialLog } from './log-file.ts';

const EVERY_MS = 5000;

export function keepSerialLogsSmall({ paths, log, everyMs = EVERY_MS }: { paths: NodePaths; log: Logger; everyMs?: number }): { close(): Promise<void> } {
  let looking: Promise<void> | null = null;
  async function look(): Promise<void> {
    for (const name of await readdir(paths.instances)) {
      if (!INSTANCE.test(name)) continue;
      await trimSerialLog(paths.serialLog(name), SERIAL_LOG_BYTES).catch((e: unknown) => log.warn({ err: e, insId: name }, 'the log of its serial port cannot be kept small; it is tried again'));
    }
  }
  const timer = setInterval(() => {
    looking ??= look().catch((e: unknown) => log.warn({ err: e }, 'the logs of serial ports cannot be kept small; it is tried again')).finally(() => { looking = null; });
  }, everyMs);
  timer.unref();
  return {
    async close() {
      clearInterval(timer);
      await looking;
    },
  };
}
