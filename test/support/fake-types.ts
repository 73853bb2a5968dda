// VM types and OS types of the stand-in CLC: kept in memory, with revisions and refusals as the real ones.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { CreateOsType, CreateVmType, ModifyOsType, ModifyVmType, OsTypeView, VmTypeView, type ErrorCode } from '@educloud/contracts';

const times = { rev: 1, createdAt: 0, updatedAt: 0 };
const SMALL: VmTypeView = { name: 'small', memoryMiB: 512, cpus: 1, diskGiB: 10, description: 'A small Linux server', ...times };
const LINUX: OsTypeView = { name: 'linux', title: 'Linux', diskBus: 'virtio', nicModel: 'virtio', video: 'vga', audio: 'none', localtime: false, defaultVmType: 'small', defaultMemoryMiB: 512, defaultCpus: 1, ...times };

type Answers = { json(response: ServerResponse, code: number, body: unknown): void; problem(response: ServerResponse, code: ErrorCode, detail: string): void };

export function fakeTypes(json: Answers['json'], problem: Answers['problem']) {
  const vmTypes: VmTypeView[] = [SMALL, { ...SMALL, name: '教室', memoryMiB: 2048, cpus: 2, diskGiB: 0, description: 'für <b>alle</b>' }];
  const osTypes: OsTypeView[] = [LINUX, { ...LINUX, name: 'windows', title: 'Windows', diskBus: 'sata', nicModel: 'e1000e', localtime: true }, { ...LINUX, name: 'other', title: 'Other', diskBus: 'ide', nicModel: 'e1000', audio: 'ac97' }];
  const lists = { vmtypes: vmTypes, ostypes: osTypes } as { vmtypes: Array<{ name: string; rev: number }>; ostypes: Array<{ name: string; rev: number }> };
  const shapes = {
    vmtypes: { create: CreateVmType, modify: ModifyVmType, view: VmTypeView },
    ostypes: { create: CreateOsType, modify: ModifyOsType, view: OsTypeView },
  };

  function answer(request: IncomingMessage, response: ServerResponse, kind: 'vmtypes' | 'ostypes', name: string | undefined, body: unknown): void {
    const [list, shape] = [lists[kind], shapes[kind]];
    if (name === undefined && request.method === 'GET') return json(response, 200, { items: list, next: null });
    if (name === undefined) {
      const made = shape.view.parse({ ...shape.create.parse(body), defaultMemoryMiB: 512, defaultCpus: 1, ...times });
      if (list.some((each) => each.name === made.name)) return problem(response, 'NAME_TAKEN', `There is a type ${made.name} already.`);
      list.push(made);
      return json(response, 201, made);
    }
    const at = list.findIndex((each) => each.name === name);
    if (at < 0) return problem(response, 'NOT_FOUND', `There is no type ${name}.`);
    if (request.headers['if-match'] !== `"${list[at]!.rev}"`) return problem(response, 'PRECONDITION_FAILED', `${name} is at revision ${list[at]!.rev}.`);
    if (request.method === 'DELETE') {
      if (kind === 'vmtypes' && osTypes.some((each) => each.defaultVmType === name)) return problem(response, 'TYPE_IN_USE', `VM type ${name} is a default.`);
      list.splice(at, 1);
      return void response.writeHead(204).end();
    }
    list[at] = { ...list[at]!, ...shape.modify.parse(body), rev: list[at]!.rev + 1 };
    json(response, 200, list[at]);
  }

  return { vmTypes, osTypes, answer };
}
