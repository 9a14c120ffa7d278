import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import * as format from '../format';

export interface Line {
  name: string;
  values: number[];
}

interface Props {
  title: string;
  times: number[]; // milliseconds
  lines: Line[];
  theme: string; // colours are read again when it changes
  at: number | null; // the window that is looked at
  from: number; // milliseconds: what the axis shows, however many rows there are
  to: number;
}

const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
export const lineColour = (index: number): string => `--line-${index % 6}`;
const dashes = [[], [8, 4], [2, 3], [10, 3, 2, 3], [5, 5], [1, 2]]; // so that colour is not alone in telling them apart

function axes(): uPlot.Axis[] {
  const text = { stroke: colour('--soft'), font: '12px system-ui, sans-serif', ticks: { stroke: colour('--line') } };
  return [
    {
      ...text,
      space: 64,
      grid: { show: false },
      values: (_, splits) => splits.map((second) => format.hourMinute(second * 1000)),
    },
    {
      ...text,
      size: 56,
      space: 28,
      grid: { stroke: colour('--line'), width: 1 },
      incrs: [
        1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 2e6, 5e6, 1e7, 1e8, 1e9,
      ],
      values: (_, splits) => splits.map(short),
    },
  ];
}

const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });
const short = (n: number): string => (n < 10_000 ? format.number(n) : compact.format(n));

export function Chart({ title, times, lines, theme, at, from, to }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const marked = useRef(at);
  marked.current = at;
  const shown = useRef<[number, number]>([0, 1]);
  shown.current = [from / 1000, to / 1000];
  const names = lines.map((line) => line.name).join('\n');

  useEffect(() => {
    const made = new uPlot(
      {
        width: box.current!.clientWidth || 300,
        height: 170,
        legend: { show: false },
        cursor: { show: false },
        scales: {
          x: { time: true, range: () => shown.current },
          y: { range: (_, __, most) => [0, Math.max(1, most * 1.08)] },
        },
        axes: axes(),
        series: [
          {},
          ...lines.map((_, index) => ({
            stroke: colour(lineColour(index)),
            width: 2,
            dash: dashes[index % dashes.length]!,
            points: { show: times.length < 3 },
          })),
        ],
        hooks: {
          draw: [
            (u: uPlot) => {
              if (marked.current === null) return;
              const x = Math.round(u.valToPos(marked.current / 1000, 'x', true));
              u.ctx.save();
              u.ctx.strokeStyle = colour('--text');
              u.ctx.lineWidth = 2;
              u.ctx.setLineDash([4, 4]);
              u.ctx.beginPath();
              u.ctx.moveTo(x, u.bbox.top);
              u.ctx.lineTo(x, u.bbox.top + u.bbox.height);
              u.ctx.stroke();
              u.ctx.restore();
            },
          ],
        },
      },
      [times.map((t) => t / 1000), ...lines.map((line) => line.values)],
      box.current!,
    );
    plot.current = made;
    const sizes = new ResizeObserver(() => made.setSize({ width: box.current?.clientWidth || 300, height: 170 }));
    sizes.observe(box.current!);
    return () => (sizes.disconnect(), made.destroy());
  }, [names, theme, times.length < 3]);

  useEffect(() => {
    plot.current?.setData([times.map((t) => t / 1000), ...lines.map((line) => line.values)]);
  }, [times, lines, from, to]);
  useEffect(() => plot.current?.redraw(), [at]);

  return (
    <figure class="chart">
      <figcaption>{title}</figcaption>
      <div ref={box} role="img" aria-label={`${title}. ${lines.map(describe).join(' ')}`} />
      <ul class="lines">
        {lines.map((line, index) => (
          <li key={line.name} data-line={index % 6}>
            <svg width="28" height="8" aria-hidden="true">
              <line x1="0" y1="4" x2="28" y2="4" stroke-dasharray={dashes[index % dashes.length]!.join(' ')} />
            </svg>
            <bdi>{line.name}</bdi> <strong>{format.number(line.values[line.values.length - 1] ?? 0)}</strong>
          </li>
        ))}
      </ul>
    </figure>
  );
}

function describe({ name, values }: Line): string {
  if (values.length === 0) return `${name}: nothing yet.`;
  const range = `${format.number(Math.min(...values))} to ${format.number(Math.max(...values))}`;
  return `${name}: last ${format.number(values[values.length - 1]!)}, between ${range}.`;
}
