import { useMemo, useState } from 'preact/hooks';
import * as format from '../format';
import type { Joined, Outlines } from '../join';
import { newYork } from '../new_york';
import { bounds, classes, classOf } from '../scale';

interface Props {
  map: Outlines;
  joined: Joined;
  power: number;
  total: number;
  chosen: readonly string[];
  choose(key: string): void;
}

// The same numbers as the bars and the table, which serve keyboard and screen reader; here they are seen at once.
export function CountyMap({ map, joined, power, total, chosen, choose }: Props) {
  const [over, setOver] = useState<number | null>(null);
  const { outlines, width, height } = map;
  const area = map === newYork ? 'a county' : 'an area';
  const indexOf = (event: Event) => {
    const index = (event.target as Element).getAttribute('data-index');
    return index === null ? null : Number(index);
  };
  const levels = joined.sums.map((sum) => classOf(sum, power));
  const followed = joined.keys.map((keys) => keys.some((key) => chosen.includes(key)));
  // Drawn again only when a colour or a choice changed: most snapshots change neither.
  const shapes = useMemo(
    () =>
      outlines.map(([name, path], index) => (
        <path
          key={name}
          d={path}
          data-index={index}
          data-county={name}
          data-level={levels[index]}
          class={followed[index] ? 'chosen' : ''}
        />
      )),
    [`${levels.join()} ${followed.join()}`, map],
  );
  const largest = joined.sums.indexOf(Math.max(...joined.sums));
  const summary =
    (joined.sums[largest] ?? 0) > 0
      ? `Most events: ${outlines[largest]?.[0]}, ${format.number(joined.sums[largest] ?? 0)}. `
      : 'No events in this window. ';
  return (
    <div class="map">
      <svg
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={`Map by count. ${summary}The ranked list has the same numbers.`}
        onPointerOver={(event: Event) => setOver(indexOf(event))}
        onPointerLeave={() => setOver(null)}
        onClick={(event: Event) => {
          const index = indexOf(event);
          for (const key of index === null ? [] : (joined.keys[index] ?? [])) choose(key);
        }}
      >
        {shapes}
        {over !== null && <path class="over" d={outlines[over]?.[1] ?? ''} />}
      </svg>
      <p class="caption" data-test="map-caption">
        {over === null ? (
          `Point at ${area} for its count; click to follow it in the chart.`
        ) : (
          <>
            <strong>{outlines[over]?.[0]}</strong> {caption(joined, over, outlines[over]?.[0], total)}
          </>
        )}
      </p>
      <Legend power={power} />
    </div>
  );
}

function caption(joined: Joined, index: number, name: string | undefined, total: number): string {
  const sum = joined.sums[index] ?? 0;
  if (sum === 0) return 'no events';
  const others = (joined.keys[index] ?? []).filter((key) => key !== name);
  const from = others.length > 0 ? `, sent as ${others.map((key) => `“${key}”`).join(' and ')}` : '';
  return `${format.number(sum)} (${format.share(sum, total)})${from}`;
}

function Legend({ power }: { power: number }) {
  const entries = Array.from({ length: classes + 1 }, (_, index) => {
    if (index === 0) return 'none';
    const [least, most] = bounds(index, power);
    if (most === null) return `over ${format.number(least - 1)}`;
    return least === most ? format.number(least) : `${format.number(least)} to ${format.number(most)}`;
  });
  return (
    <ul class="legend" aria-label="Colours of the map, events in the window">
      {entries.map((text, index) => (
        <li key={index}>
          <span class="swatch" data-level={index} />
          {text}
        </li>
      ))}
    </ul>
  );
}

const shown = 24;

export function Beside({ joined }: { joined: Joined }) {
  if (joined.beside.length === 0) return null;
  const sum = joined.beside.reduce((all, [, count]) => all + count, 0);
  const first = joined.beside.slice(0, shown);
  return (
    <p class="beside" data-test="beside">
      <strong>Not on the map</strong> ({format.counted(joined.beside.length, 'key')}, {format.counted(sum, 'event')}):{' '}
      {first.map(([key, count], index) => (
        <span key={key}>
          {index > 0 && ', '}
          <bdi>{key}</bdi> {format.number(count)}
        </span>
      ))}
      {joined.beside.length > shown && ` and ${format.number(joined.beside.length - shown)} more, all in the table.`}
    </p>
  );
}
