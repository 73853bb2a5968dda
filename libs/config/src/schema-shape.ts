// What a zod schema says about its own form: the keys below a path and how text becomes a value. Used for environment names and unknown keys.
import type { z } from 'zod';

interface Def { type: string; innerType?: z.ZodType; in?: z.ZodType; out?: z.ZodType; shape?: Record<string, z.ZodType>; catchall?: z.ZodType; options?: z.ZodType[] }
const defOf = (schema: z.ZodType): Def => (schema as unknown as { def: Def }).def;

/** Without default, optional, nullable, transform and the like. */
function bare(schema: z.ZodType): z.ZodType {
  const def = defOf(schema);
  if (def.innerType && def.type !== 'promise') return bare(def.innerType);
  if (def.type === 'pipe' && def.in && def.out) return bare(defOf(def.in).type === 'transform' ? def.out : def.in);
  return schema;
}

/** Keys of an object schema, of all variants of a union; null when it is no object or takes any key. */
export function keysOf(schema: z.ZodType): Record<string, z.ZodType[]> | null {
  const def = defOf(bare(schema));
  if (def.type === 'object') {
    if (def.catchall && defOf(def.catchall).type !== 'never') return null;
    return Object.fromEntries(Object.entries(def.shape ?? {}).map(([k, v]) => [k, [v]]));
  }
  if (def.type !== 'union') return null;
  const merged: Record<string, z.ZodType[]> = {};
  for (const keys of (def.options ?? []).map(keysOf)) for (const [k, v] of Object.entries(keys ?? {})) (merged[k] ??= []).push(...v);
  return Object.keys(merged).length > 0 ? merged : null;
}

export interface Leaf { path: string[]; schemas: z.ZodType[] }

export function leavesOf(schemas: z.ZodType[], path: string[] = []): Leaf[] {
  const merged: Record<string, z.ZodType[]> = {};
  for (const keys of schemas.map(keysOf)) for (const [k, v] of Object.entries(keys ?? {})) (merged[k] ??= []).push(...v);
  const below = Object.entries(merged).flatMap(([key, inner]) => leavesOf(inner, [...path, key]));
  // An object can also be given whole, as JSON.
  return path.length > 0 ? [{ path, schemas }, ...below] : below;
}

const TRUE = new Set(['true', '1', 'yes', 'on']);
const FALSE = new Set(['false', '0', 'no', 'off']);

/** Text of the environment as the type the schema wants; what does not fit stays text, and the schema complains. */
export function coerce(text: string, schemas: z.ZodType[]): unknown {
  const types = new Set(schemas.flatMap((s) => { const d = defOf(bare(s)); return d.type === 'union' ? (d.options ?? []).map((o) => defOf(bare(o)).type) : [d.type]; }));
  const trimmed = text.trim();
  if (/^[[{]/.test(trimmed) && (types.has('array') || types.has('object') || types.has('record'))) {
    try { return JSON.parse(trimmed) as unknown; } catch { return text; }
  }
  if (types.has('array')) return trimmed === '' ? [] : trimmed.split(',').map((s) => s.trim());
  if ((types.has('number') || types.has('int')) && trimmed !== '' && Number.isFinite(Number(trimmed))) return Number(trimmed);
  if (types.has('boolean') && TRUE.has(trimmed.toLowerCase())) return true;
  if (types.has('boolean') && FALSE.has(trimmed.toLowerCase())) return false;
  return text;
}
