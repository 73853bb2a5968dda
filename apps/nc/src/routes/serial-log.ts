// The last lines of what a guest said on its serial port, as plain text, for the CC. Also of one that is off, as long as its disk is here.
import { say, SERIAL_READ_BYTES, SerialLog, serialText } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { Rest } from '@educloud/rest';
import { createOneUse } from '@educloud/tickets';
import type { NodePaths } from '../paths.ts';
import { lastLines, readSerialLog } from '../serial/log-file.ts';

export function serialLogRoute(rest: Rest, deps: { paths: NodePaths; identity(): { id: string; epoch: number } | null; now(): number }): void {
  const useOnce = createOneUse(deps.now);
  rest.route({ method: 'GET', path: '/nc/api/1.0/serial-log', need: 'ticket', summary: 'The end of the log of a guest’s serial port, for the CC', reply: SerialLog }, async ({ caller }) => {
    const ticket = caller.kind === 'ticket' && caller.claims.action === 'serial-log' ? caller.claims : null;
    const me = deps.identity();
    if (!ticket || !me || ticket.ncId !== me.id || ticket.epoch !== me.epoch) throw new CloudError('TICKET_INVALID', 'the ticket is not for this node as it is registered now');
    useOnce(ticket.nonce);
    const log = await readSerialLog(deps.paths.serialLog(ticket.insId), SERIAL_READ_BYTES);
    if (!log) throw new CloudError('NOT_FOUND', say('noSerialLog', { instance: ticket.insId }), { todo: say('runForLog') });
    return { body: { text: serialText(lastLines(log, ticket.tail).toString('utf8')) } };
  });
}
