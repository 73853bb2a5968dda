// Door of the HTTP side of every daemon: its server, its /readyz, its authorisation by ticket, and calls from one daemon to another.
export * from './interface.ts';
export { createRest } from './create-rest.ts';
export { authoriseTickets } from './authorise-tickets.ts';
export { busCheck, readinessOf } from './readiness.ts';
export { callTier, type TierCall } from './tier-client.ts';
export { bridge, DIAL_TIMEOUT_MS, dialWebSocket, endWhenSilent, tiedTo } from './web-socket-bridge.ts';
