import { useEffect, useState } from 'preact/hooks';
import { request } from '../api';
import * as format from '../format';
import type { Verification, Verifications } from '../records';

const path = '/v1/verifications';
const pause = 500;
const mostShown = 10;

// The server's own recount: the last one's result, and a button that starts another.
export function Verify() {
  const [state, setState] = useState<Verifications | null>(null);
  const [fault, setFault] = useState('');
  const ask = (stop: AbortSignal | undefined, start: boolean) =>
    request(start ? path : `${path}/latest`, stop, start ? 'POST' : 'GET')
      .then((response) => response.json())
      .then((next: Verifications) => (setState(next), setFault('')))
      .catch((error: Error) => stop?.aborted || setFault(error.message));
  // At first, and again until the one that runs is done.
  useEffect(() => {
    if (state && !state.running_since) return;
    const stop = new AbortController();
    const timer = setTimeout(() => void ask(stop.signal, false), state ? pause : 0);
    return () => (clearTimeout(timer), stop.abort());
  }, [state]);
  const running = !!state?.running_since;
  return (
    <>
      <p role="status" data-test="verification" class={state?.last?.result === 'differs' ? 'bad' : ''}>
        {fault ? `Not done: ${fault}` : running ? 'Recounting …' : !state ? '…' : words(state.last)}
      </p>
      {!running && state?.last && state.last.differences > 0 && (
        <ul>
          {state.last.first.slice(0, mostShown).map(({ what, at, key, raw, stored, note }) => (
            <li>
              {what} of {format.dayAndClock(Date.parse(at))} UTC, <bdi>{key || 'total'}</bdi>: {format.number(stored)}{' '}
              stored, {format.number(raw)} raw. {note}
            </li>
          ))}
        </ul>
      )}
      <button type="button" disabled={running} onClick={() => void ask(undefined, true)}>
        Recount now
      </button>
    </>
  );
}

function words(last: Verification | null): string {
  if (!last) return 'Not done since the server started.';
  const when = `at ${format.dayAndClock(Date.parse(last.finished_at))} UTC: `;
  if (last.fault) return `Not done ${when}${last.fault}.`;
  const events = format.counted(last.events, 'raw event');
  if (last.result === 'passed')
    return `Passed ${when}every count and ${format.counted(last.rows, 'stored row')} agree with ${events}.`;
  if (last.result === 'empty') return `Nothing to recount ${when}${events}.`;
  return `Failed ${when}${events}, differences: ${format.number(last.differences)}${
    last.ledger_balances ? '' : '; the ledger does not balance'
  }.`;
}
