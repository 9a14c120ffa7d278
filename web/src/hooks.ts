import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { Count } from './records';

// The time, every second.
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

export function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const change = () => setMatches(list.matches);
    list.addEventListener('change', change);
    return () => list.removeEventListener('change', change);
  }, [query]);
  return matches;
}

// A value that has not changed for a while.
export function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(() => value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}

// Whether the pointer or the focus is inside an element: then its rows must not move.
export function useHeld(): [held: boolean, handlers: object] {
  const [pointer, setPointer] = useState(false);
  const [focus, setFocus] = useState(false);
  return [
    pointer || focus,
    {
      onPointerEnter: (event: PointerEvent) => setPointer(event.pointerType === 'mouse'),
      onPointerLeave: () => setPointer(false),
      onFocusIn: () => setFocus(true),
      onFocusOut: (event: FocusEvent) =>
        setFocus(event.relatedTarget instanceof Node && (event.currentTarget as Node).contains(event.relatedTarget)),
    },
  ];
}

const sortPause = 1000;

// Counts in an order that stays while it is held, and else changes at most once a second. What is new while it is held
// comes at the end. `basis` names what, when it changes, wants a new order at once: the column, the window.
export function useOrder(
  counts: readonly Count[],
  compare: (a: Count, b: Count) => number,
  held: boolean,
  basis: string,
): Count[] {
  const kept = useRef({ keys: [] as string[], when: 0, basis: '' });
  const now = Date.now();
  if (kept.current.basis !== basis || (!held && now - kept.current.when >= sortPause)) {
    const sorted = [...counts].sort(compare);
    kept.current = { keys: sorted.map(([key]) => key), when: now, basis };
    return sorted;
  }
  const current = new Map(counts);
  const ordered = kept.current.keys.map((key): Count => [key, current.get(key) ?? 0]);
  for (const [key] of ordered) current.delete(key);
  // Outside a hold nothing without events stays in the list.
  return (held ? ordered : ordered.filter(([, count]) => count > 0)).concat([...current].sort(compare));
}

// Loads something again whenever `wanted` changes; an answer that is out of date is dropped.
export function useLoaded<T>(
  wanted: string | null,
  load: (signal: AbortSignal) => Promise<T>,
): { value: T | null; error: string } {
  const [state, setState] = useState<{ value: T | null; error: string }>({ value: null, error: '' });
  const run = useCallback(load, [wanted]);
  useEffect(() => {
    if (wanted === null) return;
    const stop = new AbortController();
    run(stop.signal).then(
      (value) => stop.signal.aborted || setState({ value, error: '' }),
      (error: unknown) =>
        stop.signal.aborted || setState((old) => ({ value: old.value, error: (error as Error).message })),
    );
    return () => stop.abort();
  }, [wanted]);
  return state;
}
