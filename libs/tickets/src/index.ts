// Signed tickets: what the CLC allows somebody to do, checked offline by Walrus, CC and NC. And the seal of messages between a node and its CC.
export { createTicketSigner, type TicketSigner } from './sign.ts';
export { createTicketVerifier, type TicketVerifier } from './verify.ts';
export { createOneUse } from './one-use.ts';
export { generateKeys } from './keys.ts';
export { closeBox, openBox } from './secret-box.ts';
export { messageKeyOfHash, messageKeyOfSecret, requireSeal, seal } from './seal.ts';
