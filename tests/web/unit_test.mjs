// The parts of the page that only compute. Vite loads them as the build does.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { root } from './world.mjs';

let vite;
let load;
before(async () => {
  const require = createRequire(`${root}web/package.json`);
  const { createServer } = await import(pathToFileURL(require.resolve('vite')).href);
  vite = await createServer({
    root: `${root}web`,
    configFile: `${root}web/vite.config.ts`,
    server: { middlewareMode: true, ws: false },
    logLevel: 'error',
  });
  load = (name) => vite.ssrLoadModule(`/src/${name}.ts`);
});
after(() => vite.close());

test('the steps of the colours are 2, 5, 10, 20, 50 times a power of ten', async () => {
  const { bounds, classOf } = await load('scale');
  assert.deepEqual(
    [0, 1, 2, 3, 5, 6, 10, 11, 20, 21, 50, 51, 1e9].map((n) => classOf(n, 0)),
    [0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6],
  );
  assert.deepEqual(
    [1, 20, 21, 500, 501].map((n) => classOf(n, 1)),
    [1, 1, 2, 5, 6],
  );
  for (const power of [0, 1, 4])
    for (let index = 1; index <= 6; ++index) {
      const [least, most] = bounds(index, power);
      assert.equal(classOf(least, power), index);
      assert.equal(classOf(most ?? 1e12, power), index);
    }
});

test('the power moves only when the largest count has left its band by far', async () => {
  const { nextPower } = await load('scale');
  let power = null;
  const moves = [];
  // A county that hovers around a step: up and down by a third, for long.
  for (let i = 0; i < 1000; ++i) {
    const next = nextPower(power, 1000 + 300 * Math.sin(i / 3));
    if (power !== null && next !== power) moves.push(i);
    power = next;
  }
  assert.ok(moves.length <= 1, `it moved ${moves.length} times`);
  assert.equal(nextPower(0, 120), 0);
  assert.equal(nextPower(0, 121), 1);
  assert.equal(nextPower(1, 60), 1);
  assert.equal(nextPower(1, 59), 0);
  assert.equal(nextPower(3, 0), 3, 'an empty window changes nothing');
  for (const largest of [1, 7, 99, 1234, 5e6])
    assert.equal(nextPower(nextPower(null, largest), largest), nextPower(null, largest));
});

test('events are read however they are cut', async () => {
  const { EventParser } = await load('events');
  const text =
    'retry: 2000\n\nid: 1\nevent: window\ndata: {"a":1}\n\n:\n\nevent: bye\ndata: {}\n\ndata: x\ndata: y\n\n';
  const wanted = [
    { name: 'window', data: '{"a":1}' },
    { name: 'bye', data: '{}' },
    { name: 'message', data: 'x\ny' },
  ];
  for (let size = 1; size <= text.length; ++size) {
    const parser = new EventParser();
    const got = [];
    for (let i = 0; i < text.length; i += size) got.push(...parser.push(text.slice(i, i + size)));
    assert.deepEqual(got, wanted);
  }
});

test('every key is either on the map or beside it', async () => {
  const { joiner } = await load('join');
  const { newYork } = await load('new_york');
  const counts = [
    ['Rensselear', 2],
    ['rensselaer ', 3],
    ['St.  Lawrence', 5],
    ['Atlantis', 7],
    ['', 1],
    ['New York', 4],
    ['constructor', 9],
    ['__proto__', 2],
  ];
  const { sums, beside, matched } = joiner(newYork.outlines)(counts);
  assert.equal(matched, 4);
  assert.deepEqual(
    beside.map(([key]) => key),
    ['Atlantis', '', 'constructor', '__proto__'],
  );
  const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
  assert.equal(sum(sums) + sum(beside.map(([, n]) => n)), sum(counts.map(([, n]) => n)));
  assert.equal(Math.max(...sums), 5);
});

test('durations are read as the server writes them', async () => {
  const { milliseconds, duration } = await load('format');
  assert.deepEqual(
    ['60s', '5m', '1h', '7d', '250ms', '1m30s', ''].map(milliseconds),
    [6e4, 3e5, 36e5, 6048e5, 250, 9e4, 0],
  );
  assert.deepEqual(['60s', '1m', '7d'].map(duration), ['60 seconds', '1 minute', '7 days']);
});
