const greek: Readonly<Record<string, string>> = {
  α: 'alpha',
  β: 'beta',
  γ: 'gamma',
  δ: 'delta',
  ε: 'epsilon',
  ζ: 'zeta',
  η: 'eta',
  θ: 'theta',
  ι: 'iota',
  κ: 'kappa',
  λ: 'lambda',
  μ: 'mu',
  µ: 'mu',
  σ: 'sigma',
  τ: 'tau',
  ω: 'omega',
};
const greekNames = /alpha|beta|gamma|delta|epsilon|kappa|zeta|theta/g;

/** English words that are also symbols or aliases of genes: in lower case, or with one capital, they stay words. */
const plainWords: ReadonlySet<string> = new Set(
  (
    'act age aid aim air all and any are arm art ask bad bag bat bed bee big bit box bud but can cap car cat cell ' +
    'chip clock cool cope cup cut damage dead death deal did dim dot dry ear eat end eye face fact far fast fat few ' +
    'fig fin fit flap for fox fun gap gas get gut had has hat her hip his hit home hot how ice impact ink its kit ' +
    'lab lamp large last law led let lid light limit line link lip long loss low man map mark mass max may men met ' +
    'mice mid mine mix new nod not now off old one our out own pan part past pen per pet pig pin pit plan pot rage ' +
    'ran rat raw red rest rib rim ring rise rock rod rot row run sad sage sap saw sea see set sex she ship sir sit ' +
    'six skin sky slim son spin spot star step stem stop sum sun tab tail tall tank tap ten the tip toe too top ' +
    'trap tub two type use via war was wee wet who wish yes yet zip'
  ).split(' '),
);

/** Letters and digits in lower case, Greek written out: `NF-κB` → `nfkappab`. */
export function nameKey(text: string): string {
  if (/^[\w .,:;()[\]/'+-]*$/.test(text)) return text.toLowerCase().replace(/[^a-z0-9+]+/g, '');
  const plain = text.normalize('NFKD').toLowerCase().replace(/\p{M}/gu, '');
  return plain.replace(/[α-ωµ]/g, (letter) => greek[letter] ?? letter).replace(/[^\p{L}\p{N}+]/gu, '');
}

/**
 * The key, and the one with Greek names as single letters: `nfkappab` is also `nfkb`, `ifngamma` also `ifng`. Not a
 * leading one: beta cells are no B cells.
 */
export function nameKeys(text: string): string[] {
  const key = nameKey(text);
  const short = key.replace(greekNames, (name, at: number) => (at > 0 ? (name[0] as string) : name));
  return short === key || short.length < 3 ? [key] : [key, short];
}

/**
 * Whether text has the breaks a name has: written as one word it cannot mean a name of several words, or `proteins`
 * would mean protein S. A digit may stand closer or further: `IL6` is `IL 6`.
 */
export function breaksAgree(text: string, name: string): boolean {
  if (/[^\p{L}\p{N}+]/u.test(text)) return !/\s/.test(text) || partCount(name) > 1;
  return !/\p{L}\s+\p{L}|\p{N}\s+\p{N}/u.test(name);
}

/** How many words or letter and digit runs a name has: `IL6` and `NF-kB` have two. */
function partCount(text: string): number {
  return text.match(/\p{L}+|\p{N}+/gu)?.length ?? 0;
}

/**
 * Whether text in a question may mean a name with the same key. Two characters must be the same; three may be
 * written with one capital (Akt); longer ones in any case. Common English words need the name's own capitals.
 */
export function caseAgrees(text: string, name: string): boolean {
  const [written, known] = [bare(text), bare(name)];
  if (written === known) return true;
  if (known.length <= 2) return false;
  const lower = written.toLowerCase();
  if (plainWords.has(lower) && known !== known.toLowerCase()) return false;
  if (known.length > 3 || /\d/.test(known)) return true;
  return written[0] !== lower[0];
}

function bare(text: string): string {
  return text.replace(/[^\p{L}\p{N}+]/gu, '');
}
