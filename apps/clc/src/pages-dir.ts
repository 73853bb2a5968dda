// Where the built pages lie: beside the compiled daemon, or in the checkout's dist/.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export function pagesDir(): string | null {
  const places = ['./web', '../../../dist/web'].map((p) => fileURLToPath(new URL(p, import.meta.url)));
  return places.find((p) => existsSync(`${p}/index.html`)) ?? null;
}
