// One action for several instances: one request, one bar, a line for each that failed. `edu instance run|stop|delete ID ID…` and `edu class` use it.
import type { BatchView } from '@educloud/contracts';
import type { Api } from '../../api.ts';
import { followBatch, showBatch } from '../../batch-wait.ts';
import type { Translate } from '../../language.ts';
import type { Output } from '../../output.ts';

export interface SeveralOptions { wait?: boolean; timeout?: number }
interface Several { action: 'run' | 'stop' | 'delete'; ids: string[]; body?: object; options: SeveralOptions; out: Output; t: Translate }

export async function actOnSeveral(api: Api, { action, ids, body = {}, options, out, t }: Several): Promise<void> {
  const batch = await api.post<BatchView>('/batches', { action, ids, ...body });
  if (options.wait) await followBatch(api, { id: batch.id, timeoutMs: options.timeout ?? null, out, t });
  else showBatch(batch, out, t);
}
