// docs/commands.md: every command with its stations and jobs, from the tree and the contracts. Called by tools/gen.ts.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { JOBS, type JobName } from '@educloud/contracts';
import { ROOT } from '../build.ts';
import { borrowedBy, COMMANDS, stationsOf } from './stations.ts';
import { GENERATED, table } from './text.ts';

/** The doc comment above a job in the contract. */
function meaningOf(job: JobName): string {
  const source = readFileSync(path.join(ROOT, 'libs/contracts/src/jobs.ts'), 'utf8');
  return new RegExp(`/\\*\\* ([^\\n]*) \\*/\\n  ${job}: job\\(`).exec(source)?.[1] ?? '';
}

function section(command: string): string {
  const { stations } = stationsOf(command);
  const jobs = (Object.keys(JOBS) as JobName[]).filter((name) => JOBS[name].command === command);
  const parts = [`## ${command}`, stations.find((s) => s.tier === 'clc')?.what ?? '', table(['station', 'file'], stations.map((s) => [s.tier, `\`${s.file}\``]))];
  if (jobs.length > 0) parts.push(table(['job', 'done by', 'what'], jobs.map((name) => [`\`${name}\``, JOBS[name].role, meaningOf(name)])));
  const borrowed = borrowedBy(command);
  if (borrowed.length > 0) parts.push(`Its plan also uses ${borrowed.map((name) => `\`${name}\` of ${JOBS[name].command}`).join(', ')}.`);
  return parts.join('\n\n');
}

export function commandsPage(): string {
  return `${GENERATED}
# Commands

A command is one verb with one file per tier, under the same path everywhere: \`git ls-files '*/commands/image-create/prepare.ts'\` lists its life, \`npm run show image/create/prepare\` prints its stations.
A long command becomes a plan of **jobs**; each job is done by one daemon and can be undone. \`image/modify\` is the same build as \`image/create\` with the destination equal to the source: after \`begin\` its steps are those of \`image/create\`.

${COMMANDS.map(section).join('\n\n')}
`;
}
