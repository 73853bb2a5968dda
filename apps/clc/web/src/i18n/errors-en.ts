// What each error means and what to do: the contracts' own table.
import { ERRORS } from '@educloud/contracts';

export const errorsEn: Record<string, readonly [string, string]> = {
  ...Object.fromEntries(Object.entries(ERRORS).map(([code, entry]) => [code, [entry.meaning, entry.action] as const])),
  OFFLINE: ['The cloud does not answer.', 'Check the network connection and try again.'],
};
