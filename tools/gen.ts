// `npm run gen`: writes everything that is generated and checked in. test/house/generated.test.ts compares it with the code.
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from './build.ts';
import { commandsPage } from './gen/commands.ts';
import { errorsPage } from './gen/errors.ts';
import { routesPage } from './gen/routes.ts';
import { wireShapes } from './gen/wire.ts';

export const WIRE_FOLDER = 'libs/contracts/wire';

/** Path → content of every generated file. */
export async function generated(): Promise<Map<string, string>> {
  const files = new Map([
    ['docs/errors.md', errorsPage()],
    ['docs/commands.md', commandsPage()],
    ['docs/routes.md', await routesPage()],
  ]);
  for (const [name, shape] of wireShapes()) files.set(`${WIRE_FOLDER}/${name}.json`, `${JSON.stringify(shape, null, 2)}\n`);
  return files;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = await generated();
  for (const [file, content] of files) {
    await mkdir(path.join(ROOT, path.dirname(file)), { recursive: true });
    await writeFile(path.join(ROOT, file), content);
  }
  const old = (await readdir(path.join(ROOT, WIRE_FOLDER))).map((name) => `${WIRE_FOLDER}/${name}`).filter((file) => !files.has(file));
  for (const file of old) await rm(path.join(ROOT, file));
  console.log(`${files.size} files written${old.length > 0 ? `, ${old.length} removed` : ''}`);
}
