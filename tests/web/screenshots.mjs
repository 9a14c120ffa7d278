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

// An hour of events, more by day than by night and never quite the same, up to now.
async function fill(server) {
  const now = Date.now();
  let batch = [];
  let number = 0;
  const flush = async () => {
    if (batch.length > 0) await server.post(batch);
    batch = [];
  };
  for (let ts = now - 66 * minute; ts < now; ts += 1000) {
    const rate = 7 + 3 * Math.sin(ts / (9 * minute)) + 2 * chance();
    for (let i = 0; i < rate; ++i) {
      const key = counties[Math.floor(chance() ** (1.2 + 0.3 * Math.sin(ts / (13 * minute))) * counties.length)];
      batch.push(JSON.stringify({ event_id: `past-${++number}`, ts, County: key }));
    }
    if (batch.length > 5000) await flush();
  }
  await flush();
}

// A few events, again and again, until it is told to stop.
function keepSending(server, keys, each = 250) {
  let stopped = false;
  let next = 0;
  const done = (async () => {
    while (!stopped) {
      await server.send(Array.from({ length: 3 }, () => keys[next++ % keys.length])).catch(() => {});
      await pause(each);
    }
  })();
  return async () => ((stopped = true), await done);
}

async function picture(name, page, options = {}) {
  await pause(1200); // until nothing moves that moves only at first
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
    await fill(server);
    await server.post(['{"event_id":"gauge7-000017","ts":"soon","County":"Delaware"}']);
    await server.post(['{"event_id":"gauge7-000018","ts":', 'level 1.27 m at Delaware']);
    const stop = keepSending(server, [...counties, 'Atlantis']);
    const end = Math.floor(Date.now() / minute) * minute - 20 * minute;
    await until(
      'the rows of the hour are stored',
      async () => (await server.get(`v1/series?from=${end - 30 * minute}&to=${Date.now()}`)).window_ends.length > 45,
      90_000,
    );
    await shot('light', server, { colorScheme: 'light' }, (page) =>
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
  const server = await new Server('--group-by', 'sensor').start();
  try {
    const keys = Array.from({ length: 10_000 }, (_, i) => `sensor-${String(i).padStart(5, '0')}`);
    const lines = (some) => {
      const batch = ++server.batches;
      return some.map((key, i) => JSON.stringify({ event_id: `b${batch}x-${i + 1}`, ts: Date.now(), sensor: key }));
    };
    await server.post(lines(keys));
    for (let i = 0; i < 10; ++i)
      await server.post(lines(Array.from({ length: 3000 }, () => keys[Math.floor(chance() ** 3 * keys.length)])));
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
  } finally {
    await server.remove();
  }
}

async function hostile_names() {
  if (!isWanted('hostile-names')) return;
  const server = await new Server().start();
  try {
    const names = [
      '<img src=x onerror="alert(1)">',
      '</script><script>alert(2)</script>',
      '\u202Eevil\u202C',
      '__proto__',
      "'; DROP TABLE events; --",
      '',
      'x'.repeat(256),
      'Llanfair­pwllgwyngyll 🐟',
    ];
    await server.send(names.flatMap((name, i) => Array.from({ length: 2 * (names.length - i) }, () => name)));
    await server.post(['<img src=x onerror="alert(3)">']);
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
