// What the live page costs the one who looks at it, at the full update rate: the main thread's time in real Chromium.
//   node tests/web/cost.mjs [KEYS…]   (default: 55 10000 1000000)
// Settings: WEIR_BINARY, WEIR_CHROMIUM as for script/test-web. Figures of a run are in docs/performance.md.
import { closeBrowser, open, part, pause, Server, total, until } from './world.mjs';

const seconds = 20;
const batch = 20_000;

async function measure(count) {
  const server = await new Server('--max-line', '4KiB').start();
  const keys = Array.from({ length: count }, (_, i) => `key-${String(i).padStart(7, '0')}`);
  for (let i = 0; i < count; i += batch) await server.send(keys.slice(i, i + batch));

  const page = await open(server.url);
  await until('all are counted', async () => (await part(page, 'total').count()) > 0 && (await total(page)) >= count);
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable');
  const read = async () =>
    Object.fromEntries((await devtools.send('Performance.getMetrics')).metrics.map(({ name, value }) => [name, value]));
  await page.evaluate(() => {
    window.longest = 0;
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration);
    }).observe({ entryTypes: ['longtask'] });
    window.updates = 0;
    new MutationObserver(() => (window.updates += 1)).observe(document.querySelector('[data-test="total"]'), {
      characterData: true,
      childList: true,
      subtree: true,
    });
  });

  let stopped = false;
  const sending = (async () => {
    for (let i = 0; !stopped; i = (i + 500) % count) {
      await server.send(keys.slice(i, i + 500));
      await pause(100);
    }
  })();
  await pause(2000);
  const [before, updatesBefore] = [await read(), await page.evaluate(() => window.updates)];
  await pause(seconds * 1000);
  const [after, updates] = [await read(), await page.evaluate(() => window.updates)];
  const searched = Date.now();
  await page.getByRole('searchbox').fill(keys[count - 1]);
  await until('a key is found', async () => (await page.locator('tbody tr').count()) === 1, 60_000);
  const found = Date.now() - searched;
  stopped = true;
  await sending;
  const busy = (after.TaskDuration - before.TaskDuration) / (after.Timestamp - before.Timestamp);
  const longest = await page.evaluate(() => window.longest);
  console.log(
    `${count} keys: ${((updates - updatesBefore) / seconds).toFixed(1)} updates a second, ` +
      `${(100 * busy).toFixed(1)} % of a core, longest task ${Math.round(longest)} ms, ` +
      `heap ${(after.JSHeapUsedSize / 1e6).toFixed(1)} MB, a search answered in ${found} ms`,
  );
  await page.context().close();
  await server.remove();
}

for (const count of process.argv.length > 2 ? process.argv.slice(2).map(Number) : [55, 10_000, 1_000_000])
  await measure(count);
await closeBrowser();
