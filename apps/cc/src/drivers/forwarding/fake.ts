// Forwarding that only remembers: for tests, and for clouds on pretended guests. Never chosen by itself.
import { say, type Said } from '@educloud/contracts';
import type { Forwarding, ForwardingWanted } from './interface.ts';

export interface FakeForwarding extends Forwarding {
  /** What is forwarded now. */
  now(): ForwardingWanted;
  /** As if somebody had thrown our rules away. */
  lose(): void;
}

export function createFakeForwarding(options: { unusable?: Said } = {}): FakeForwarding {
  const nothing: ForwardingWanted = { redirects: [], aliases: [], guests: null };
  let state = nothing;
  const items = (w: ForwardingWanted): string[] => [...w.redirects.map((r) => JSON.stringify(r)), ...w.aliases.map((a) => JSON.stringify(a)), ...(w.guests ? [JSON.stringify(w.guests)] : [])];
  const isAddress = (text: string | null): boolean => text === null || /^(\d{1,3}\.){3}\d{1,3}$/.test(text);
  return {
    unusable: async () => options.unusable ?? null,
    async apply(wanted) {
      const refused = new Map<string, Said>();
      for (const r of wanted.redirects) if (![r.listenIp, r.toIp].every(isAddress)) refused.set(r.id, say('refusedByKernel', { why: 'not an address' }));
      for (const a of wanted.aliases) if (![a.publicIp, a.privateIp].every(isAddress)) refused.set(a.id, say('refusedByKernel', { why: 'not an address' }));
      const taken = { ...wanted, redirects: wanted.redirects.filter((r) => !refused.has(r.id)), aliases: wanted.aliases.filter((a) => !refused.has(a.id)) };
      const [had, have] = [items(state), items(taken)];
      state = taken;
      return { changed: had.filter((i) => !have.includes(i)).length + have.filter((i) => !had.includes(i)).length, refused };
    },
    now: () => state,
    lose: () => { state = nothing; },
  };
}
