// docs/errors.md from the one table of error codes. Called by tools/gen.ts.
import { ERRORS } from '@educloud/contracts';
import { GENERATED, table } from './text.ts';

export function errorsPage(): string {
  const rows = Object.entries(ERRORS).map(([code, e]) => [`\`${code}\``, String(e.status), e.retryable ? 'yes' : 'no', e.meaning, e.action]);
  return `${GENERATED}
# Errors

Every failure, in REST answers, statuses, events and the command line, carries one of these codes. They come from \`libs/contracts/src/error-table.ts\`; a code never changes its meaning and is never removed.
REST answers are \`application/problem+json\` (RFC 9457) with \`code\`, \`detail\`, \`retryable\`, \`action\` and, for wrong input, \`fields\`. *Again*: the same request may succeed later without being changed.

${table(['code', 'HTTP', 'again', 'meaning', 'what to do'], rows)}
`;
}
