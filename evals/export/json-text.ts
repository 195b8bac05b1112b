/** JSON that strict readers take too: half a surrogate pair, which a cut reply may end in, becomes U+FFFD. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'string' ? member.replace(/\p{Surrogate}/gu, '\ufffd') : member,
  );
}
