// A bench's temporary folder and everything that has to be put away afterwards, also after a failure or Ctrl-C. Made by run.ts.
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface Workshop {
  dir: string;
  say(text: string): void;
  /** Put away in reverse order; each even when another one fails. */
  onEnd(work: () => unknown): void;
  end(): Promise<void>;
}

export async function openWorkshop(name: string): Promise<Workshop> {
  const dir = await mkdtemp(path.join(tmpdir(), 'edu-bench-'));
  await chmod(dir, 0o755); // private servers and QEMU give up root
  const works: Array<() => unknown> = [() => rm(dir, { recursive: true, force: true })];
  let ending: Promise<void> | null = null;
  const end = async (): Promise<void> => {
    for (let work = works.pop(); work; work = works.pop()) {
      try {
        await work();
      } catch (e) {
        console.error(`${name}: putting away failed:`, e instanceof Error ? e.message : e);
      }
    }
  };
  return {
    dir,
    say: (text) => console.error(`${new Date().toISOString().slice(11, 19)} ${name}: ${text}`),
    onEnd: (work) => void works.push(work),
    end: () => (ending ??= end()),
  };
}
