// Public addresses on an interface: those with our label are ours, and only those are ever removed. Used by the nftables forwarding.
import { say } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import { ip } from '../../ip-command.ts';
import { LABEL } from '../../network/host.ts';

const words = (e: unknown): string => String((e as { stderr?: string }).stderr || (e as Error).message).trim().split('\n')[0] ?? '';

/** A host sees such an address under this name: network/host.ts does not take it for its own. */
export const labelOf = (device: string): string => `${device}${LABEL}`;

/** Our addresses on the device. @throws NETWORK_UNAVAILABLE there is no such device */
export async function ourAddresses(device: string): Promise<Set<string>> {
  try {
    const links = JSON.parse(await ip('-j', '-4', 'addr', 'show', 'dev', device)) as Array<{ addr_info?: Array<{ local: string; label?: string }> }>;
    return new Set(links.flatMap((link) => link.addr_info ?? []).filter((a) => a.label === labelOf(device)).map((a) => a.local));
  } catch (e) {
    throw new CloudError('NETWORK_UNAVAILABLE', say('noSuchInterface', { interface: device }), { retryable: false, cause: e });
  }
}

/** One that is there already is fine. */
export async function addAddress(device: string, address: string): Promise<void> {
  await ip('addr', 'replace', `${address}/32`, 'dev', device, 'label', labelOf(device)).catch((e: unknown) => {
    throw new CloudError('NETWORK_UNAVAILABLE', say('addressFailed', { ip: address, interface: device, why: words(e) }), { retryable: false, cause: e });
  });
}

/** One that is gone already is fine. */
export async function removeAddress(device: string, address: string): Promise<void> {
  await ip('addr', 'del', `${address}/32`, 'dev', device).catch((e: unknown) => {
    if (!/Cannot assign requested address|Cannot find device/.test(words(e))) throw new CloudError('NETWORK_UNAVAILABLE', say('addressFailed', { ip: address, interface: device, why: words(e) }), { retryable: false, cause: e });
  });
}
