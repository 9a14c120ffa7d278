// The pictures of docs/tour.md, from the running program: script/screenshots runs this.
import { mkdirSync, readFileSync } from 'node:fs';
import { closeBrowser, open, part, pause, root, Server, until } from './world.mjs';

const folder = `${root}docs/images/`;
const wanted = process.argv.slice(2);
const minute = 60_000;
const desktop = { viewport: { width: 1280, height: 860 } };

// The key of every row of the real data, in its order.
const csv = readFileSync(`${root}data/recommended_fishing_rivers_and_streams.csv`, 'utf8').trim().split('\n');
const column = csv[0].split(',').indexOf('County');
const counties = csv.slice(1).map((line) => line.match(/("[^"]*"|[^,]*)(,|$)/g)[column].replace(/,$/, ''));

// Numbers that look like chance and are the same each time.
let seed = 7;
const chance = () => (seed = (seed * 48271) % 2147483647) / 2147483647;

// Events of the last minutes up to now: of each second what `keysOf` says, in its order.
async function fill(server, minutes, field, keysOf) {
  const now = Date.now();
  let batch = [];
  let number = 0;
  const flush = async () => {
    if (batch.length > 0) await server.post(batch);
    batch = [];
  };
  for (let ts = now - minutes * minute; ts < now; ts += 1000) {
    for (const key of keysOf(ts)) batch.push(JSON.stringify({ event_id: `past-${++number}`, ts, [field]: key }));
    if (batch.length > 5000) await flush();
  }
  await flush();
}
const several = (count, pick) => Array.from({ length: Math.round(count) }, pick);

// More at one time than at another, and never quite the same.
const river = (ts) =>
  several(16 + 6 * Math.sin(ts / (9 * minute)) + 4 * chance(), () => {
    const skew = 1.2 + 0.3 * Math.sin(ts / (13 * minute));
    return counties[Math.floor(chance() ** skew * counties.length)];
  });

// A few events, again and again, until it is told to stop.
function keepSending(server, keys, each = 250) {
  let stopped = false;
  let next = 0;
  const done = (async () => {
    while (!stopped) {
      await server.send(several(4, () => keys[next++ % keys.length])).catch(() => {});
      await pause(each);
    }
  })();
  return async () => ((stopped = true), await done);
}

// Until so many rows are stored, and the rate is that of now.
async function settle(server, minutes) {
  const path = `v1/series?from=${Date.now() - minutes * minute}&to=`;
  await until(
    'the rows are stored',
    async () => (await server.get(path + Date.now())).totals.filter((total) => total > 0).length >= minutes - 1,
    180_000,
  );
  await pause(12_000);
}

async function picture(name, page, options = {}) {
  await pause(1200); // until nothing moves that moves only at first
  await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: `${folder}${name}.png`, ...options });
  console.log(name);
}
const charted = (page) =>
  until('the chart has an hour', async () => (await page.locator('.chart').count()) === 2, 90_000);
const isWanted = (...names) => wanted.length === 0 || names.some((name) => wanted.includes(name));

async function shot(name, server, options, act = async () => {}, saved = {}) {
  if (!isWanted(name)) return;
  const page = await open(server.url, { ...desktop, ...options });
  await until('the numbers', async () => (await part(page, 'total').count()) > 0);
  await charted(page);
  await act(page);
  await picture(name, page, saved);
  await page.context().close();
}

async function counties_pictures() {
  if (!isWanted('light', 'dark', 'phone', 'past', 'drawer', 'disconnected')) return;
  const server = await new Server('--lateness', '2h').start();
  try {
    await fill(server, 66, 'County', river);
    await server.post(['{"event_id":"gauge7-000017","ts":"soon","County":"Delaware"}']);
    await server.post(['{"event_id":"gauge7-000018","ts":', 'level 1.27 m at Delaware']);
    const stop = keepSending(server, ['Atlantis', ...counties]);
    const end = Math.floor(Date.now() / minute) * minute - 20 * minute;
    await settle(server, 60);
    await shot('light', server, { colorScheme: 'light', viewport: { width: 1280, height: 960 } }, (page) =>
      page.locator('path[data-county="Delaware"]').hover(),
    );
    await shot('dark', server, { colorScheme: 'dark' }, undefined, { fullPage: true });
    await shot('phone', server, {
      colorScheme: 'light',
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      deviceScaleFactor: 2,
    });
    await shot('past', server, { colorScheme: 'light' }, async (page) => {
      await page.goto(`${server.url}?at=${new Date(end).toISOString()}`);
      await charted(page);
    });
    await shot('drawer', server, { colorScheme: 'light' }, async (page) => {
      await page.getByRole('button', { name: 'How the numbers are counted' }).click();
      await page.getByRole('button', { name: 'Recount now' }).click();
      await until('it passed', async () => /^Passed/.test(await part(page, 'verification').innerText()));
    });
    await stop();
    await shot('disconnected', server, { colorScheme: 'light' }, async (page) => {
      await server.stop();
      await until('the loss is said', async () => /^Connection lost/.test(await part(page, 'link').innerText()));
    });
  } finally {
    await server.remove();
  }
}

async function many_keys() {
  if (!isWanted('many-keys')) return;
  const server = await new Server('--group-by', 'sensor', '--lateness', '2h').start();
  try {
    const keys = Array.from({ length: 10_000 }, (_, i) => `sensor-${String(i).padStart(5, '0')}`);
    let next = 0;
    await fill(server, 20, 'sensor', () => [
      ...several(34, () => keys[next++ % keys.length]), // each one in every window
      ...several(30, () => keys[Math.floor(chance() ** 3 * keys.length)]),
    ]);
    server.field = 'sensor';
    const stop = keepSending(server, keys);
    await settle(server, 18);
    await shot(
      'many-keys',
      server,
      { colorScheme: 'light' },
      async (page) => {
        await page.getByRole('searchbox').fill('sensor-099');
        await until('it is found', async () => /100 keys with/.test(await part(page, 'found').innerText()));
      },
      { fullPage: true },
    );
    await stop();
  } finally {
    await server.remove();
  }
}

async function hostile_names() {
  if (!isWanted('hostile-names')) return;
  const server = await new Server('--lateness', '2h').start();
  try {
    const names = [
      '<img src=x onerror="alert(1)">',
      '</script><script>alert(2)</script>',
      '\u202Eevil\u202C',
      '__proto__',
      "'; DROP TABLE events; --",
      '',
      'x'.repeat(256),
      'Øystre Slidre',
    ];
    await fill(server, 20, 'County', () =>
      several(3 * chance(), () => names[Math.floor(chance() ** 2 * names.length)]),
    );
    await server.post(['<img src=x onerror="alert(3)">']);
    await settle(server, 18);
    await shot('hostile-names', server, { colorScheme: 'light' }, undefined, { fullPage: true });
  } finally {
    await server.remove();
  }
}

mkdirSync(folder, { recursive: true });
try {
  await counties_pictures();
  await many_keys();
  await hostile_names();
} finally {
  await closeBrowser();
}
