// The records of the HTTP interface, as docs/http.md describes them.
export interface Row {
  view: string;
  window_start: string;
  window_end: string;
  total: number;
  counts: Record<string, number>;
  keys?: number;
  late: number;
  revision: number;
  final: boolean;
  computed_at: string;
}

export interface Ledger {
  received: number;
  stored: number;
  duplicates: number;
  rejected: number;
  late: number;
  balances: boolean;
}

export interface Snapshot {
  state: string;
  per_second: number | null;
  row: Row;
  ledger: Ledger;
}

export interface Status {
  version: string;
  group_by: string;
  window: string;
  pane: string;
  slide: string;
  lateness: string;
  retention: string;
  map: boolean; // whether /v1/map has outlines
}

export interface Verification {
  result: 'passed' | 'differs' | 'empty' | 'failed';
  finished_at: string;
  events: number;
  rows: number;
  ledger_balances: boolean | null;
  differences: number;
  first: { what: string; at: string; key: string; raw: number; stored: number; note: string }[];
  fault: string | null;
}

export interface Verifications {
  running_since: string | null;
  last: Verification | null;
}

export interface Series {
  window_ends: string[];
  totals: number[];
  late: number[];
  revisions: number[];
  series: { key: string; counts: number[] }[];
  next: string | null;
}

export interface DeadLetter {
  id: number;
  received_at: string;
  batch_id: string;
  source: string;
  line: number;
  code: string;
  message: string;
  bytes: string | null;
  bytes_base64: string | null;
}

export interface DeadLetters {
  dead_letters: DeadLetter[];
  next: number | null;
}

export type Count = readonly [key: string, count: number];
