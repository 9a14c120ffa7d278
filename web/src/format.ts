const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const tenth = new Intl.NumberFormat('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

export const number = (n: number): string => whole.format(n);
// "1 event", "2,000 events".
export const counted = (n: number, what: string): string => `${number(n)} ${what}${n === 1 ? '' : 's'}`;
export const rate = (n: number): string => (n >= 100 ? whole.format(n) : tenth.format(n));
export const share = (n: number, of: number): string => (of === 0 ? '' : `${tenth.format((100 * n) / of)} %`);

// All times are UTC, on 24 hours, as in the interface.
export const iso = (ms: number): string => new Date(ms).toISOString();
export const clock = (ms: number): string => iso(ms).slice(11, 19);
export const hourMinute = (ms: number): string => iso(ms).slice(11, 16);
export const day = (ms: number): string => iso(ms).slice(0, 10);
export const dayAndClock = (ms: number): string => `${day(ms)} ${clock(ms)}`;

export function ago(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 2) return 'now';
  if (seconds < 120) return `${seconds} s ago`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min ago`;
  return `${Math.round(seconds / 3600)} h ago`;
}

const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

// "60s", "5m", as /v1/status writes durations; 0 for what is none.
export function milliseconds(text: string): number {
  let sum = 0;
  for (const [, digits, unit] of text.matchAll(/(\d+)(ms|[smhd])/g)) sum += Number(digits) * (units[unit ?? ''] ?? 0);
  return sum;
}

const words: Record<string, string> = { ms: 'millisecond', s: 'second', m: 'minute', h: 'hour', d: 'day' };
export function duration(text: string): string {
  const [, digits, unit = ''] = /^(\d+)(ms|[smhd])$/.exec(text) ?? [];
  return digits ? counted(+digits, words[unit] ?? '') : text;
}
