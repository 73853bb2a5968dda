// What the CLC asks of a cluster controller over HTTP. It never dials a node.
import { EmptyBody, RankReply, SerialLog, Thumbnail } from '@educloud/contracts';
import { callTier } from '@educloud/rest';
import { toWire } from '@educloud/errors';
import type { Deps, PlanDeps } from '../deps.ts';
import type { Tx } from '../store/interface.ts';

const RANK_MS = 10_000;

export const createRank =
  (sign: PlanDeps['sign']): PlanDeps['rank'] =>
  (cc, request) =>
    callTier({
      baseUrl: cc.url,
      path: '/cc/api/1.0/rank',
      method: 'POST',
      body: request,
      headers: { authorization: `Bearer ${sign({ action: 'cluster/call', ccId: cc.id }, 60_000)}` },
      schema: RankReply,
      timeoutMs: RANK_MS,
    });

const LOOK_MS = 3000;

/** Nobody waits for it, and nothing depends on it: the cluster controller looks by itself once a minute. */
export const createTellCluster =
  ({ sign, read, log }: Pick<PlanDeps, 'sign' | 'log'> & { read: Pick<Tx, 'daemons'> }): Deps['tellCluster'] =>
  (ccId) => {
    const tell = async (): Promise<void> => {
      const cc = await read.daemons.daemon(ccId);
      if (cc?.role === 'cc') await callTier({ baseUrl: cc.url, path: '/cc/api/1.0/network/look', method: 'POST', body: {}, headers: { authorization: `Bearer ${sign({ action: 'cluster/call', ccId }, 60_000)}` }, schema: EmptyBody, timeoutMs: LOOK_MS });
    };
    tell().catch((e: unknown) => log.info({ cluster: ccId, error: toWire(e) }, 'a cluster controller was not told that ways are closed; it looks by itself within a minute'));
  };

const THUMBNAIL_MS = 8000;

/** @param ticket for one picture of one guest */
export async function askThumbnail(cc: { url: string }, ticket: string): Promise<Buffer> {
  const { png } = await callTier({ baseUrl: cc.url, path: '/cc/api/1.0/screenshot', headers: { authorization: `Bearer ${ticket}` }, schema: Thumbnail, timeoutMs: THUMBNAIL_MS });
  return Buffer.from(png, 'base64');
}

const LOG_MS = 8000;

/** @param ticket for the end of one guest's log, once */
export async function askSerialLog(cc: { url: string }, ticket: string): Promise<string> {
  const { text } = await callTier({ baseUrl: cc.url, path: '/cc/api/1.0/serial-log', headers: { authorization: `Bearer ${ticket}` }, schema: SerialLog, timeoutMs: LOG_MS });
  return text;
}
