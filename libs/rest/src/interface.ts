// One HTTP server per daemon. Every route declares its shapes and what it needs; what is not declared does not exist.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Registry } from 'prom-client';
import type { z } from 'zod';
import type { Need, Readiness, TicketClaims, UserRole } from '@educloud/contracts';

export type Caller =
  | { kind: 'nobody' }
  | { kind: 'user'; user: string; role: UserRole; session: string }
  | { kind: 'node'; nodeId: string }
  | { kind: 'ticket'; claims: TicketClaims };

/** What a route takes, needs and answers. What is not of these shapes never reaches its handler. */
export interface RouteSpec<P extends z.ZodType = z.ZodType, Q extends z.ZodType = z.ZodType, B extends z.ZodType = z.ZodType> {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Full path, Express 5 syntax: `/clc/api/1.0/tasks/:tid` */
  path: string;
  need: Need;
  summary: string;
  params?: P;
  /** Absent: none is accepted. */
  query?: Q;
  /** Absent: a body is refused (GET, HEAD, DELETE) or ignored. */
  body?: B;
  /** For OpenAPI and the tests. */
  reply?: z.ZodType;
  /** Of success. Default 200. */
  status?: number;
  maxBodyBytes?: number;
  /** The answer holds a secret that is shown once: it is never kept for an Idempotency-Key. */
  secretAnswer?: boolean;
}

export interface Call<P, Q, B> {
  params: P;
  query: Q;
  body: B;
  caller: Caller;
  requestId: string;
  headers: IncomingMessage['headers'];
  /** Network address of the other end of the connection. */
  address: string;
  /** Aborted when the client goes away. */
  signal: AbortSignal;
}

/** `status` absent: that of the route. */
export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
}

/** For streams (files, SSE, tus): checks need and params, then hands over the raw pair. */
export type RawHandler = (request: IncomingMessage, response: ServerResponse, call: RawCall) => Promise<void> | void;

export interface RawCall {
  params: Record<string, string>;
  caller: Caller;
  requestId: string;
  /** Aborted when the server begins to close: what lasts (SSE, consoles) ends itself then. */
  closing: AbortSignal;
}

/** For WebSockets. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer, call: RawCall) => Promise<void> | void;

/** The HTTP server of a daemon, before and after it listens. */
export interface Rest {
  route<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(spec: RouteSpec<P, Q, B>, handle: (call: Call<z.output<P>, z.output<Q>, z.output<B>>) => Promise<Answer>): void;
  /** `methods` share one handler; `path` may end in `/*rest`. */
  raw(spec: { methods: string[]; path: string; need: Need; summary: string }, handle: RawHandler): void;
  upgrade(spec: { path: string; need: Need; summary: string }, handle: UpgradeHandler): void;
  /** A folder of built files; unknown paths below `path` answer its index.html. */
  pages(path: string, folder: string): void;
  /** All declared routes, for OpenAPI, tests and the generated list in docs. */
  routes(): ReadonlyArray<RouteSpec>;
  /** For a daemon's own figures; shown at /metrics. */
  readonly metrics: Registry;
  listen(port: number, host: string): Promise<{ port: number; url: string }>;
  /** On a unix socket, for those on this machine whom the mode of the file lets in. One that a dead process left is replaced. */
  listenAt(path: string, mode: number): Promise<void>;
  close(): Promise<void>;
}

export interface RestOptions {
  role: string;
  version: string;
  log: import('@educloud/log').Logger;
  /** Decides on `need`; throws UNAUTHENTICATED, FORBIDDEN, CSRF, TICKET_INVALID, NODE_IDENTITY_INVALID. The one authorisation point of a daemon. */
  authorise(need: Need, request: IncomingMessage): Promise<Caller>;
  readiness(): Promise<Readiness>;
  /** Default 1 MiB. */
  maxBodyBytes?: number;
  /** How long close() lets requests finish before it cuts them. Default 5 s. */
  closeDeadlineMs?: number;
  /** Idempotency-Key of POST (CLC only). `run` executes at most once per key. */
  idempotency?: { run(key: string, caller: Caller, requestHash: string, work: () => Promise<Required<Pick<Answer, 'status'>> & Answer>): Promise<Answer> };
}

/** What every daemon gives back from `startX(config)`. */
export interface Daemon {
  role: string;
  url: string;
  /** Resolves when it is registered and ready, rejects never; see /readyz for why not yet. */
  ready(): Promise<void>;
  close(): Promise<void>;
}
