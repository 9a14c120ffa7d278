// One `weir serve` with a folder of its own, and real Chromium to look at it.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const root = new URL('../../', import.meta.url).pathname;
const require = createRequire(join(root, 'web/package.json'));
const { chromium } = require('playwright-core');
export const axeFile = require.resolve('axe-core/axe.min.js');

const weir = process.env.WEIR_BINARY ?? join(root, 'build/release/bin/weir');
const browserFile = process.env.WEIR_CHROMIUM ?? '/usr/bin/chromium';

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export async function until(what, condition, ms = 60_000) {
  const end = Date.now() + ms;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
    await pause(50);
  }
}

export class Server {
  constructor(...flags) {
    this.flags = flags;
    this.folder = mkdtempSync(join(tmpdir(), 'weir-page-'));
    this.port = 0;
    this.batches = 0;
    this.field = 'County'; // that holds the keys
    this.headers = {};
  }

  async start() {
    const listen = `127.0.0.1:${this.port}`;
    this.process = spawn(weir, ['serve', '--listen', listen, '--data-dir', join(this.folder, 'data'), ...this.flags], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let log = '';
    this.process.stderr.on('data', (text) => (log += text));
    this.ended = new Promise((resolve) => this.process.on('exit', resolve));
    this.port = Number(
      await until('the server listens', () => {
        if (this.process.exitCode !== null) throw new Error(`the server did not start: ${log}`);
        return /listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(log)?.[1];
      }),
    );
    return this;
  }

  async stop() {
    if (this.process.exitCode === null) this.process.kill('SIGTERM');
    await this.ended;
  }

  async remove() {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get url() {
    return `http://127.0.0.1:${this.port}/`;
  }

  async post(lines) {
    const response = await fetch(`${this.url}v1/events`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-ndjson', ...this.headers },
      body: lines.join('\n') + '\n',
    });
    return response.json();
  }

  // One event for each key, of this moment or of `ts` (milliseconds).
  send(keys, ts = Date.now()) {
    const batch = ++this.batches;
    const time = new Date(ts).toISOString();
    return this.post(
      keys.map((key, i) => JSON.stringify({ event_id: `b${batch}x-${i + 1}`, ts: time, [this.field]: key })),
    );
  }

  async get(path) {
    return (await fetch(this.url + path, { headers: this.headers })).json();
  }
}

export const times = (count, key) => Array.from({ length: count }, () => key);

let browser;
export async function openBrowser() {
  browser ??= await chromium.launch({ executablePath: browserFile, args: ['--disable-dev-shm-usage'] });
  return browser;
}
export async function closeBrowser() {
  await browser?.close();
  browser = undefined;
}

// A page; what it writes to the console and the errors in it are kept in `page.complaints`.
export async function open(url, options = {}) {
  const context = await (await openBrowser()).newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.complaints = [];
  page.requests = [];
  page.on('console', (message) => page.complaints.push(message.text()));
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  page.on('request', (request) => page.requests.push(request.url()));
  page.setDefaultTimeout(60_000);
  await page.goto(url);
  return page;
}

export const part = (page, name) => page.locator(`[data-test="${name}"]`);
export const total = async (page) => Number((await part(page, 'total').innerText()).replaceAll(',', ''));
export const untilTotal = (page, wanted) =>
  until(`a total of ${wanted}`, async () => (await part(page, 'total').count()) > 0 && (await total(page)) === wanted);
export const rows = (page) => page.locator('tbody tr th').allInnerTexts();
