// What stands at an address now: the answer to a request whose own answer was lost. Handed to the door by main.
import type { Deps } from '../deps.ts';
import { batchAddress } from '../commands/batch/create.ts';
import { batchAtAddress } from './batches.ts';
import { instanceAddress, instanceAtAddress } from './instance-view.ts';
import { osTypeAddress, osTypeView } from './os-types.ts';
import { taskAddress, taskAtAddress } from './task-view.ts';
import { vmTypeAddress, vmTypeView } from './vm-types.ts';

export async function whatIsAt(deps: Deps, address: string): Promise<unknown> {
  if (address.startsWith(taskAddress(''))) return taskAtAddress(deps, address);
  if (address.startsWith(instanceAddress(''))) return instanceAtAddress(deps, address);
  if (address.startsWith(batchAddress(''))) return batchAtAddress(deps, address);
  const named = (prefix: string): string | null => (address.startsWith(prefix) ? decodeURIComponent(address.slice(prefix.length)) : null);
  const { read } = deps.store;
  const [vmType, osType] = [named(vmTypeAddress('')), named(osTypeAddress(''))];
  if (vmType !== null) {
    const row = await read.vmTypes.vmType(vmType);
    return row && vmTypeView(row);
  }
  const row = osType === null ? null : await read.osTypes.osType(osType);
  return row && osTypeView(read, row);
}
