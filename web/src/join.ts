import type { Count } from './records';

// A map: what it draws, by name. The page's own, or the one that the server was given.
export interface Outlines {
  width: number;
  height: number;
  outlines: [name: string, path: string][];
}

export interface Joined {
  sums: number[]; // by outline
  keys: string[][]; // by outline: the keys that are drawn on it
  beside: Count[]; // those that match none
  matched: number; // how many keys match one
}

const aliases: Record<string, string> = { rensselear: 'rensselaer' }; // misspelt so in New York's own data
const plain = (name: string): string => name.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase();

// Which outline a key is drawn on. Only the drawing asks: counts, tables and links keep the key as it came.
export function joiner(outlines: Outlines['outlines']): (counts: readonly Count[]) => Joined {
  const indexes = new Map(outlines.map(([name], index) => [plain(name), index]));
  const known = new Map<string, number>();
  const outlineOf = (key: string): number => {
    let index = known.get(key);
    if (index === undefined) {
      const name = plain(key);
      index = indexes.get(name) ?? indexes.get(aliases[name] ?? name) ?? -1;
      if (known.size > 20_000) known.clear();
      known.set(key, index);
    }
    return index;
  };
  return (counts) => {
    const joined: Joined = {
      sums: outlines.map(() => 0),
      keys: outlines.map(() => []),
      beside: [],
      matched: 0,
    };
    for (const count of counts) {
      const index = outlineOf(count[0]);
      if (index < 0) {
        joined.beside.push(count);
        continue;
      }
      joined.sums[index]! += count[1];
      joined.keys[index]!.push(count[0]);
      joined.matched += 1;
    }
    return joined;
  };
}
