// Sizes, times and durations in the reader's language. Called by components.
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

export function formatBytes(bytes: number, language: string): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${new Intl.NumberFormat(language, { maximumFractionDigits: digits, minimumFractionDigits: digits }).format(value)} ${UNITS[unit]}`;
}

/** Short and rounded up: `4 s`, `3 min`, `1 h 5 min`. */
export function formatSeconds(seconds: number, language: string): string {
  const unit = (value: number, name: string): string => new Intl.NumberFormat(language, { style: 'unit', unit: name, unitDisplay: 'short' }).format(value);
  if (seconds < 60) return unit(Math.max(1, Math.ceil(seconds)), 'second');
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return unit(minutes, 'minute');
  return `${unit(Math.floor(minutes / 60), 'hour')} ${unit(minutes % 60, 'minute')}`;
}

/** How long something took: tenths below ten seconds. */
export function formatDuration(ms: number, language: string): string {
  if (ms >= 60_000) return formatSeconds(ms / 1000, language);
  return new Intl.NumberFormat(language, { style: 'unit', unit: 'second', unitDisplay: 'short', maximumFractionDigits: ms < 10_000 ? 1 : 0 }).format(ms / 1000);
}

export const formatTime = (ms: number, language: string): string => new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(ms);

/** `kept.until` may be a point in time or words; only the first is put into the reader's form. */
export function formatUntil(until: string, language: string): string {
  return /^\d{4}-\d{2}-\d{2}T/.test(until) && !Number.isNaN(Date.parse(until)) ? formatTime(Date.parse(until), language) : until;
}
