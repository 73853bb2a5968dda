// The batches worth seeing: those under way, and those that ended while this page was open until they are dismissed.
import { useState } from 'react';
import { useBatches } from '../../hooks/useBatches.ts';
import { BatchPanel } from './BatchPanel.tsx';

export function Batches() {
  const batches = useBatches().data ?? [];
  const [openedAt] = useState(() => Date.now());
  const [dismissed, setDismissed] = useState<readonly string[]>([]);
  const shown = batches.filter((batch) => !dismissed.includes(batch.id) && (batch.state === 'running' || (batch.endedAt ?? 0) >= openedAt));
  return <>{shown.map((batch) => <BatchPanel key={batch.id} batch={batch} onDismiss={() => setDismissed([...dismissed, batch.id])} />)}</>;
}
