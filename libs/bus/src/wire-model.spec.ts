import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { ENVELOPE_VERSION, type Envelope } from '@educloud/contracts';
import * as contracts from '@educloud/contracts';
import { modelRuns } from '@educloud/model-runs';
import { z } from 'zod';
import { decode, encode } from './decode.ts';

type Json = { [key: string]: unknown };
/** The golden shapes: what was agreed with daemons of the same version that were built before. */
const WIRE = new URL('../../contracts/wire/', import.meta.url);
const golden = (file: string): Json => JSON.parse(readFileSync(new URL(file, WIRE), 'utf8')) as Json;
const envelopeShape = golden('envelope.json')['schema'] as { properties: Record<string, Json>; required: string[] };

/** A message as the golden shape has it, its fields filled at random. */
const envelope: fc.Arbitrary<Json> = fc.record(
  {
    v: fc.constant(ENVELOPE_VERSION), id: fc.string({ minLength: 1, maxLength: 200 }), name: fc.string({ minLength: 1, maxLength: 100 }),
    tid: fc.option(fc.string({ maxLength: 60 })), jobId: fc.option(fc.string({ maxLength: 120 })),
    target: fc.option(fc.record({ node: fc.string({ maxLength: 40 }), epoch: fc.nat() })), source: fc.option(fc.record({ node: fc.string({ maxLength: 40 }), epoch: fc.nat() })),
    generation: fc.nat(), seq: fc.nat(), deadline: fc.option(fc.maxSafeNat()), trail: fc.array(fc.string({ maxLength: 40 }), { maxLength: 20 }), body: fc.jsonValue(),
    mac: fc.string({ maxLength: 100 }),
  },
  { requiredKeys: ['v', 'id', 'name', 'body'] },
);
const later = fc.dictionary(fc.string({ maxLength: 12 }).map((name) => `later-${name}`), fc.jsonValue(), { maxKeys: 4 });
const read = (message: unknown): ReturnType<typeof decode> => decode(Buffer.from(JSON.stringify(message)));
const wrongFor = (shape: Json): unknown[] => {
  const kinds = new Set(JSON.stringify(shape).match(/"(string|integer|array|object|null)"/g)?.map((kind) => kind.slice(1, -1)));
  const all: Array<[string, unknown]> = [['string', 'x'], ['integer', -1], ['integer', 1.5], ['array', {}], ['object', { node: 1 }], ['null', null], ['boolean', true]];
  // -1, 1.5 and a half object are wrong also for the kind they look like.
  return all.filter(([kind, value]) => !kinds.has(kind) || value === -1 || value === 1.5 || (kind === 'object' && kinds.has('object'))).map(([, value]) => value);
};

describe('envelopes of every kind', () => {
  it('have in the golden shape exactly the fields that are played with here', () => {
    assert.deepEqual(Object.keys(envelopeShape.properties).sort(), ['body', 'deadline', 'generation', 'id', 'jobId', 'mac', 'name', 'seq', 'source', 'target', 'tid', 'trail', 'v']);
  });
  it('are read as they were meant, with fields of later versions left out', () => {
    fc.assert(fc.property(envelope, later, (sent, more) => {
      const back = read({ ...more, ...sent });
      assert.ok('envelope' in back, JSON.stringify(back));
      for (const [field, value] of Object.entries(sent)) if (value !== undefined) assert.deepEqual(back.envelope[field as keyof Envelope], JSON.parse(JSON.stringify(value)), field);
      assert.deepEqual(Object.keys(back.envelope).filter((field) => field.startsWith('later-')), []);
      // What was read can be passed on, and is read the same again.
      assert.deepEqual(decode(encode(back.envelope)), back);
    }), { numRuns: modelRuns(200) });
  });
  it('of another version are refused as that, whatever else is in them', () => {
    fc.assert(fc.property(envelope, fc.integer().filter((v) => v !== ENVELOPE_VERSION), fc.boolean(), (sent, v, bare) => {
      const back = read(bare ? { v } : { ...sent, v });
      assert.ok('code' in back && back.code === 'MESSAGE_VERSION' && back.reason.includes(String(v)), JSON.stringify(back));
    }), { numRuns: modelRuns(100) });
  });
  it('without a field that has to be there, or with one of a wrong type, are refused with its name', () => {
    fc.assert(fc.property(envelope, fc.constantFrom(...Object.keys(envelopeShape.properties).filter((field) => field !== 'body' && field !== 'v')), fc.nat(), (sent, field, n) => {
      const missing = envelopeShape.required.includes(field) ? [undefined] : [];
      const wrongs = [...wrongFor(envelopeShape.properties[field] as Json), ...missing];
      const back = read({ ...sent, [field]: wrongs[n % wrongs.length] });
      assert.ok('code' in back && back.code === 'MESSAGE_INVALID' && back.reason.includes(field), `${field} = ${JSON.stringify(wrongs[n % wrongs.length])}: ${JSON.stringify(back)}`);
    }), { numRuns: modelRuns(300) });
  });
  it('make no reader throw, cut, flipped or not JSON at all', () => {
    fc.assert(fc.property(envelope, fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { maxLength: 6 }), fc.nat(2000), (sent, flips, length) => {
      const bytes = Buffer.from(JSON.stringify(sent));
      for (const [at, value] of flips) if (at < bytes.length) bytes[at] = value;
      for (const each of [bytes, bytes.subarray(0, length)]) {
        const back = decode(each);
        assert.ok('envelope' in back || (back.reason.length > 0 && ['MESSAGE_INVALID', 'MESSAGE_VERSION'].includes(back.code)));
      }
    }), { numRuns: modelRuns(300) });
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void decode(Buffer.from(bytes))), { numRuns: modelRuns(200) });
  });
});

