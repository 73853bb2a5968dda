// Bytes → envelope, and back. Both adapters call it: what is not an envelope is told apart here, once.
import { ENVELOPE_VERSION, Envelope, MAX_MESSAGE_BYTES, type ErrorCode } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { z } from 'zod';

export type Decoded = { envelope: Envelope } | { code: ErrorCode; reason: string };

/** Never throws: a message nobody can use gets a code and a reason for the dead-letter queue. */
export function decode(content: Buffer): Decoded {
  if (content.length > MAX_MESSAGE_BYTES) return { code: 'MESSAGE_INVALID', reason: `larger than ${MAX_MESSAGE_BYTES} bytes: ${content.length}` };
  let json: unknown;
  try {
    json = JSON.parse(content.toString('utf8'));
  } catch {
    return { code: 'MESSAGE_INVALID', reason: 'not JSON' };
  }
  const v = (json as { v?: unknown } | null)?.v;
  if (typeof v === 'number' && v !== ENVELOPE_VERSION) return { code: 'MESSAGE_VERSION', reason: `unknown version ${v}` };
  const parsed = Envelope.safeParse(json);
  if (!parsed.success) return { code: 'MESSAGE_INVALID', reason: `bad schema: ${complaints(parsed.error)}` };
  return { envelope: parsed.data };
}

/** @throws MESSAGE_INVALID the envelope is not of the agreed shape or too large: a mistake of the sender, found before it leaves. */
export function encode(envelope: Envelope): Buffer {
  const parsed = Envelope.safeParse(envelope);
  if (!parsed.success) throw new CloudError('MESSAGE_INVALID', `envelope of ${envelope.name}: ${complaints(parsed.error)}`);
  const content = Buffer.from(JSON.stringify(parsed.data));
  if (content.length > MAX_MESSAGE_BYTES) throw new CloudError('MESSAGE_INVALID', `${envelope.name}: ${content.length} bytes, more than ${MAX_MESSAGE_BYTES}`);
  return content;
}

/**
 * The body of an envelope in the shape its name promises.
 * @throws MESSAGE_INVALID with the fields that are wrong; not retryable, so a consumer that lets it pass dead-letters the message.
 */
export function parseBody<S extends z.ZodType>(envelope: Envelope, schema: S): z.output<S> {
  const parsed = schema.safeParse(envelope.body);
  if (!parsed.success) throw new CloudError('MESSAGE_INVALID', `body of ${envelope.name}: ${complaints(parsed.error)}`);
  return parsed.data;
}

const complaints = (error: z.ZodError): string =>
  error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.join('.') || '(root)'}: ${issue.message}`)
    .join('; ');
