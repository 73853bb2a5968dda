// libvirt's errors in the cloud's words. Used by the main thread's side of the binding.
import { CloudError } from '@educloud/errors';
import { ERR } from './constants.ts';
import type { NativeError } from './native.ts';

export function toCloudError(error: NativeError, connection: boolean, doing: string): CloudError {
  const details = { internal: { code: error.code, domain: error.domain }, data: { libvirtCode: error.code } };
  const text = `${doing}: ${error.message}`;
  if (connection) return new CloudError('HYPERVISOR_UNAVAILABLE', text, details);
  switch (error.code) {
    case ERR.NO_DOMAIN:
      return new CloudError('NOT_FOUND', text, details);
    case ERR.AGENT_UNRESPONSIVE:
    case ERR.AGENT_UNSYNCED:
    case ERR.AGENT_COMMAND_TIMEOUT:
      return new CloudError('GUEST_AGENT_UNAVAILABLE', text, details);
    default:
      return new CloudError('HYPERVISOR_FAILED', text, details);
  }
}

/** The number libvirt gave to an error that came through this binding. */
export const libvirtCode = (e: unknown): number | undefined => {
  const code = e instanceof CloudError ? e.data?.['libvirtCode'] : undefined;
  return typeof code === 'number' ? code : undefined;
};
