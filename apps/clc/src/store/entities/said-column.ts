// A column that holds a saying: code and parameters. A plain text stands in rows of the first versions.
import { say, type Said } from '@educloud/contracts';

export const said = {
  to: (value: Said) => JSON.stringify(value),
  from: (text: string): Said => (text.startsWith('{"code":') ? (JSON.parse(text) as Said) : say('text', { text })),
};

export const saidOrNull = {
  to: (value: Said | null) => (value === null ? null : said.to(value)),
  from: (text: string | null): Said | null => (text === null ? null : said.from(text)),
};
