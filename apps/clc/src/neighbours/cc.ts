// What the CLC asks of a cluster controller over HTTP. It never dials a node.
import { RankReply, Thumbnail } from '@educloud/contracts';
import { callTier } from '@educloud/rest';
import type { PlanDeps } from '../deps.ts';

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

const THUMBNAIL_MS = 8000;

/** @param ticket for one picture of one guest */
export async function askThumbnail(cc: { url: string }, ticket: string): Promise<Buffer> {
  const { png } = await callTier({ baseUrl: cc.url, path: '/cc/api/1.0/screenshot', headers: { authorization: `Bearer ${ticket}` }, schema: Thumbnail, timeoutMs: THUMBNAIL_MS });
  return Buffer.from(png, 'base64');
}
