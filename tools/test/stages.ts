// Which tests there are, and what each kind needs. The table of docs/testing.md.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../build.ts';

export interface Stage {
  name: string;
  /** Folders and what ends the name of a test file in them. */
  folders: string[];
  suffix: string;
  /** Of one test, unless the test says otherwise. */
  timeoutMs: number;
  /** Needs dist/ (the five processes, the pages). */
  built: boolean;
  /** One process runs them all: for files that take milliseconds. Otherwise each file has a process, so that several run side by side. */
  together: boolean;
  /** A process that takes longer is ended and counts as failed. */
  limitMs: number;
  /** Files that take more than half a minute, the longest first: what is begun last should be short. The others follow by name. */
  long: string[];
}

export interface Batch {
  stage: Stage;
  /** The stage, or one file of it without its suffix. */
  name: string;
  files: string[];
}

const MIN = 60_000;
export const STAGES: Stage[] = [
  { name: 'unit', folders: ['libs', 'apps', 'tools', 'test'], suffix: '.spec.ts', timeoutMs: 10_000, built: false, together: true, limitMs: 5 * MIN, long: [] },
  { name: 'contract', folders: ['test/contract'], suffix: '.test.ts', timeoutMs: 60_000, built: false, together: false, limitMs: 8 * MIN, long: ['store-mariadb', 'instance-networks'] },
  { name: 'integration', folders: ['test/integration'], suffix: '.test.ts', timeoutMs: 90_000, built: true, together: false, limitMs: 6 * MIN, long: ['guest-image', 'hypervisor'] },
  { name: 'system', folders: ['test/system'], suffix: '.test.ts', timeoutMs: 180_000, built: true, together: false, limitMs: 12 * MIN, long: ['build-real', 'kill-real', 'instances-real', 'install-real', 'network-cloud-real', 'network-real', 'bad-input', 'kill-fake-steps', 'kill-fake-ends', 'instances-fake', 'instances-class', 'local-desktops-fake', 'local-desktops-real', 'quickstart'] },
  { name: 'browser', folders: ['test/browser'], suffix: '.test.ts', timeoutMs: 90_000, built: true, together: false, limitMs: 5 * MIN, long: ['desktops-real', 'wizard-real'] },
];

function filesOf(stage: Stage): string[] {
  const found = stage.folders.flatMap((folder) => walk(folder)).filter((file) => file.endsWith(stage.suffix)).sort();
  const rank = (file: string): number => {
    const at = stage.long.indexOf(path.basename(file, stage.suffix));
    return at < 0 ? stage.long.length : at;
  };
  return found.sort((a, b) => rank(a) - rank(b));
}

const walk = (folder: string): string[] =>
  readdirSync(path.join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const at = path.join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : walk(at);
    return [at];
  });

/** In the order in which they are begun. `whole`: one process per stage, for a search that most files have nothing for. */
export function batchesOf(stages: Stage[], whole: boolean): Batch[] {
  return stages.flatMap((stage) => {
    const files = filesOf(stage);
    if (stage.together || whole) return [{ stage, name: stage.name, files }];
    return files.map((file) => ({ stage, name: `${stage.name}: ${path.relative(stage.folders[0] ?? '', file).slice(0, -stage.suffix.length)}`, files: [file] }));
  });
}
