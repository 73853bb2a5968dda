// The list of what exists: every route with its need. Refuses a double or undeclared one, and orders them so that literal segments win.
import { Need } from '@educloud/contracts';
import { match } from 'path-to-regexp';
import type { RouteSpec } from './interface.ts';

export interface Declarations<H> {
  add(kind: 'http' | 'upgrade', spec: RouteSpec, handler: H): void;
  /** All paths of the kind, most literal first, each with its handlers by method. */
  byPath(kind: 'http' | 'upgrade'): Array<{ path: string; methods: Map<string, { spec: RouteSpec; handler: H }> }>;
  all(): ReadonlyArray<RouteSpec>;
}

/** `/a/:id` and `/a/:name` are the same address. */
const shape = (path: string): string => path.replace(/:[^/]+/g, ':').replace(/\*[^/]+/g, '*');
/** Per segment: literal 0, parameter 1, rest 2; smaller goes first. */
const rank = (path: string): string => path.split('/').map((s) => (s.includes('*') ? '2' : s.includes(':') ? '1' : '0')).join('');

export function createDeclarations<H>(): Declarations<H> {
  const kinds = { http: new Map<string, { path: string; methods: Map<string, { spec: RouteSpec; handler: H }> }>(), upgrade: new Map<string, { path: string; methods: Map<string, { spec: RouteSpec; handler: H }> }>() };
  const list: RouteSpec[] = [];
  return {
    add(kind, spec, handler) {
      const name = `${kind === 'upgrade' ? 'UPGRADE' : spec.method} ${spec.path}`;
      if (!Need.safeParse(spec.need).success) throw new Error(`route ${name} does not declare what it needs`);
      match(spec.path); // throws on a path express would not understand
      const key = shape(spec.path);
      const at = kinds[kind].get(key) ?? { path: spec.path, methods: new Map<string, { spec: RouteSpec; handler: H }>() };
      if (at.methods.has(spec.method)) throw new Error(`route ${name} is declared twice`);
      if (at.path !== spec.path) throw new Error(`route ${name} names its parameters differently from ${at.path}`);
      at.methods.set(spec.method, { spec, handler });
      kinds[kind].set(key, at);
      list.push(spec);
    },
    byPath: (kind) => [...kinds[kind].values()].sort((a, b) => rank(a.path).localeCompare(rank(b.path))),
    all: () => list,
  };
}
