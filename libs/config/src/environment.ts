// EDUCLOUD_<ROLE>_<PATH_WITH_UNDERSCORES>=…: which variable means which key, and what it says.
import type { z } from 'zod';
import { coerce, leavesOf } from './schema-shape.ts';

const snake = (key: string): string => key.replace(/([a-z0-9])([A-Z])/g, '$1_$2').replace(/[^A-Za-z0-9]+/g, '_').toUpperCase();
export const variableName = (role: string, path: string[]): string => ['EDUCLOUD', role, ...path].map(snake).join('_');

export interface FromEnvironment { values: Array<{ path: string[]; value: unknown; variable: string }>; unknown: string[] }

/** @param reserved names that start alike and mean something else (the file itself). */
export function fromEnvironment(role: string, schema: z.ZodType, env: Record<string, string | undefined>, reserved: ReadonlySet<string>): FromEnvironment {
  const leaves = new Map(leavesOf([schema]).map((leaf) => [variableName(role, leaf.path), leaf]));
  const result: FromEnvironment = { values: [], unknown: [] };
  for (const [variable, text] of Object.entries(env)) {
    if (text === undefined || !variable.startsWith(`EDUCLOUD_${snake(role)}_`) || reserved.has(variable)) continue;
    const leaf = leaves.get(variable);
    if (leaf) result.values.push({ path: leaf.path, value: coerce(text, leaf.schemas), variable });
    else result.unknown.push(variable);
  }
  // The whole object first, its single keys over it.
  result.values.sort((a, b) => a.path.length - b.path.length);
  return result;
}
