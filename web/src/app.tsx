import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { at as encoded, forgetToken, getJson, hasToken, keepToken } from './api';
import { follow, type Link } from './connection';
import * as format from './format';
import { useLoaded, useMedia, useNow, useSettled } from './hooks';
import { joiner, type Outlines } from './join';
import { newYork } from './new_york';
import { largestFirst } from './order';
import { Bars } from './parts/bars';
import { Chart } from './parts/chart';
import { LastDeadLetters } from './parts/dead_letters';
import { Drawer } from './parts/drawer';
import { Beside, CountyMap } from './parts/map';
import { Table } from './parts/table';
import { LedgerWords, Tiles } from './parts/tiles';
import { TimeTravel } from './parts/time_travel';
import { TokenForm } from './parts/token_form';
import type { Row, Series, Snapshot, Status } from './records';
import { nextPower } from './scale';
import { applyTheme, keptTheme, themes, type Theme } from './theme';

const hour = 3_600_000;
const mostChosen = 6;
const topKeys = 1000;
const rowDelay = 2500;

export function App() {
  const [token, setToken] = useState<'given' | 'missing' | 'wrong'>('given');
  if (token !== 'given')
    return <TokenForm wrong={token === 'wrong'} give={(text) => (keepToken(text), setToken('given'))} />;
  return (
    <Page
      unauthorized={() => {
        setToken(hasToken() ? 'wrong' : 'missing');
        forgetToken();
      }}
    />
  );
}

