// The setting of a network as an administrator types it, and back. What cannot be told apart here is sent as it is, so that the answer names it.
import type { ClusterNetworkSettings, ClusterNetworkView } from '@educloud/contracts';

export interface SettingText { mode: ClusterNetworkSettings['mode']; accessHost: string; rdpPorts: string; managementPorts: string; bridge: string; cidr: string; addresses: string; gateway: string; dns: string; publicIps: string; macs: string }
type Range = { from: string; to: string };

const shown = (range: { from: string | number; to: string | number } | null): string => (range === null ? '' : range.from === range.to ? String(range.from) : `${range.from}-${range.to}`);

export const textOf = (network: ClusterNetworkView): SettingText => ({
  mode: network.mode, accessHost: network.accessHost ?? '', rdpPorts: shown(network.rdpPorts), managementPorts: shown(network.managementPorts), bridge: network.bridge ?? '',
  cidr: network.privateNet?.cidr ?? '', addresses: network.privateNet ? shown(network.privateNet) : '', gateway: network.privateNet?.gateway ?? '', dns: network.privateNet?.dns.join(', ') ?? '',
  publicIps: network.publicIps.map(shown).join(', '), macs: shown(network.macs),
});

const orNone = (text: string): string | null => text.trim() || null;
const listed = (text: string): string[] => text.split(/[,;\s]+/).filter((one) => one !== '');
function range(text: string): Range {
  const [from = '', to = from] = text.split(/\s*[-–]\s*/).map((end) => end.trim());
  return { from, to };
}
/** Null: none. Undefined: these are no ports, and nothing that could be sent means that. */
function ports(text: string): { from: number; to: number } | null | undefined {
  if (text.trim() === '') return null;
  const [, from, to = from] = /^\s*(\d{1,7})\s*(?:[-–]\s*(\d{1,7})\s*)?$/.exec(text) ?? [];
  return from === undefined ? undefined : { from: Number(from), to: Number(to) };
}

export type PortField = 'rdpPorts' | 'managementPorts';

/** `wrong`: fields that cannot be sent. */
export function settingOf(text: SettingText): { setting: ClusterNetworkSettings; wrong: PortField[] } {
  const [rdpPorts, managementPorts] = [ports(text.rdpPorts), ports(text.managementPorts)];
  const wrong = ([['rdpPorts', rdpPorts], ['managementPorts', managementPorts]] as const).filter(([, value]) => value === undefined).map(([field]) => field);
  const net = [text.cidr, text.addresses, text.gateway, text.dns].some((part) => part.trim() !== '');
  return {
    wrong,
    setting: {
      mode: text.mode, accessHost: orNone(text.accessHost), rdpPorts: rdpPorts ?? null, managementPorts: managementPorts ?? null, bridge: orNone(text.bridge),
      privateNet: net ? { cidr: text.cidr.trim(), ...range(text.addresses), gateway: orNone(text.gateway), dns: listed(text.dns) } : null,
      publicIps: text.publicIps.split(/[,;]+/).map((one) => one.trim()).filter((one) => one !== '').map(range), macs: text.macs.trim() === '' ? null : range(text.macs.trim()),
    },
  };
}
