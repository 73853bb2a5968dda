// `npm run down -- --dir D`: stops exactly the cloud that `up` or `quickstart` started below D, guests included. Its data stays.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from './build.ts';
import { stopCloud } from './cloud/stop.ts';

const { values } = parseArgs({ options: { dir: { type: 'string' }, help: { type: 'boolean', short: 'h' } }, strict: true });
if (values.help) {
  console.log('npm run down -- [--dir D]\n  --dir D   folder of the cloud (default .data/cloud)');
} else {
  const dir = path.resolve(values.dir ?? path.join(ROOT, '.data/cloud'));
  await stopCloud(dir);
  console.log(`stopped; the data is kept in ${dir}`);
}
