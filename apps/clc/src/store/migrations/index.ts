// All migrations, oldest first.
import { Initial1763640000000 } from './0001-initial.ts';
import { Orphans1763730000000 } from './0002-orphans.ts';
import { LeaderLease1763740000000 } from './0003-leader-lease.ts';
import { Types1763750000000 } from './0004-types.ts';
import { UserInstances1763750500000 } from './0005-user-instances.ts';
import { ListedImages1763760000000 } from './0006-listed-images.ts';
import { Networks1763770000000 } from './0007-networks.ts';
import { LocalDesktops1763780000000 } from './0008-local-desktops.ts';
import { Batches1763785000000 } from './0009-batches.ts';
import { HostProperties1763786000000 } from './0009-host-properties.ts';
import { InstanceSeeds1763790000000 } from './0010-instance-seeds.ts';
import { AutoStop1763800000000 } from './0012-auto-stop.ts';
import { Idle1763810000000 } from './0013-idle.ts';
import { InstanceLists1763806000000 } from './0014-instance-lists.ts';
import { LocalReports1763815000000 } from './0015-local-reports.ts';
import { InstanceNames1763830000000 } from './0018-instance-names.ts';

export const migrations = [Initial1763640000000, Orphans1763730000000, LeaderLease1763740000000, Types1763750000000, UserInstances1763750500000, ListedImages1763760000000, Networks1763770000000, LocalDesktops1763780000000, Batches1763785000000, HostProperties1763786000000, InstanceSeeds1763790000000, AutoStop1763800000000, Idle1763810000000, InstanceLists1763806000000, LocalReports1763815000000, InstanceNames1763830000000];
