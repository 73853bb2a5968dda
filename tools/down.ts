// `npm run down -- --dir D`: stops exactly the cloud that `up` or `quickstart` started below D, guests included. Its data stays.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from './build.ts';
import { stopCloud } from './cloud/stop.ts';

const { values } = parseArgs({ options: { dir: { type: 'string' }, help: { type: 'boolean', short: 'h' } }, strict: true });
if (values.help) {
  console.log('npm run down -- [--dir D]\n  --dir D   folder of the cloud (default .data/cloud; that of quickstart is .data/quickstart)');
} else {
  const dir = path.resolve(values.dir ?? path.join(ROOT, '.data/cloud'));
  if (existsSync(path.join(dir, 'settings.json'))) {
    await stopCloud(dir);
    console.log(`stopped; the data is kept in ${dir}; start it again with: npm run up -- --dir ${dir}`);
  } else {
    console.error(`there is no cloud in ${dir}; quickstart's is in ${path.join(ROOT, '.data/quickstart')}`);
    process.exitCode = 1;
  }
}
