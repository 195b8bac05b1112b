import { stripVTControlCharacters } from 'node:util';

export interface StatusLine {
  show(text: string): void;
  /** Leaves the last text standing. */
  end(): void;
}

const quietMs = 5000;

/**
 * One line that is drawn over on a terminal; elsewhere, and where `plain` says that results share the terminal,
 * a line every few seconds, and the last one.
 */
export function statusLine(stream: NodeJS.WriteStream, plain = false): StatusLine {
  return stream.isTTY === true && process.env.TERM !== 'dumb' && !plain
    ? drawnOver(stream)
    : plainLines(stream);
}

function drawnOver(stream: NodeJS.WriteStream): StatusLine {
  let open = false;
  return {
    show: (text) => {
      open = true;
      stream.write(`\r\u001b[K${stripVTControlCharacters(text).slice(0, stream.columns - 1)}`);
    },
    end: () => {
      if (open) stream.write('\n');
      open = false;
    },
  };
}

function plainLines(stream: NodeJS.WriteStream): StatusLine {
  let writtenAt = performance.now();
  let unwritten: string | undefined;
  const write = (text: string) => {
    stream.write(`${text}\n`);
    writtenAt = performance.now();
    unwritten = undefined;
  };
  return {
    show: (text) => {
      unwritten = text;
      if (performance.now() - writtenAt >= quietMs) write(text);
    },
    end: () => {
      if (unwritten !== undefined) write(unwritten);
    },
  };
}
