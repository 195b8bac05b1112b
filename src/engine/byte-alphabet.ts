/**
 * GPT-2's printable alphabet: each byte is one character of the vocabulary's strings. Printable Latin-1
 * bytes stand for themselves, the other 68 are shifted to U+0100 and on, in byte order (space is Ġ).
 */
const isPrintable = (byte: number) =>
  (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;

/** The character of each byte. */
export const byteCharacters: readonly string[] = alphabet();

const byteOf = new Map(byteCharacters.map((character, byte) => [character, byte]));

function alphabet(): string[] {
  let shifted = 0;
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCharCode(isPrintable(byte) ? byte : 0x100 + shifted++),
  );
}

/** The bytes that a vocabulary string stands for; undefined where it has characters outside the alphabet. */
export function alphabetBytes(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const byte = byteOf.get(text[i]!);
    if (byte === undefined) return undefined;
    bytes[i] = byte;
  }
  return bytes;
}
