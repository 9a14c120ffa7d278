import { Refused, request } from './api';
import { EventParser } from './events';
import type { Snapshot } from './records';

export type Link =
  { kind: 'connecting' } | { kind: 'live' } | { kind: 'lost'; since: number; retryAt: number; reason: string };

export interface Watcher {
  snapshot(snapshot: Snapshot): void;
  link(link: Link): void;
  unauthorized(): void;
}

const longestSilence = 10_000; // the server says something every 3 s
const firstPause = 500;
const longestPause = 5_000;

// Follows /v1/live until stopped; a lost connection is told and tried again.
export function follow(watcher: Watcher): () => void {
  const stop = new AbortController();
  void run(watcher, stop.signal);
  return () => stop.abort();
}

async function run(watcher: Watcher, stop: AbortSignal): Promise<void> {
  let pause = firstPause;
  let since = 0;
  watcher.link({ kind: 'connecting' });
  while (!stop.aborted) {
    const reason = await listen(stop, (snapshot) => {
      pause = firstPause;
      since = 0;
      watcher.snapshot(snapshot);
      watcher.link({ kind: 'live' });
    });
    if (stop.aborted) return;
    if (reason === 'unauthorized') return watcher.unauthorized();
    since ||= Date.now();
    watcher.link({ kind: 'lost', since, retryAt: Date.now() + pause, reason });
    await sleep(pause, stop);
    pause = Math.min(pause * 2, longestPause);
  }
}

// Why it ended, in words.
async function listen(stop: AbortSignal, take: (snapshot: Snapshot) => void): Promise<string> {
  const cut = new AbortController();
  const end = () => cut.abort();
  stop.addEventListener('abort', end);
  let timer = setTimeout(end, longestSilence);
  try {
    const response = await request('/v1/live', cut.signal);
    const reader = response.body!.getReader();
    const decoder = new TextDecoder();
    const parser = new EventParser();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return 'the server closed the connection';
      clearTimeout(timer);
      timer = setTimeout(end, longestSilence);
      for (const event of parser.push(decoder.decode(value, { stream: true }))) {
        if (event.name === 'window') take(JSON.parse(event.data) as Snapshot);
        if (event.name === 'bye') return 'the server is shutting down';
      }
    }
  } catch (error) {
    if (error instanceof Refused) return error.status === 401 ? 'unauthorized' : error.message;
    return cut.signal.aborted ? 'the server went silent' : 'the server cannot be reached';
  } finally {
    clearTimeout(timer);
    stop.removeEventListener('abort', end);
    cut.abort();
  }
}

function sleep(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    stop.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}
