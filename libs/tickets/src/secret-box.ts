// A secret on its way to one node: in the database, in queues and in journals it is only a box that this node can open. The cloud controller closes it.
import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import { CloudError } from '@educloud/errors';

const keyOf = (secretHash: string): Buffer => createHmac('sha256', secretHash).update('educloud secret box 1').digest();
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** @param secretHash sha256 of the node's secret in hex: what the CLC keeps
 * @param about what it belongs to: it opens only for that */
export function closeBox(secretHash: string, about: string, text: string): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keyOf(secretHash), iv).setAAD(Buffer.from(about));
  const closed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), closed]).toString('base64url');
}

/** @throws MESSAGE_UNPROVEN it was closed for somebody or something else, or changed on the way */
export function openBox(secret: string, about: string, box: string): string {
  const bytes = Buffer.from(box, 'base64url');
  try {
    const decipher = createDecipheriv('aes-256-gcm', keyOf(createHash('sha256').update(secret).digest('hex')), bytes.subarray(0, IV_BYTES)).setAAD(Buffer.from(about));
    decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
  } catch (e) {
    throw new CloudError('MESSAGE_UNPROVEN', `the secret for ${about} was not closed for this node`, { cause: e });
  }
}
