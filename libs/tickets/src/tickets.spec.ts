import assert from 'node:assert/strict';
import { TicketClaims } from '@educloud/contracts';
import { hasCode } from '@educloud/errors';
import fc from 'fast-check';
import { createOneUse, createTicketSigner, createTicketVerifier, generateKeys } from './index.ts';

describe('tickets', () => {
  const keys = generateKeys();
  let time = 1_000_000;
  const now = (): number => time;
  const signer = createTicketSigner({ privateKeyPem: keys.privateKeyPem, now });
  const verifier = createTicketVerifier({ publicKeyPem: () => keys.publicKeyPem, now });
  const claims: TicketClaims = { action: 'image/download', imageId: 'img-00000001', version: 3 };
  const refused = (work: () => unknown): void => { assert.throws(work, (e) => hasCode(e, 'TICKET_INVALID')); };

  beforeEach(() => { time = 1_000_000; });

  it('gives back exactly what was signed', () => {
    assert.deepEqual(verifier.verify(signer.sign(claims, 1000), 'image/download'), claims);
  });
  it('R188: a console ticket of a CLC from before there were serial consoles opens the screen', () => {
    const { insId, ncId, ncUrl, epoch, nonce } = { insId: 'ins-00000001', ncId: 'nc-00000001', ncUrl: 'http://n', epoch: 1, nonce: 'n' };
    const old = TicketClaims.parse({ action: 'console', insId, ncId, ncUrl, epoch, nonce });
    assert.deepEqual(old, { action: 'console', channel: 'vnc', tail: 0, insId, ncId, ncUrl, epoch, nonce });
  });
  it('refuses a ticket from the moment it expires', () => {
    const ticket = signer.sign(claims, 1000);
    time += 999;
    assert.equal(verifier.verify(ticket, 'image/download').version, 3);
    time += 1;
    refused(() => verifier.verify(ticket, 'image/download'));
  });
  it('refuses a ticket for another action', () => refused(() => verifier.verify(signer.sign(claims, 1000), 'image/upload')));
  it('refuses a ticket of another cloud', () => {
    const other = createTicketSigner({ privateKeyPem: generateKeys().privateKeyPem, now });
    refused(() => verifier.verify(other.sign(claims, 1000), 'image/download'));
  });
  it('refuses a ticket with any one character changed', () => {
    const ticket = signer.sign(claims, 1000);
    fc.assert(fc.property(fc.nat(ticket.length - 1), fc.constantFrom(...'AZaz09-_.'), (at, c) => {
      fc.pre(ticket[at] !== c);
      refused(() => verifier.verify(ticket.slice(0, at) + c + ticket.slice(at + 1), 'image/download'));
    }), { numRuns: 200 });
  });
  it('refuses any text that is no ticket', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => refused(() => verifier.verify(text, 'image/download'))));
  });
  it('says NOT_READY while the key is not known', () => {
    const early = createTicketVerifier({ publicKeyPem: () => null, now });
    assert.throws(() => early.verify(signer.sign(claims, 1000), 'image/download'), (e) => hasCode(e, 'NOT_READY'));
  });
});

describe('one use', () => {
  it('is one use, and is forgotten only when no ticket lives that long', () => {
    let at = 0;
    const use = createOneUse(() => at);
    use('a');
    use('b');
    at = 60_000;
    assert.throws(() => use('a'), (e) => hasCode(e, 'TICKET_INVALID'));
    at = 121_000;
    use('a');
  });
});
