import { useEffect, useRef } from 'preact/hooks';
import * as format from '../format';
import type { Status } from '../records';
import { Verify } from './verification';

interface Props {
  status: Status | null;
  ownMap: boolean;
  close(): void;
}

export function Drawer({ status, ownMap, close }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const server = `${location.origin}${location.pathname.replace(/\/$/, '')}`;
  return (
    <dialog
      ref={dialog}
      class="drawer"
      aria-labelledby="counted"
      onClose={close}
      onClick={(event) => event.target === dialog.current && dialog.current?.close()}
    >
      <div>
        <header>
          <h2 id="counted">How the numbers are counted</h2>
          <button type="button" onClick={() => dialog.current?.close()}>
            Close
          </button>
        </header>
        <ul>
          <li>
            An event belongs to the window of its own time <code>ts</code>, whenever it comes. A window is{' '}
            {format.duration(status?.window ?? '5m')} long: its start belongs to it, its end does not.
          </li>
          <li>
            Counts are kept per {format.duration(status?.pane ?? '1s').replace(/^1 /, '')} and key (
            {status?.group_by ?? 'the key'}
            ), in the same write as the events. Keys are counted exactly as they come; only the map passes over spaces
            and case{ownMap ? '' : ', and knows that “Rensselear” is Rensselaer'}.
          </li>
          <li>
            The live window ends with the present {format.duration(status?.pane ?? '1s').replace(/^1 /, '')}. A row is
            stored every {format.duration(status?.slide ?? '60s').replace(/^1 /, '')}, and written again as a further
            revision when an event comes for it afterwards.
          </li>
          <li>
            Late means more than {format.duration(status?.lateness ?? '30s')} after its own time. A late event is stored
            and counted; only what lies in the future or before {format.duration(status?.retention ?? '7d')} ago is
            rejected.
          </li>
          <li>
            Received = stored + duplicates + rejected, always. An event that is sent twice is counted once; a line that
            cannot be read is kept, with its reason.
          </li>
        </ul>
        <h3>Recounted from the raw events</h3>
        <p>The newest window and the rows stored in it, one event at a time. It adds no event.</p>
        <Verify />
        <h3>Check them yourself</h3>
        <p>This sends events of its own and follows each into the counts.</p>
        <pre tabIndex={0}>
          <code>weir verify --server {server}</code>
        </pre>
        <p class="hint">{status ? `weir ${status.version}` : ''}</p>
      </div>
    </dialog>
  );
}
