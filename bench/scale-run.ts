// `npm run scale -- --nodes N --instances M [--minutes T] [--broker-away S] [--real] [--share-connections] [--json FILE]`: the figures of scale.ts for any size.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../tools/build.ts';
import { fits, table } from './figure.ts';
import { machine } from './machine.ts';
import { measureScale, type ScaleSize } from './scale.ts';
import { openWorkshop } from './workshop.ts';

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '500' }, instances: { type: 'string', default: '1000' }, minutes: { type: 'string', default: '2' }, 'broker-away': { type: 'string', default: '0' },
    real: { type: 'boolean', default: false }, 'share-connections': { type: 'boolean', default: false }, 'per-process': { type: 'string' }, json: { type: 'string' },
  },
});
const kind = values.real ? 'real' : 'light';
const size: ScaleSize = {
  nodes: Number(values.nodes), instances: Number(values.instances), minutes: Number(values.minutes), kind, connections: values['share-connections'] ? 'shared' : 'own',
  perProcess: Number(values['per-process'] ?? (kind === 'real' ? 50 : 250)), brokerAwaySeconds: Number(values['broker-away']),
};
if (Object.values(size).some((n) => typeof n === 'number' && !(n >= 0)) || size.nodes < 1) {
  console.error('npm run scale -- --nodes N --instances M [--minutes T] [--broker-away SECONDS] [--real] [--share-connections] [--per-process P] [--json FILE]');
  process.exit(64);
}
const shop = await openWorkshop('scale');
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void shop.end().finally(() => process.exit(130)));
try {
  const figures = await measureScale(shop, size);
  const file = path.resolve(values.json ?? path.join(ROOT, '.data/scale.json'));
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify({ at: new Date().toISOString(), machine: await machine(), size, figures }, null, 2)}\n`);
  console.log(`\n${table(figures)}\n`);
  for (const f of figures) if (f.note) console.log(`${f.name}: ${f.note}`);
  console.log(`\n${figures.length} figures, ${figures.filter((f) => !fits(f)).length} beyond their limit; JSON in ${path.relative(process.cwd(), file)}`);
} finally {
  await shop.end();
}
process.exit();
