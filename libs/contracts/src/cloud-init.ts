// What a guest is told at its first start (cloud-init, NoCloud): its name, an account's password and keys, and what its owner wrote. The password
// leaves the cloud controller only as a salted hash, and nobody gets it, or the user-data, back.
import { z } from 'zod';

/** One label of RFC 1123, or several with dots between them. */
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
export const HostName = z.string().max(253).regex(new RegExp(`^${LABEL}(?:\\.${LABEL})*$`), 'a host name has labels of 1-63 letters, digits and -, with dots between them');

/** As useradd takes it. */
const GuestUser = z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'an account has 1-32 small letters, digits, _ and -, and begins with a letter or _');

/** One line, as somebody types it. */
const GuestPassword = z.string().min(1).max(128).regex(/^[^\p{Cc}\p{Cs}]*$/u, 'a password has no control characters');

const KEY_LINE = /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)|sk-ssh-ed25519@openssh\.com|sk-ecdsa-sha2-nistp256@openssh\.com) ([A-Za-z0-9+/]{32,4000}={0,2})(?: [^\p{Cc}\p{Cs}]{1,200})?$/u;
/** What a key is inside must be what it says it is. */
function isKey(line: string): boolean {
  const [, type = '', blob = ''] = KEY_LINE.exec(line) ?? [];
  if (type === '' || blob.length % 4 !== 0) return false;
  // 4 bytes of length, then the type once more.
  const head = atob(blob.slice(0, 4 * Math.ceil((type.length + 4) / 3)));
  return head.startsWith(`\0\0\0${String.fromCharCode(type.length)}${type}`);
}
/** A line of a .pub file, without options. */
export const SshKey = z.string().trim().max(4300).refine(isKey, 'this is no line of a public SSH key (ssh-ed25519 AAAA… comment)');

export const USER_DATA_BYTES = 64 * 1024;
/** A script (#!), #cloud-config or anything else cloud-init reads. */
const UserData = z.string().min(1).refine((text) => new TextEncoder().encode(text).length <= USER_DATA_BYTES, `user-data has at most ${USER_DATA_BYTES} bytes`).refine((text) => !text.includes('\0'), 'user-data is text');

/** In a definition: what is left out, or null, the guest is not told. */
export const CloudInit = z.strictObject({
  hostname: HostName.nullable(),
  /** Whose password and keys these are; without it of the image's own first account. */
  user: GuestUser.nullable(),
  password: GuestPassword.nullable(),
  sshKeys: z.array(SshKey).max(20).nullable(),
  userData: UserData.nullable(),
}).partial();
export type CloudInit = z.infer<typeof CloudInit>;

/** What is shown of it. */
export const CloudInitView = z.object({ hostname: z.string().nullable(), user: z.string().nullable(), hasPassword: z.boolean(), sshKeys: z.number().int(), userDataBytes: z.number().int() });
export type CloudInitView = z.infer<typeof CloudInitView>;

/** What the node writes onto the seed disk. In commands only inside a box that this node alone can open (libs/tickets). */
export const GuestSeed = z.object({
  hostname: z.string().nullable(), user: z.string().nullable(),
  /** crypt(3), SHA-512. */
  passwordHash: z.string().nullable(),
  sshKeys: z.array(z.string()), userData: z.string().nullable(),
});
export type GuestSeed = z.infer<typeof GuestSeed>;
