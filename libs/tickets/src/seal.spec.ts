import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Envelope } from '@educloud/contracts';
import { messageKeyOfHash, messageKeyOfSecret, requireSeal, seal } from './seal.ts';

const key = messageKeyOfSecret('secret of nc-1');
const unproven = { code: 'MESSAGE_UNPROVEN', retryable: false };
const status = (set: Partial<Envelope> = {}): Envelope => Envelope.parse({ v: 1, id: 'm1', name: 'insstatus', source: { node: 'nc-1', epoch: 3 }, seq: 7, body: { full: false, instances: [{ insId: 'ins-1', vmstatus: 'stopped' }] }, ...set });
const overTheWire = (envelope: Envelope): Envelope => Envelope.parse(JSON.parse(JSON.stringify(envelope)));

describe('the seal of a message', () => {
  it('holds on the way, whoever adds himself to the trail', () => {
    const arrived = overTheWire(seal(status(), key));
    requireSeal(arrived, key);
    requireSeal({ ...arrived, trail: ['cc-1'] }, key);
  });
  it('holds for every body that JSON can carry', () => {
    fc.assert(fc.property(fc.jsonValue(), (body) => requireSeal(overTheWire(seal(status({ body }), key)), key)));
    for (const body of [null, { a: undefined, b: [undefined], at: new Date(0), 2: 'two', 1: 'one', minus: -0, none: NaN }, { ['__proto__']: 1 }]) requireSeal(overTheWire(seal(status({ body }), key)), key);
  });
  it('does not hold when anything of what was said is changed', () => {
    const sealed = overTheWire(seal(status({ target: { node: 'nc-1', epoch: 3 }, tid: 't', jobId: 'j', deadline: 5 }), key));
    const changes: Array<Partial<Envelope>> = [
      { id: 'm2' }, { name: 'taskstatus' }, { tid: null }, { jobId: 'k' }, { target: { node: 'nc-2', epoch: 3 } }, { target: { node: 'nc-1', epoch: 4 } }, { target: null }, { source: { node: 'nc-2', epoch: 3 } },
      { source: { node: 'nc-1', epoch: 4 } }, { generation: 1 }, { seq: 8 }, { deadline: null }, { body: { full: true, instances: [] } },
    ];
    for (const change of changes) assert.throws(() => requireSeal({ ...sealed, ...change }, key), unproven, JSON.stringify(change));
  });
  it('of another node, none, or a broken one is refused, and says whose name was used', () => {
    assert.throws(() => requireSeal(seal(status(), messageKeyOfSecret('secret of nc-2')), key), { ...unproven, message: /insstatus m1 from nc-1 carries a wrong proof/ });
    assert.throws(() => requireSeal(status(), key), { ...unproven, message: /carries no proof/ });
    for (const mac of ['', '=', 'x', 'a'.repeat(43), 'a'.repeat(100)]) assert.throws(() => requireSeal(status({ mac }), key), unproven);
    const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`) as unknown;
    assert.throws(() => requireSeal({ ...status(), body: deep, mac: seal(status(), key).mac }, key), unproven);
  });
  it('is made of what either side has: the node its secret, the controller the hash of it', () => {
    assert.equal(messageKeyOfSecret('abc'), messageKeyOfHash('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'));
    assert.notEqual(messageKeyOfSecret('abc'), messageKeyOfSecret('abd'));
  });
});