function Page({ unauthorized }: { unauthorized(): void }) {
  const now = useNow();
  const [snapshot, setSnapshot] = useState<Snapshot | null>(null);
  const [received, setReceived] = useState(0);
  const [link, setLink] = useState<Link>({ kind: 'connecting' });
  useEffect(
    () =>
      follow({
        snapshot: (next) => (setSnapshot(next), setReceived(Date.now())),
        link: setLink,
        unauthorized,
      }),
    [],
  );
  const alive = link.kind === 'live';
  const status = useLoaded(alive ? 'status' : null, (signal) => getJson<Status>('/v1/status', signal)).value;
  const slide = format.milliseconds(status?.slide ?? '60s') || 60_000;
  // The server's clock decides which windows there are.
  const serverNow = snapshot ? Date.parse(snapshot.row.window_end) + (now - received) : now;

  const [at, setAt] = useAt();
  const past = usePast(at);
  const row = at === null ? (snapshot?.row ?? null) : past.row;

  const [picked, setPicked] = useState<string[] | null>(null);
  const counts = useMemo(() => (row ? Object.entries(row.counts).sort(largestFirst) : []), [row]);
  const chosen = useChosen(picked, counts);
  const choose = (key: string) =>
    setPicked(chosen.includes(key) ? chosen.filter((other) => other !== key) : [...chosen, key].slice(-mostChosen));

  const own = useLoaded(status?.map ? 'map' : null, (signal) => getJson<Outlines>('/v1/map', signal)).value;
  // None before it is known which: a map of elsewhere must not flash up.
  const map = status?.map ? own : status ? newYork : null;
  const join = useMemo(() => joiner(map ? map.outlines : []), [map]);
  const joined = useMemo(() => join(counts), [join, counts]);
  const power = useRef<number | null>(null);
  if (joined.matched > 0) power.current = nextPower(power.current, Math.max(...joined.sums));

  // The last hour; for a window further back, the hour around it.
  const newest = Math.floor(serverNow / slide) * slide;
  const series = useSeries(
    snapshot && status ? (at === null || at > newest - hour ? newest : at + hour / 2) : null,
    chosen,
  );

  const [theme, setTheme] = useState<Theme>(keptTheme);
  const dark = useMedia('(prefers-color-scheme: dark)');
  const [drawer, setDrawer] = useState(false);

  const keys = row ? (row.keys ?? counts.length) : 0;
  const sent = counts.reduce((sum, [, count]) => sum + count, 0);
  const mapped =
    map !== null &&
    (joined.matched > 0 || (counts.length === 0 && (map !== newYork || status?.group_by.toLowerCase() === 'county')));
  const stale = at === null ? !alive : past.row === null || past.loading;
  const lastEnd = series?.window_ends[series.window_ends.length - 1];
  const lastRevision = series?.revisions[series.revisions.length - 1];

  return (
    <>
      <header class="top">
        <h1>weir</h1>
        <p class={`link ${link.kind}`} role="status" data-test="link">
          <span class="dot" aria-hidden="true" />
          {linkWords(link, snapshot?.state)}
        </p>
        {link.kind === 'lost' && (
          <span class="hint" data-test="retry">
            {link.retryAt > now ? `next try in ${Math.ceil((link.retryAt - now) / 1000)} s` : 'trying …'}
          </span>
        )}
        <button type="button" onClick={() => setDrawer(true)}>
          How <span class="word">the numbers are </span>counted
        </button>
        <select
          aria-label="Colours"
          value={theme}
          onChange={(event) => {
            const next = event.currentTarget.value as Theme;
            applyTheme(next);
            setTheme(next);
          }}
        >
          {themes.map((name) => (
            <option key={name} value={name}>
              {name === 'auto' ? 'Auto' : name === 'light' ? 'Light' : 'Dark'}
            </option>
          ))}
        </select>
      </header>
      <main class={stale ? 'stale' : ''} data-stale={stale}>
        <TimeTravel at={at} now={serverNow} slide={slide} go={setAt} />
        {at !== null && (
          <p class="past" role="status" data-test="past">
            {past.error
              ? `There is no window ending ${format.dayAndClock(at)} UTC: ${past.error}`
              : `You look at the past: the window that ended ${format.dayAndClock(at)} UTC. The link in the address bar leads here.`}
          </p>
        )}
        {row && snapshot && (
          <Tiles
            row={row}
            past={at !== null}
            lost={link.kind === 'lost'}
            stored={past.stored}
            perSecond={snapshot.per_second}
            ledger={snapshot.ledger}
            fresh={at === null ? format.ago(now - received) : format.ago(now - Date.parse(row.computed_at))}
            lastRow={lastEnd !== undefined ? { end: lastEnd, revision: lastRevision ?? 0 } : null}
          />
        )}
        {!row && !past.error && <p class="hint">{link.kind === 'lost' ? 'No numbers yet.' : 'Reading the window …'}</p>}
        {snapshot && <LedgerWords ledger={snapshot.ledger} />}
        {snapshot?.ledger.received === 0 && <Empty />}
        {row && (
          <div class={mapped ? 'pair' : 'pair single'}>
            {mapped && (
              <section aria-labelledby="map-title">
                <h2 id="map-title">Map</h2>
                <CountyMap
                  map={map}
                  joined={joined}
                  power={power.current ?? 0}
                  total={row.total}
                  chosen={chosen}
                  choose={choose}
                />
                <Beside joined={joined} />
              </section>
            )}
            <section aria-labelledby="bars-title">
              <h2 id="bars-title">Ranked</h2>
              <Bars counts={counts} keys={keys} total={row.total} basis={String(at)} chosen={chosen} choose={choose} />
            </section>
          </div>
        )}
        {row && keys > counts.length && (
          <p class="hint" data-test="cut">
            The {format.number(counts.length)} largest of {format.number(keys)} keys; the others have{' '}
            {format.counted(row.total - sent, 'event')} together. The search looks at all.
          </p>
        )}
        <section aria-labelledby="chart-title">
          <h2 id="chart-title">
            {at === null || at > newest - hour ? 'Over the last hour' : 'Over the hour around it'}
          </h2>
          {series && series.window_ends.length > 0 ? (
            <Charts series={series} theme={`${theme} ${dark}`} at={at} />
          ) : (
            <p class="hint">
              {series
                ? `No row is stored for this time. One is written every ${format.duration(status?.slide ?? '60s')}.`
                : 'Reading the rows …'}
            </p>
          )}
        </section>
        <div class="pair even">
          {row && (
            <section aria-labelledby="table-title">
              <h2 id="table-title">All keys</h2>
              <Table
                label={status?.group_by ?? 'Key'}
                counts={counts}
                keys={keys}
                total={row.total}
                basis={String(at)}
                source={at === null ? '/v1/windows/live' : past.path}
                moves={at === null}
                chosen={chosen}
                choose={choose}
              />
            </section>
          )}
          <section aria-labelledby="dead-letters">
            <h2 id="dead-letters">Dead letters</h2>
            {snapshot && <LastDeadLetters rejected={snapshot.ledger.rejected} />}
          </section>
        </div>
      </main>
      {drawer && <Drawer status={status} ownMap={map !== newYork} close={() => setDrawer(false)} />}
    </>
  );
}

