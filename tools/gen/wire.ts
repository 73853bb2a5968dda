// libs/contracts/wire/*.json: the JSON Schema of everything that crosses a bus. A difference is a change of the protocol. Called by tools/gen.ts.
import * as contracts from '@educloud/contracts';
import { z } from 'zod';

const json = (schema: z.ZodType): unknown => z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });

const STATUSES: Record<contracts.StatusName, z.ZodType> = {
  taskstatus: contracts.TaskStatus,
  insstatus: contracts.InstanceStatus,
  nodestatus: contracts.NodeStatus,
  imagestatus: contracts.ImageStatus,
  inventory: contracts.Inventory,
  lvdreport: contracts.LocalReport,
  heartbeat: contracts.Heartbeat,
};

/** File name → its content as an object. */
export function wireShapes(): Map<string, unknown> {
  const files = new Map<string, unknown>([
    ['envelope', { version: contracts.ENVELOPE_VERSION, maxBytes: contracts.MAX_MESSAGE_BYTES, schema: json(contracts.Envelope) }],
    ['command', json(contracts.CommandBody)],
    ['tickets', json(contracts.TicketClaims)],
    ['registration', { request: json(contracts.RegisterRequest), reply: json(contracts.RegisterReply) }],
    ['events', { task: json(contracts.TaskEvent), progress: json(contracts.ProgressEvent), node: json(contracts.NodeEvent), instance: json(contracts.InstanceEvent), 'instance-progress': json(contracts.InstanceProgress), batch: json(contracts.BatchEvent) }],
    ['rank', { request: json(contracts.RankRequest), reply: json(contracts.RankReply) }],
    ['problem', json(contracts.Problem)],
    ['offers', { ask: json(contracts.AskOffers), cluster: json(contracts.OffersForCluster), pull: json(contracts.PullOffers), pulled: json(contracts.PulledOffers) }],
  ]);
  for (const [name, schema] of Object.entries(STATUSES)) files.set(`status.${name}`, json(schema));
  for (const [name, job] of Object.entries(contracts.JOBS)) files.set(`job.${name}`, { role: job.role, command: job.command, params: json(job.params), result: json(job.result) });
  return files;
}
