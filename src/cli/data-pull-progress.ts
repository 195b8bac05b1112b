import type { DataPullEvent } from '../download/pull-data.ts';
import { formatBytes, note, plain } from './print.ts';

/** Of a file whose size nobody knows, a line is said at every so many bytes. */
const unknownStep = 10e6;

/** Tells on stderr how a pull goes: a line a file, and one at every tenth of it. */
export function dataPullReporter(say: (line: string) => void = note): (event: DataPullEvent) => void {
  let step = 0;
  return (event) => {
    switch (event.type) {
      case 'waiting':
        return say(`process ${event.pid ?? 'unknown'} is pulling the same; waiting for it`);
      case 'file':
        step = 0;
        return say(`pulling ${event.name} from ${plain(event.url)}${heldText(event.heldBytes)}`);
      case 'changed':
        return say(`${event.name} is another than before: ${event.before} became ${event.now}`);
      case 'progress': {
        const { receivedBytes, totalBytes } = event;
        const reached = Math.floor(
          receivedBytes / (totalBytes === undefined ? unknownStep : totalBytes / 10),
        );
        if (reached <= step) return;
        step = reached;
        const share =
          totalBytes === undefined ? '' : `${Math.floor((100 * receivedBytes) / totalBytes)} % of `;
        say(`  ${share}${formatBytes(totalBytes ?? receivedBytes)}`);
      }
    }
  };
}

function heldText(heldBytes: number): string {
  return heldBytes > 0 ? `; ${formatBytes(heldBytes)} are here already` : '';
}
