// The serial console of a guest and the log of what it said there: who may ask for how much, and how it is shown as plain text.
import { z } from 'zod';

/** What a ticket for a guest's console opens. */
export const ConsoleChannel = z.enum(['vnc', 'serial']);
export type ConsoleChannel = z.infer<typeof ConsoleChannel>;

/** Of a log kept on the node; older lines go. */
export const SERIAL_LOG_BYTES = 1024 * 1024;
/** Of what is read of it at once. */
export const SERIAL_READ_BYTES = 512 * 1024;
export const SERIAL_TAIL_LINES = 10_000;
export const SerialTail = z.number().int().min(0).max(SERIAL_TAIL_LINES);

/** Body of POST …/console. `tail`: lines of the log that a serial console begins with. */
export const ConsoleBody = z.strictObject({ channel: ConsoleChannel.default('vnc'), tail: SerialTail.default(100) });
export type ConsoleBody = z.output<typeof ConsoleBody>;

/** GET /instances/{id}/log */
export const SerialLogQuery = z.strictObject({ tail: z.coerce.number().pipe(SerialTail.min(1)).default(1000) });

/** From its node up to the CLC: plain text, lines ended by \n. @see SerialLogTicket */
export const SerialLog = z.object({ text: z.string().max(SERIAL_READ_BYTES * 2) });
export type SerialLog = z.infer<typeof SerialLog>;

// CSI, the two of Linux that set colours and have no end, OSC and other string sequences, and the short ones; an unfinished one is cut as well.
// A string ends with its line at the latest: one that was begun by accident hides no more than that.
const SEQUENCES = /\u001b(?:\[[0-?]*[ -/]*(?:[@-~]|$)|\](?:R|P[\da-fA-F]{7})|[\]PX^_](?:[^\n\u0007\u001b]|\u001b(?!\\))*(?:\u0007|\u001b\\|(?=\n)|$)|[ -/]*(?:[0-~]|$))/g;
/** Also what turns the order of letters around: a log shows what was written. */
const INVISIBLE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/**
 * What a guest said on its serial port as lines of text: it may say anything, and a terminal or page that shows it must not obey it.
 * A carriage return begins its line anew, a backspace takes a letter back, as on a terminal.
 */
export function serialText(raw: string): string {
  return raw.replace(SEQUENCES, '').split('\n').map(asShown).join('\n');
}

function asShown(line: string): string {
  const last = line.includes('\r') ? (line.split('\r').findLast((part) => part !== '') ?? '') : line;
  if (!last.includes('\b')) return visible(last);
  const letters: string[] = [];
  for (const letter of last) {
    if (letter === '\b') letters.pop();
    else letters.push(letter);
  }
  return visible(letters.join(''));
}

const visible = (line: string): string => line.replace(INVISIBLE, (sign) => (sign === '\t' ? sign : ''));
