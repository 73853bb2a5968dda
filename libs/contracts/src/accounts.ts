// The door: who may come in and what a route may ask for.
import { z } from 'zod';

export const UserRole = z.enum(['admin', 'user']);
export type UserRole = z.infer<typeof UserRole>;

/** POST /clc/api/1.0/login: sets the session cookie and the CSRF cookie; `token` is for programs (Authorization: Bearer). */
export const LoginRequest = z.strictObject({ user: z.string().min(1).max(64), password: z.string().min(1).max(1024) });
export const LoginReply = z.object({ user: z.string(), role: UserRole, token: z.string(), csrf: z.string(), expiresAt: z.number().int() });
export type LoginReply = z.infer<typeof LoginReply>;
export const Me = z.object({ user: z.string(), role: UserRole, expiresAt: z.number().int() });
export type Me = z.infer<typeof Me>;

/** What a person is called at the door: no spaces, slashes or control characters, so that it stands alone in lists and logs. */
export const UserName = z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N}._@-]{0,63}$/u, 'a user name has 1-64 letters, digits and . _ @ -, and begins with a letter or digit');
/** POST /clc/api/1.0/users */
export const CreateUser = z.strictObject({ name: UserName, role: UserRole.default('user'), password: z.string().min(8, 'a password has at least 8 characters').max(1024) });
export type CreateUser = z.input<typeof CreateUser>;
export const UserView = z.object({ name: z.string(), role: UserRole, disabled: z.boolean(), createdAt: z.number().int() });
export type UserView = z.infer<typeof UserView>;

/** What a route or message handler declares that it needs. Nothing is reachable without a declaration. */
export const Need = z.union([
  z.literal('nobody'), // open: login, liveness, the pages themselves
  z.literal('user'), // anyone who is logged in
  z.literal('admin'),
  z.literal('join'), // registration: join token or node secret in the body
  z.literal('node'), // a registered daemon, Authorization: Node <id>:<secret>
  z.literal('ticket'), // a signed or one-use ticket
  z.literal('local'), // whoever may open the unix socket of the daemon: the mode of the file decides
]);
export type Need = z.infer<typeof Need>;

/** POST /tasks/{tid}/console, /instances/{id}/console → a one-use address of a WebSocket (binary; inside RFB, or what the serial port says and is told). @see ConsoleBody */
export const ConsoleGrant = z.object({ url: z.string(), expiresAt: z.number().int() });
export type ConsoleGrant = z.infer<typeof ConsoleGrant>;