/** Bodies by their golden file. */
const BODIES: Record<string, z.ZodType> = {
  'command.json': contracts.CommandBody, 'status.taskstatus.json': contracts.TaskStatus, 'status.insstatus.json': contracts.InstanceStatus, 'status.nodestatus.json': contracts.NodeStatus,
  'status.imagestatus.json': contracts.ImageStatus, 'status.heartbeat.json': contracts.Heartbeat, 'status.inventory.json': contracts.Inventory, 'status.lvdreport.json': contracts.LocalReport,
  ...Object.fromEntries(Object.entries(contracts.JOBS).map(([job, { params }]) => [`job.${job}.json`, params])),
};

interface Shape { type?: string | string[]; properties?: Record<string, Shape>; required?: string[]; items?: Shape; enum?: unknown[]; const?: unknown; anyOf?: Shape[]; oneOf?: Shape[]; minimum?: number; maximum?: number; minLength?: number; maxLength?: number; pattern?: string; default?: unknown }

/** A value that the golden shape allows; `n` chooses. `later` is put into every object, as a newer sender would. */
function made(shape: Shape, n: number, more: Json): unknown {
  if (shape.const !== undefined) return shape.const;
  if (shape.enum) return shape.enum[n % shape.enum.length];
  const either = shape.anyOf ?? shape.oneOf;
  if (either) return made(either[n % either.length] as Shape, n, more);
  switch (Array.isArray(shape.type) ? shape.type[n % shape.type.length] : shape.type) {
    case 'object': return { ...more, ...Object.fromEntries(Object.entries(shape.properties ?? {}).filter(([name]) => shape.required?.includes(name) || n % 2 === 0).map(([name, inner], i) => [name, made(inner, n + i, more)])) };
    case 'array': return Array.from({ length: n % 3 }, (_, i) => made(shape.items ?? {}, n + i, more));
    case 'integer': case 'number': return Math.max(shape.minimum ?? 0, 0) + 1 > (shape.maximum ?? Infinity) ? shape.maximum : Math.max(shape.minimum ?? 0, 0) + 1;
    case 'boolean': return n % 2 === 0;
    case 'null': return null;
    case 'string': return stringFor(shape);
    default: return { anything: n };
  }
}
/** The few patterns of the contracts. A system whose hardware is not told beside it has to be one of the first version. */
function stringFor({ pattern, minLength = 0 }: Shape): string {
  const all = ['linux', 'img-1a2b3c4d', 'ins-1a2b3c4d', 'nc-1a2b3c4d', 'a'.repeat(64), 'img-1a2b3c4d:img-1a2b3c4d:ins-1a2b3c4d', '52:54:00:12:34:56', '192.0.2.1'];
  const found = all.find((text) => text.length >= minLength && (pattern === undefined || new RegExp(pattern, 'u').test(text)));
  if (!found) throw new Error(`no text here for ${pattern}`);
  return found;
}

describe('bodies as the golden shapes have them', () => {
  it('are all looked at', () => {
    const apart = ['envelope.json', 'events.json', 'offers.json', 'problem.json', 'rank.json', 'registration.json', 'tickets.json'];
    assert.deepEqual(readdirSync(WIRE).filter((file) => !apart.includes(file)).sort(), Object.keys(BODIES).sort());
  });
  for (const [file, schema] of Object.entries(BODIES)) {
    const whole = golden(file) as Json & Shape;
    const shape = (file.startsWith('job.') ? whole['params'] : whole) as Shape;
    it(`${file}: accepted, also with fields of later versions; refused without a field that has to be there`, () => {
      fc.assert(fc.property(fc.nat(1000), later, (n, more) => {
        const body = made(shape, n, more) as Json;
        const parsed = schema.safeParse(body);
        assert.ok(parsed.success, `${JSON.stringify(body)}: ${parsed.error?.message}`);
        assert.ok(!Object.keys(parsed.data as object).some((field) => field.startsWith('later-')), 'a later field came through');
        // Where the field may be anything it may also be nothing.
        for (const field of (shape.required ?? []).filter((name) => Object.keys(shape.properties?.[name] ?? {}).length > 0)) {
          const { [field]: _gone, ...rest } = body;
          assert.ok(!schema.safeParse(rest).success, `accepted without ${field}`);
        }
      }), { numRuns: modelRuns(25) });
    });
  }
});
