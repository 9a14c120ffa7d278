import { useState } from 'preact/hooks';

interface Props {
  wrong: boolean;
  give(token: string): void;
}

export function TokenForm({ wrong, give }: Props) {
  const [typed, setTyped] = useState('');
  return (
    <main class="ask">
      <h1>weir</h1>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (typed !== '') give(typed);
        }}
      >
        <label for="token">This server wants its token</label>
        <input
          id="token"
          type="password"
          autocomplete="off"
          autofocus
          value={typed}
          aria-describedby="token-note"
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
        <button type="submit">Open</button>
        {wrong && (
          <p class="bad" role="alert">
            That is not the token.
          </p>
        )}
        <p id="token-note" class="hint">
          It is in the file that weir serve was given with --token-file, and stays in this tab only.
        </p>
      </form>
    </main>
  );
}
