// What its screen shows, in a list: a picture while it has a screen, else the sign of a machine. The picture is asked for anew when the instance changes.
import { useState } from 'react';
import type { InstanceView } from '@educloud/contracts';
import { Icon } from '../../components/Icon.tsx';

export function Thumbnail({ instance }: { instance: InstanceView }) {
  const address = instance.aURL ? `/clc/api/1.0/instances/${instance.id}/thumbnail?of=${instance.rev}` : null;
  const [missing, setMissing] = useState<string | null>(null);
  if (address === null || missing === address) return <span className="row-sign screen"><Icon name="disk" /></span>;
  return <span className="row-sign screen"><img src={address} alt="" loading="lazy" onError={() => setMissing(address)} /></span>;
}
