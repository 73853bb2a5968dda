// A hypervisor of which only some guests are seen: what the cloud placed here and the local desktops of the host never touch each other.
import type { Hypervisor } from '../drivers/hypervisor/interface.ts';

/** Only what lists is narrowed: whoever names a guest has its name from a list of his own. */
export const narrowed = (hypervisor: Hypervisor, sees: (name: string) => boolean): Hypervisor => ({
  ...hypervisor,
  list: async () => (await hypervisor.list()).filter(({ insId }) => sees(insId)),
  counters: async () => (await hypervisor.counters()).filter(({ insId }) => sees(insId)),
  onEvent: (listener) => hypervisor.onEvent((event) => { if (sees(event.insId)) listener(event); }),
});
