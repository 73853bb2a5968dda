import assert from 'node:assert/strict';
import { GuestSpec } from './jobs.ts';
import { CreateOsType, ModifyOsType, OS_HARDWARE } from './os-types.ts';

const guest = { insId: 'ins-00000001', title: 't', tid: 't', ostype: 'linux', memoryMiB: 512, cpus: 1, media: null };

describe('the hardware of a guest', () => {
  it('comes with its message; without it only the names of the first version are known', () => {
    for (const ostype of Object.keys(OS_HARDWARE)) assert.deepEqual(GuestSpec.parse({ ...guest, ostype }), { ...guest, ostype });
    const hardware = { ...OS_HARDWARE.linux, audio: 'hda' };
    assert.deepEqual(GuestSpec.parse({ ...guest, ostype: '教室', hardware: { ...hardware, later: 1 } }).hardware, hardware);
    assert.deepEqual(GuestSpec.safeParse({ ...guest, ostype: '教室' }).error?.issues[0]?.path, ['hardware']);
    assert.equal(GuestSpec.safeParse({ ...guest, ostype: 'constructor' }).success, false);
  });
});

describe('an OS type', () => {
  const bsd = { name: 'bsd', title: 'BSD', diskBus: 'virtio', nicModel: 'virtio', video: 'vga', defaultVmType: 'small' };
  it('is silent and keeps UTC unless it is said', () => assert.deepEqual(CreateOsType.parse(bsd), { ...bsd, audio: 'none', localtime: false }));
  it('changes only where it is said', () => assert.deepEqual(ModifyOsType.parse({ video: 'qxl' }), { video: 'qxl' }));
});
