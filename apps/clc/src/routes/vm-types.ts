// VM types: list, make, change, delete. Parse by contract → call one command → reply. Everybody reads, administrators write.
import { z } from 'zod';
import { CloudError } from '@educloud/errors';
import { CreateVmType, ModifyVmType, TypeName, VmTypeView, page, say } from '@educloud/contracts';
import type { Rest } from '@educloud/rest';
import { createVmType } from '../commands/vm-type-create.ts';
import { deleteVmType } from '../commands/vm-type-delete.ts';
import { modifyVmType } from '../commands/vm-type-modify.ts';
import type { Deps } from '../deps.ts';
import type { VmTypeRow } from '../store/interface.ts';
import { etag, ifMatch } from './etag.ts';

const Params = z.object({ name: TypeName });
const PATH = '/clc/api/1.0/vmtypes';

export const vmTypeAddress = (name: string): string => `${PATH}/${encodeURIComponent(name)}`;

export function vmTypeRoutes(rest: Rest, deps: Pick<Deps, 'store' | 'now' | 'accepted'>): void {
  rest.route({ method: 'GET', path: PATH, need: 'user', summary: 'Named sizes of machines, smallest first', reply: page(VmTypeView) }, async () => ({
    body: { items: (await deps.store.read.vmTypes.vmTypes()).map(vmTypeView), next: null },
  }));
  rest.route({ method: 'POST', path: PATH, need: 'admin', summary: 'A new VM type', body: CreateVmType, reply: VmTypeView, status: 201, maxBodyBytes: 16 * 1024 }, async ({ body }) => {
    const location = vmTypeAddress(body.name);
    const row = await createVmType(deps, body, location);
    return { status: 201, headers: { location, ...etag(row) }, body: vmTypeView(row) };
  });
  rest.route({ method: 'GET', path: `${PATH}/:name`, need: 'user', summary: 'One VM type, with its revision as ETag', params: Params, reply: VmTypeView }, async ({ params }) => {
    const row = await deps.store.read.vmTypes.vmType(params.name);
    if (!row) throw new CloudError('NOT_FOUND', say('noVmType', { name: params.name }));
    return { headers: etag(row), body: vmTypeView(row) };
  });
  rest.route({ method: 'PATCH', path: `${PATH}/:name`, need: 'admin', summary: 'Other sizes or words (If-Match); what was made with it keeps its sizes', params: Params, body: ModifyVmType, reply: VmTypeView, maxBodyBytes: 16 * 1024 }, async ({ params, body, headers }) => {
    const row = await modifyVmType(deps, params.name, body, ifMatch(headers));
    return { headers: etag(row), body: vmTypeView(row) };
  });
  rest.route({ method: 'DELETE', path: `${PATH}/:name`, need: 'admin', summary: 'Delete a VM type (If-Match); refused while an OS type has it by default', params: Params, status: 204 }, async ({ params, headers }) => {
    await deleteVmType(deps, params.name, ifMatch(headers));
    return { status: 204 };
  });
}

export const vmTypeView = ({ name, memoryMiB, cpus, diskGiB, description, rev, createdAt, updatedAt }: VmTypeRow): VmTypeView => ({ name, memoryMiB, cpus, diskGiB, description, rev, createdAt, updatedAt });
