import { useState } from 'preact/hooks';
import * as format from '../format';

interface Props {
  at: number | null; // null: live
  now: number;
  slide: number; // milliseconds between two rows
  go(at: number | null): void;
}

const spans = [
  ['last hour', 3_600_000],
  ['last 6 hours', 21_600_000],
  ['last day', 86_400_000],
  ['last 7 days', 604_800_000],
] as const;

export function TimeTravel({ at, now, slide, go }: Props) {
  const [wanted, setSpan] = useState<number>(spans[0][1]);
  // A window from a link may lie further back than the chosen span.
  const span = at === null ? wanted : (spans.find(([, ms]) => ms >= wanted && now - at <= ms)?.[1] ?? spans[3][1]);
  // Positions of the slider: one a row, and the last one for the present moment.
  const newest = Math.floor(now / slide) * slide;
  const steps = Math.round(span / slide);
  const live = steps + 1;
  const position = at === null ? live : Math.min(steps, Math.max(0, steps - Math.round((newest - at) / slide)));
  const to = (value: number) => go(value >= live ? null : newest - (steps - value) * slide);
  return (
    <section class="time" aria-label="Time travel">
      <button type="button" onClick={() => to(position - 1)} disabled={position <= 0}>
        <span aria-hidden="true">◀</span> <span class="word">Earlier</span>
      </button>
      <input
        type="range"
        class="slider"
        aria-label="End of the window"
        min={0}
        max={live}
        step={1}
        value={position}
        aria-valuetext={at === null ? 'live' : `${format.dayAndClock(at)} UTC`}
        onInput={(event) => to(Number(event.currentTarget.value))}
      />
      <button type="button" onClick={() => to(position + 1)} disabled={at === null}>
        <span class="word">Later</span> <span aria-hidden="true">▶</span>
      </button>
      <select
        aria-label="How far the slider goes back"
        value={span}
        onChange={(event) => setSpan(Number(event.currentTarget.value))}
      >
        {spans.map(([name, ms]) => (
          <option key={ms} value={ms}>
            {name}
          </option>
        ))}
      </select>
      <button type="button" class="live" aria-pressed={at === null} onClick={() => go(null)}>
        Live
      </button>
    </section>
  );
}
