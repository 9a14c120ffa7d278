import { getJson } from '../api';
import * as format from '../format';
import { useLoaded, useSettled } from '../hooks';
import type { DeadLetter, DeadLetters } from '../records';

const shown = 20;
const longestText = 300;

// The newest, of which there are `rejected` in all: their ids count them.
export function LastDeadLetters({ rejected }: { rejected: number }) {
  const settled = useSettled(rejected, 500);
  const { value, error } = useLoaded(settled === 0 ? null : String(settled), async (signal) => {
    const path = `/v1/dead-letters?after=${Math.max(0, settled - shown)}&limit=1000`;
    return (await getJson<DeadLetters>(path, signal)).dead_letters.slice(-shown).reverse();
  });
  if (rejected === 0) return <p class="hint">None: every line that came could be read as an event.</p>;
  if (error) return <p class="hint">They could not be read: {error}</p>;
  if (!value) return <p class="hint">Reading …</p>;
  return (
    <>
      <p class="hint">
        {value.length < rejected
          ? `The last ${format.number(value.length)} of ${format.number(rejected)} rejected lines.`
          : value.length === 1
            ? 'The one rejected line.'
            : `All ${format.number(value.length)} rejected lines.`}{' '}
        GET /v1/dead-letters has them whole.
      </p>
      <ul class="letters" data-test="letters">
        {value.map((letter) => (
          <li key={letter.id}>
            <p>
              <strong>{letter.code}</strong> {letter.message}
            </p>
            <code>{text(letter)}</code>
            <p class="hint">
              {format.dayAndClock(Date.parse(letter.received_at))} UTC, line {format.number(letter.line)} of a batch
              from {letter.source}
            </p>
          </li>
        ))}
      </ul>
    </>
  );
}

function text(letter: DeadLetter): string {
  if (letter.bytes === null) return `(not UTF-8; base64) ${cut(letter.bytes_base64 ?? '')}`;
  return letter.bytes === '' ? '(empty)' : cut(letter.bytes);
}

const cut = (line: string): string => (line.length > longestText ? `${line.slice(0, longestText)} …` : line);
