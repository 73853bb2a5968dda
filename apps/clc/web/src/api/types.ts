// VM types and OS types, as REST gives them. Called by hooks.
import type { CreateOsType, CreateVmType, ModifyOsType, ModifyVmType, OsTypeView, VmTypeView } from '@educloud/contracts';
import { request } from './client.ts';

export type TypeKind = 'vmtypes' | 'ostypes';
interface Shapes {
  vmtypes: { view: VmTypeView; create: CreateVmType; modify: ModifyVmType };
  ostypes: { view: OsTypeView; create: CreateOsType; modify: ModifyOsType };
}
export type ViewOf<K extends TypeKind> = Shapes[K]['view'];
export type CreateOf<K extends TypeKind> = Shapes[K]['create'];
export type ModifyOf<K extends TypeKind> = Shapes[K]['modify'];

const at = (kind: TypeKind, name: string): string => `/${kind}/${encodeURIComponent(name)}`;

export const fetchTypes = async <K extends TypeKind>(kind: K): Promise<Array<ViewOf<K>>> => (await request<{ items: Array<ViewOf<K>> }>('GET', `/${kind}`)).items;
export const createType = <K extends TypeKind>(kind: K, body: CreateOf<K>): Promise<ViewOf<K>> => request('POST', `/${kind}`, body);
/** Only as long as nobody else has changed it since it was shown. */
export const modifyType = <K extends TypeKind>(kind: K, { name, rev }: { name: string; rev: number }, body: ModifyOf<K>): Promise<ViewOf<K>> => request('PATCH', at(kind, name), body, { 'If-Match': `"${rev}"` });
export const deleteType = (kind: TypeKind, { name, rev }: { name: string; rev: number }): Promise<null> => request('DELETE', at(kind, name), undefined, { 'If-Match': `"${rev}"` });
