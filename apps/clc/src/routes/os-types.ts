// OS types: list, make, change, delete. Parse by contract → call one command → reply. Everybody reads, administrators write.
import { z } from 'zod';
import { CloudError } from '@educloud/errors';
import { CreateOsType, ModifyOsType, OsTypeView, TypeName, page, say } from '@educloud/contracts';
import type { Rest } from '@educloud/rest';
import { createOsType } from '../commands/os-type-create.ts';
import { deleteOsType } from '../commands/os-type-delete.ts';
import { modifyOsType } from '../commands/os-type-modify.ts';
import type { Deps } from '../deps.ts';
import type { OsTypeRow, Tx, VmTypeRow } from '../store/interface.ts';
import { etag, ifMatch } from './etag.ts';

const Params = z.object({ name: TypeName });
const PATH = '/clc/api/1.0/ostypes';

export const osTypeAddress = (name: string): string => `${PATH}/${encodeURIComponent(name)}`;

export function osTypeRoutes(rest: Rest, deps: Pick<Deps, 'store' | 'now' | 'accepted'>): void {
  const { read } = deps.store;
  rest.route({ method: 'GET', path: PATH, need: 'user', summary: 'Kinds of guest systems and their virtual hardware', reply: page(OsTypeView) }, async () => {
    const [rows, vmTypes] = await Promise.all([read.osTypes.osTypes(), read.vmTypes.vmTypes()]);
    const sizes = new Map(vmTypes.map((row) => [row.name, row]));
    return { body: { items: rows.map((row) => view(row, sizes.get(row.defaultVmType))), next: null } };
  });
  rest.route({ method: 'POST', path: PATH, need: 'admin', summary: 'A new OS type', body: CreateOsType, reply: OsTypeView, status: 201, maxBodyBytes: 16 * 1024 }, async ({ body }) => {
    const location = osTypeAddress(body.name);
    const row = await createOsType(deps, body, location);
    return { status: 201, headers: { location, ...etag(row) }, body: await osTypeView(read, row) };
  });
  rest.route({ method: 'GET', path: `${PATH}/:name`, need: 'user', summary: 'One OS type, with its revision as ETag', params: Params, reply: OsTypeView }, async ({ params }) => {
    const row = await read.osTypes.osType(params.name);
    if (!row) throw new CloudError('NOT_FOUND', say('noOsType', { name: params.name }));
    return { headers: etag(row), body: await osTypeView(read, row) };
  });
  rest.route({ method: 'PATCH', path: `${PATH}/:name`, need: 'admin', summary: 'Other hardware or words (If-Match); guests have it from their next start', params: Params, body: ModifyOsType, reply: OsTypeView, maxBodyBytes: 16 * 1024 }, async ({ params, body, headers }) => {
    const row = await modifyOsType(deps, params.name, body, ifMatch(headers));
    return { headers: etag(row), body: await osTypeView(read, row) };
  });
  rest.route({ method: 'DELETE', path: `${PATH}/:name`, need: 'admin', summary: 'Delete an OS type (If-Match); refused while an image has it', params: Params, status: 204 }, async ({ params, headers }) => {
    await deleteOsType(deps, params.name, ifMatch(headers));
    return { status: 204 };
  });
}

const view = ({ name, title, diskBus, nicModel, video, audio, localtime, defaultVmType, rev, createdAt, updatedAt }: OsTypeRow, size: VmTypeRow | null | undefined): OsTypeView => ({
  name, title, diskBus, nicModel, video, audio, localtime, defaultVmType, defaultMemoryMiB: size?.memoryMiB ?? 0, defaultCpus: size?.cpus ?? 0, rev, createdAt, updatedAt,
});

export const osTypeView = async (read: Pick<Tx, 'vmTypes'>, row: OsTypeRow): Promise<OsTypeView> => view(row, await read.vmTypes.vmType(row.defaultVmType));
