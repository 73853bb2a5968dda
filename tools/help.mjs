// `npm run help`: each npm script with one line of meaning. Fails when a script has no line here, so that the list stays whole.
import { readFileSync } from 'node:fs';

const MEANING = {
  help: 'this list',
  quickstart: 'the whole cloud in one process, a guest image, and one new image built through every phase; stays up (-- --once: stops and exits)',
  up: 'start a cloud on this machine (all-in-one; -- --distributed --dir D: five processes on private real servers)',
  down: 'stop what `up` started (-- --dir D)',
  test: 'everything: unit, contract, integration, system and browser tests on private real servers',
  faults: 'campaigns of seeded faults against a whole cloud on real servers, each checked afterwards (-- --seed S --minutes M; -- --help)',
  soak: 'mixed work for half an hour while everything that could grow is sampled (-- --minutes M --all-in-one): a leak is a failure',
  check: 'types, lint, import directions, dead code, house rules; what CI runs first',
  bench: 'measurements, each against a baseline of the same run',
  scale: 'many nodes and instances on one CC and CLC (-- --nodes 5000 --instances 2000 --minutes 2 --broker-away 180): figures and JSON',
  gen: 'write the generated files anew: docs/errors.md, docs/commands.md, docs/routes.md, libs/contracts/wire',
  build: 'compile daemons, command line and web pages into dist/',
  'guest-image': 'make the tiny Linux guest from Debian packages and print its path (-- --iso: the medium that installs it)',
  show: 'the stations of a command in every tier (npm run show image/create/prepare)',
  edu: 'the command line of the cloud (npm run edu -- --help)',
};

const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const names = Object.keys(scripts);
const unknown = [...names.filter((n) => !MEANING[n]), ...Object.keys(MEANING).filter((n) => !scripts[n])];
const width = Math.max(...names.map((n) => n.length));
for (const name of names) console.log(`npm run ${name.padEnd(width)}  ${MEANING[name] ?? '?'}`);
if (unknown.length > 0) {
  console.error(`tools/help.mjs and package.json disagree about: ${unknown.join(', ')}`);
  process.exitCode = 1;
}
