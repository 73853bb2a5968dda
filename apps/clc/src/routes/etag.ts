// ETag and If-Match of things that count their changes: the revision in quotes.
import type { IncomingMessage } from 'node:http';
import { say } from '@educloud/contracts';
import { CloudError, wrongField } from '@educloud/errors';
import type { SeenRevisions } from '../revision.ts';

export const etag = (row: { rev: number }): Record<string, string> => ({ ETag: `"${row.rev}"` });

/** null: no condition. A weak tag (W/"3") never matches, as RFC 9110 says. @throws BAD_REQUEST */
export function ifMatch(headers: IncomingMessage['headers']): SeenRevisions {
  const given = headers['if-match'];
  if (given === undefined || given.trim() === '*') return null;
  return given.split(',').flatMap((tag) => {
    const found = /^(W\/)?"([^"]*)"$/.exec(tag.trim());
    if (!found) throw new CloudError('BAD_REQUEST', say('etagForm'), { data: { fields: [wrongField('If-Match', say('etagForm'))] } });
    return !found[1] && /^\d{1,15}$/.test(found[2] as string) ? [Number(found[2])] : [];
  });
}
