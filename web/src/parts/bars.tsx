import * as format from '../format';
import { useHeld, useOrder } from '../hooks';
import { largestFirst } from '../order';
import type { Count } from '../records';

interface Props {
  counts: readonly Count[];
  keys: number;
  total: number;
  basis: string;
  chosen: readonly string[];
  choose(key: string): void;
}

const longest = 15;

export function Bars({ counts, keys, total, basis, chosen, choose }: Props) {
  const [held, handlers] = useHeld();
  const ordered = useOrder(counts, largestFirst, held, basis).slice(0, longest);
  const largest = ordered.reduce((most, [, count]) => Math.max(most, count), 1);
  if (counts.length === 0) return <p class="hint">No events in this window.</p>;
  return (
    <div {...handlers}>
      <ol class="bars" aria-label="Keys with the most events">
        {ordered.map(([key, count]) => (
          <li key={key}>
            <button
              type="button"
              aria-pressed={chosen.includes(key)}
              title="Follow it in the chart"
              onClick={() => choose(key)}
            >
              <bdi class="name">{key}</bdi>
              <span class="count">{format.number(count)}</span>
              <span class="share">{format.share(count, total)}</span>
              <span class="bar" aria-hidden="true">
                <span style={{ width: `${(100 * count) / largest}%` }} />
              </span>
            </button>
          </li>
        ))}
      </ol>
      {keys > ordered.length && <p class="hint">{format.number(keys - ordered.length)} more in the table below.</p>}
    </div>
  );
}
