// Messages as daemons of the first version send them, kept as they are for ever: every later version has to read them. (I38)
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { CommandBody, Heartbeat, ImageStatus, InstanceStatus, Inventory, JOBS, LocalReport, NodeStatus, STATUS_NAMES, TaskStatus, type JobName, type StatusName } from '@educloud/contracts';
import { decode } from '@educloud/bus';
import type { z } from 'zod';

interface Golden { commands: Record<string, Record<string, unknown>>; results: Record<string, unknown>; statuses: Record<string, Record<string, unknown>> }
const golden = JSON.parse(readFileSync(new URL('golden/v1.json', import.meta.url), 'utf8')) as Golden;
const BODY: Record<StatusName, z.ZodType> = { taskstatus: TaskStatus, insstatus: InstanceStatus, nodestatus: NodeStatus, imagestatus: ImageStatus, inventory: Inventory, lvdreport: LocalReport, heartbeat: Heartbeat };

/** What a later version may say besides, at every depth. Answers and parameters of jobs are objects of ours as well. */
function withMore(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withMore);
  if (typeof value !== 'object' || value === null) return value;
  return { ...Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withMore(inner)])), saidLater: { since: 2 } };
}
const read = (message: unknown): Record<string, unknown> => {
  const result = decode(Buffer.from(JSON.stringify(message)));
  assert.ok('envelope' in result, JSON.stringify(result));
  return result.envelope as unknown as Record<string, unknown>;
};

describe('messages of the first version', () => {
  it('are kept of every job and every status that there is', () => {
    // A new job? Add a command and a result of it to golden/v1.json.
    assert.deepEqual(Object.keys(golden.commands).sort(), Object.keys(JOBS).sort());
    assert.deepEqual(Object.keys(golden.results).sort(), Object.keys(JOBS).sort());
    assert.deepEqual(Object.keys(golden.statuses).sort(), [...STATUS_NAMES].sort());
  });
  for (const [job, message] of Object.entries(golden.commands)) {
    it(`${job} is read as it was sent, also with fields of a later version`, () => {
      for (const sent of [message, withMore(message)]) {
        const envelope = read(sent);
        const body = CommandBody.parse(envelope['body']);
        assert.deepEqual({ ...envelope, body: { ...body, params: JOBS[job as JobName].params.parse(body.params) } }, message);
      }
      for (const result of [golden.results[job], withMore(golden.results[job])]) assert.deepEqual(JOBS[job as JobName].result.parse(result), golden.results[job]);
    });
  }
  for (const [name, message] of Object.entries(golden.statuses)) {
    it(`${name} is read as it was sent, also with fields of a later version`, () => {
      assert.deepEqual({ ...read(message), body: BODY[name as StatusName].parse(read(message)['body']) }, message);
      // `data` of an error is handed on as it is.
      const later = withMore({ ...message, body: name === 'taskstatus' ? { ...(message['body'] as object), error: undefined } : message['body'] });
      const bare = name === 'taskstatus' ? { ...(message['body'] as object), error: undefined } : message['body'];
      assert.deepEqual(JSON.parse(JSON.stringify({ ...read(later), body: BODY[name as StatusName].parse(read(later)['body']) })), JSON.parse(JSON.stringify({ ...message, body: bare })));
    });
  }
  it('of a version that is not known yet are refused with a reason, not guessed at', () => {
    for (const message of [...Object.values(golden.commands), ...Object.values(golden.statuses)]) assert.deepEqual(decode(Buffer.from(JSON.stringify({ ...message, v: 2 }))), { code: 'MESSAGE_VERSION', reason: 'unknown version 2' });
  });
});
