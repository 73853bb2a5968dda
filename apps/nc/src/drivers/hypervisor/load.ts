// Chooses the hypervisor driver. The fake is only taken when it is asked for by name.
import { say } from '@educloud/contracts';
import type { Logger } from '@educloud/log';
import { createFakeHypervisor, type FakeHypervisorOptions } from './fake.ts';
import type { Hypervisor, HypervisorPoint } from './interface.ts';
import { kvmSelfTest } from './kvm-self-test.ts';
import { createLibvirtHypervisor } from './libvirt.ts';

export type HypervisorChoice =
  | ({ kind: 'fake' } & FakeHypervisorOptions)
  | {
      kind: 'libvirt';
      uri: string;
      nodeId: () => string;
      /** Folder for VNC sockets and the self-test; kept short. */
      socketDir: string;
      socketOwner?: { uid: number; gid: number };
      /** `auto` runs the self-test; `tcg` never uses KVM, e.g. where libvirtd sees another /dev. */
      acceleration?: 'auto' | 'tcg';
      log: Logger;
      failpoint?: (name: HypervisorPoint) => void;
    };

export async function loadHypervisor(choice: HypervisorChoice): Promise<Hypervisor> {
  if (choice.kind === 'fake') return createFakeHypervisor(choice);
  const { kind: _, acceleration = 'auto', ...options } = choice;
  const kvm = acceleration === 'tcg' ? { usable: false, why: say('kvmSwitchedOff') } : kvmSelfTest({ dir: options.socketDir });
  return createLibvirtHypervisor({ ...options, kvm });
}