function linkWords(link: Link, state: string | undefined): string {
  if (link.kind === 'connecting') return 'Connecting …';
  if (link.kind === 'lost')
    return `Connection lost at ${format.clock(link.since)} UTC: ${link.reason}. The numbers are those of then`;
  if (state === 'disk-full') return 'Live, but the disk is full: no events are taken';
  if (state === 'failed') return 'Live, but the store has failed: no events are taken';
  return 'Live';
}

function Empty() {
  return (
    <section class="empty">
      <p>No event has come yet. Send some:</p>
      <pre tabIndex={0}>
        <code>
          weir stream data/recommended_fishing_rivers_and_streams.csv --loop --rate 20/s --to {location.origin}
        </code>
      </pre>
    </section>
  );
}

// The window that is looked at, from and to the address bar. Null: the live one.
function useAt(): [number | null, (at: number | null) => void] {
  const read = () => {
    const text = new URLSearchParams(location.search).get('at');
    if (text === null) return null;
    const ms = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
    return Number.isNaN(ms) ? null : ms;
  };
  const [at, setAt] = useState(read);
  useEffect(() => {
    const back = () => setAt(read());
    addEventListener('popstate', back);
    return () => removeEventListener('popstate', back);
  }, []);
  return [
    at,
    (next) => {
      const target = next === null ? location.pathname : `?at=${format.iso(next)}`;
      // One step back leaves the past; moving in it adds none.
      if (at === null && next !== null) history.pushState(null, '', target);
      else history.replaceState(null, '', target);
      setAt(next);
    },
  ];
}

interface Past {
  row: Row | null;
  stored: boolean;
  path: string;
  error: string;
  loading: boolean;
}

// The row of a past window as it is stored, or else the window counted now.
function usePast(at: number | null): Past {
  const settled = useSettled(at, 120);
  const { value, error } = useLoaded(settled === null ? null : String(settled), async (signal) => {
    const end = format.iso(settled ?? 0);
    // Asked first, since a 404 for the row would be an error in the browser's console.
    const there = await getJson<Series>(`/v1/series?from=${settled}&to=${(settled ?? 0) + 1}`, signal);
    const stored = there.window_ends.length > 0;
    const path = `/v1/${stored ? 'rows' : 'windows'}/${encoded(end)}`;
    return { end: settled, stored, path, row: await getJson<Row>(`${path}?top=${topKeys}`, signal) };
  });
  return {
    row: value?.row ?? null,
    stored: value?.stored ?? false,
    path: value?.path ?? '',
    error,
    loading: value?.end !== at,
  };
}

// What the reader chose for the chart; before that, the three keys that were largest at first.
function useChosen(picked: string[] | null, counts: readonly (readonly [string, number])[]): string[] {
  const first = useRef<string[]>([]);
  if (first.current.length === 0) first.current = counts.slice(0, 3).map(([key]) => key);
  return picked ?? first.current;
}

interface Shown extends Series {
  to: number; // milliseconds: the end of the hour that was asked for
}

// The rows of the hour up to `end`; asked again when one more may have been written or other keys are chosen. A row is
// written a little after its window ended.
function useSeries(end: number | null, chosen: readonly string[]): Shown | null {
  const [to, setTo] = useState(end);
  useEffect(() => {
    const timer = setTimeout(() => setTo(end), to === null ? 0 : rowDelay);
    return () => clearTimeout(timer);
  }, [end]);
  const query = chosen.map((key) => `&key=${encoded(key)}`).join('');
  const wanted = to === null ? null : `/v1/series?from=${to - hour}&to=${to + 1}${query}`;
  return useLoaded(wanted, async (signal) => ({ ...(await getJson<Series>(wanted ?? '', signal)), to: to ?? 0 })).value;
}

function Charts({ series, theme, at }: { series: Shown; theme: string; at: number | null }) {
  const times = useMemo(() => series.window_ends.map((end) => Date.parse(end)), [series]);
  const total = useMemo(() => [{ name: 'Total', values: series.totals }], [series]);
  const lines = useMemo(() => series.series.map(({ key, counts }) => ({ name: key, values: counts })), [series]);
  const common = { times, theme, at, from: series.to - hour, to: series.to };
  return (
    <div class="charts">
      <Chart title="Total, by the end of the window (UTC)" lines={total} {...common} />
      {lines.length > 0 && <Chart title="Chosen keys" lines={lines} {...common} />}
    </div>
  );
}
