export * from './interface.ts';
export { createRest } from './create-rest.ts';
export { callTier, type TierCall } from './tier-client.ts';
export { bridge, dialWebSocket } from './web-socket-bridge.ts';
