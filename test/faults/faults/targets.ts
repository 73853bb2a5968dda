// Names of what a fault is done to, for a shape.
import { daemonsOf, type DaemonName } from '../../../tools/cloud/layout.ts';
import type { Rig, RigNode } from '../rig/interface.ts';
import type { Shape } from './interface.ts';

export const daemons = ({ nodes, controllers }: Shape): DaemonName[] => daemonsOf(nodes, controllers);
export const nodes = (shape: Shape): DaemonName[] => daemons(shape).filter((name) => name.startsWith('nc'));
export const controllers = (shape: Shape): DaemonName[] => daemons(shape).filter((name) => name.startsWith('clc'));
/** Those with a small disk of their own. */
export const storing = (shape: Shape): DaemonName[] => ['walrus', 'cc', ...nodes(shape)];

export function nodeOf(rig: Rig, name: string): RigNode {
  const node = rig.nodes.find((n) => n.name === name);
  if (!node) throw new Error(`there is no node ${name}`);
  return node;
}
