// `npm run show image/create/prepare`: where a command passes through each tier. Fails when a station is missing.
import { COMMANDS, stationsOf } from './gen/stations.ts';

const command = process.argv[2] ?? '';
if (!/^[a-z]+(\/[a-z]+){1,2}$/.test(command)) {
  console.error(`usage: npm run show image/create/prepare\ncommands: ${COMMANDS.join(', ')}`);
  process.exit(2);
}
const { stations, missing } = stationsOf(command);
const width = Math.max(...stations.map((s) => s.file.length), 0);
for (const s of stations) console.log(`${s.tier.padEnd(10)} ${s.file.padEnd(width)}  ${s.what}`);
for (const m of missing) console.error(`missing    ${m}`);
process.exit(missing.length > 0 ? 1 : 0);
