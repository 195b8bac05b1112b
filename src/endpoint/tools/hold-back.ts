/** The place in a text where one of some markers begins, or may begin once more text has come. */
export interface Sighting {
  at: number;
  /** Undefined: the text ends in the beginning of a marker. */
  marker: string | undefined;
}

/** The first marker in the text; the longest where several begin at one place. Undefined: none, and none begins at the end. */
export function findMarker(text: string, markers: readonly string[]): Sighting | undefined {
  let found: Sighting | undefined;
  for (const marker of markers) {
    const at = placeOf(text, marker);
    const isWhole = at + marker.length <= text.length;
    if (at < 0 || (found && !isEarlier(at, marker, isWhole, found))) continue;
    found = { at, marker: isWhole ? marker : undefined };
  }
  return found;
}

function placeOf(text: string, marker: string): number {
  const whole = text.indexOf(marker);
  if (whole >= 0) return whole;
  for (let at = Math.max(0, text.length - marker.length + 1); at < text.length; at++) {
    if (marker.startsWith(text.slice(at))) return at;
  }
  return -1;
}

// A longer marker that may still come beats a shorter one that is there: the text decides, not how it was cut.
function isEarlier(at: number, marker: string, isWhole: boolean, than: Sighting): boolean {
  if (at !== than.at) return at < than.at;
  return !isWhole || (than.marker !== undefined && marker.length > than.marker.length);
}
