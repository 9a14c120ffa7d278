import * as format from '../format';
import type { Ledger, Row } from '../records';

interface Props {
  row: Row;
  past: boolean;
  lost: boolean;
  stored: boolean; // the row was read as it is stored, and not counted for this view
  perSecond: number | null;
  ledger: Ledger;
  fresh: string;
  lastRow: { end: string; revision: number } | null;
}

export function Tiles({ row, past, lost, stored, perSecond, ledger, fresh, lastRow }: Props) {
  const start = Date.parse(row.window_start);
  const end = Date.parse(row.window_end);
  const days = past || format.day(start) !== format.day(Date.now());
  return (
    <dl class="tiles">
      <div class="wide">
        <dt>Events in the window</dt>
        <dd class="large" data-test="total">
          {format.number(row.total)}
        </dd>
        <dd>
          {days && `${format.day(start)} `}
          <span class="nowrap">
            {format.clock(start)} to <span data-test="window-end">{format.clock(end)}</span> UTC
          </span>
        </dd>
      </div>
      <div>
        <dt>Events a second</dt>
        <dd class="large" data-test="rate">
          {perSecond === null ? '…' : format.rate(perSecond)}
        </dd>
        <dd>{past ? 'stored now, over 10 s' : 'stored, over 10 s'}</dd>
      </div>
      <div>
        <dt>Late</dt>
        <dd class="large" data-test="late">
          {format.number(row.late)}
        </dd>
        <dd>in the window, counted too</dd>
      </div>
      <div>
        <dt>Rejected</dt>
        <dd class="large" data-test="rejected">
          {format.number(ledger.rejected)}
        </dd>
        <dd>
          {ledger.rejected === 0 ? (
            'of all that came'
          ) : (
            <a href="#dead-letters">{past ? 'until now: the last ones' : 'see the last ones'}</a>
          )}
        </dd>
      </div>
      <div>
        <dt>Revision</dt>
        <dd class="large" data-test="revision">
          {past ? (stored ? format.number(row.revision) : 'none') : lastRow ? format.number(lastRow.revision) : '…'}
        </dd>
        <dd>
          {past
            ? stored
              ? row.final
                ? 'stored row, final'
                : 'stored row, may still change'
              : 'counted now, no row stored'
            : lastRow
              ? `of the row of ${format.hourMinute(Date.parse(lastRow.end))}`
              : 'no row stored yet'}
        </dd>
      </div>
      <div>
        <dt>Updated</dt>
        <dd class="large" data-test="fresh">
          {fresh}
        </dd>
        <dd>
          {past
            ? `computed ${format.clock(Date.parse(row.computed_at))} UTC`
            : lost
              ? 'then the connection was lost'
              : 'live, up to 4 times a second'}
        </dd>
      </div>
    </dl>
  );
}

export function LedgerWords({ ledger }: { ledger: Ledger }) {
  const sum = ledger.stored + ledger.duplicates + ledger.rejected;
  const parts = `${format.number(ledger.stored)} stored, ${format.number(ledger.duplicates)} duplicates and ${format.number(ledger.rejected)} rejected`;
  return (
    <p class={ledger.balances ? 'ledger' : 'ledger bad'} data-test="ledger">
      {ledger.balances ? (
        <>
          <strong>The ledger balances:</strong> {format.number(ledger.received)} received, which are {parts}.
        </>
      ) : (
        <>
          <strong>The ledger does not balance:</strong> {format.number(ledger.received)} received, but {parts} are{' '}
          {format.number(sum)}. Run weir audit.
        </>
      )}
    </p>
  );
}
