import type { Count } from './records';

export type Column = 'key' | 'count';
export interface Sorting {
  column: Column;
  descending: boolean;
}

const byKey = new Intl.Collator('en', { numeric: true }).compare;

export const largestFirst = (a: Count, b: Count): number => b[1] - a[1] || byKey(a[0], b[0]);

export function comparer({ column, descending }: Sorting): (a: Count, b: Count) => number {
  const sign = descending ? -1 : 1;
  return column === 'key' ? (a, b) => sign * byKey(a[0], b[0]) : (a, b) => sign * (a[1] - b[1]) || byKey(a[0], b[0]);
}
