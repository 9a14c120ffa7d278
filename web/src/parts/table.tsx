import { useEffect, useState } from 'preact/hooks';
import { at, getJson } from '../api';
import * as format from '../format';
import { useHeld, useLoaded, useOrder, useSettled } from '../hooks';
import { comparer, type Column, type Sorting } from '../order';
import type { Count, Row } from '../records';

interface Props {
  label: string; // what a key is: "County"
  counts: readonly Count[];
  keys: number; // in all; the server may have sent only the largest
  total: number;
  basis: string;
  source: string; // the path of the window, for searches among the keys that were not sent
  moves: boolean; // whether a search should be asked again now and then
  chosen: readonly string[];
  choose(key: string): void;
}

const page = 25;
const mostFound = 500;
const searchPause = 3000; // between an answer and asking again

export function Table({ label, counts, keys, total, basis, source, moves, chosen, choose }: Props) {
  const [sorting, setSorting] = useState<Sorting>({ column: 'count', descending: true });
  const [typed, setTyped] = useState('');
  const [limit, setLimit] = useState(page);
  const [held, handlers] = useHeld();
  const wanted = useSettled(typed.trim(), 150);

  const whole = counts.length >= keys;
  const asks = wanted !== '' && !whole;
  const path = `${source}?top=${mostFound}&match=${at(wanted)}`;
  const [round, setRound] = useState(0);
  const answer = useLoaded(asks ? `${path} ${round}` : null, async (signal) => ({
    wanted,
    row: await getJson<Row>(path, signal),
  }));
  // Only after the answer: among a million keys it may take longer than the pause.
  const answered = answer.value?.wanted === wanted || answer.error !== '';
  useEffect(() => {
    if (!moves || !asks || !answered) return;
    const timer = setTimeout(() => setRound((n) => n + 1), searchPause);
    return () => clearTimeout(timer);
  }, [answer.value, answer.error, answered, moves, asks]);
  const found = asks && answer.value?.wanted === wanted ? answer.value.row : null;
  const small = wanted.toLowerCase();
  const matching = found
    ? Object.entries(found.counts)
    : wanted === ''
      ? counts
      : counts.filter(([key]) => key.toLowerCase().includes(small));
  const all = found ? (found.keys ?? matching.length) : wanted === '' ? keys : matching.length;
  const ordered = useOrder(
    matching,
    comparer(sorting),
    held,
    `${basis} ${sorting.column} ${sorting.descending} ${wanted} ${found !== null}`,
  );
  const rows = ordered.slice(0, limit);

  const header = (column: Column, text: string) => (
    <th scope="col" aria-sort={sorting.column !== column ? 'none' : sorting.descending ? 'descending' : 'ascending'}>
      <button
        type="button"
        onClick={() =>
          setSorting((old) =>
            old.column === column
              ? { column, descending: !old.descending }
              : { column, descending: column === 'count' },
          )
        }
      >
        {text}
        <span aria-hidden="true">{sorting.column !== column ? '' : sorting.descending ? ' ▼' : ' ▲'}</span>
      </button>
    </th>
  );
  return (
    <div>
      <div class="search">
        <label>
          Search{' '}
          <input
            type="search"
            value={typed}
            autocomplete="off"
            spellcheck={false}
            onInput={(event) => (setTyped(event.currentTarget.value), setLimit(page))}
          />
        </label>
        <p role="status" data-test="found">
          {asks && !found && !answer.error
            ? 'Searching all keys …'
            : asks && answer.error
              ? `The search failed: ${answer.error}`
              : `${format.number(all)} ${all === 1 ? 'key' : 'keys'}${wanted === '' ? '' : ` with “${wanted}”`}${
                  all > matching.length ? `, the ${format.number(matching.length)} largest here` : ''
                }`}
        </p>
        <span class="hint">{held ? 'The order waits while you are in the table.' : ''}</span>
      </div>
      <div class="scroll" {...handlers}>
        <table>
          <caption class="hidden">Events of the window by {label}</caption>
          <thead>
            <tr>
              {header('key', label)}
              {header('count', 'Events')}
              <th scope="col">Share</th>
              <th scope="col">Chart</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(([key, count]) => (
              <tr key={key}>
                <th scope="row">
                  <bdi>{key}</bdi>
                </th>
                <td>{format.number(count)}</td>
                <td>{format.share(count, total)}</td>
                <td>
                  <input
                    type="checkbox"
                    aria-label={`Follow ${key} in the chart`}
                    checked={chosen.includes(key)}
                    onChange={() => choose(key)}
                  />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        {ordered.length > limit && (
          <button type="button" class="more" onClick={() => setLimit(limit + page)}>
            Show {Math.min(page, ordered.length - limit)} more
          </button>
        )}
      </div>
    </div>
  );
}
