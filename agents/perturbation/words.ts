import type { Direction } from '../../src/run.ts';

/** All inflections of a verb's stem, given as a pattern without its ending. */
const words = (...patterns: string[]) => new RegExp(`^(?:${patterns.join('|')})$`);

/** Verbs and their nouns and participles by what they do to their object. `rais` stands for raise, raising, raised. */
const endings = '(?:e|es|ed|ing|s|ion|ions|ation|ations|ment)?';
const doubled = '(?:s|ped|ping|bed|bing)?';
const raising = [
  `increas${endings}`,
  `rais${endings}`,
  `activat${endings}`,
  `reactivat${endings}`,
  `promot${endings}`,
  `enhanc${endings}`,
  `stimulat${endings}`,
  `induc${endings}`,
  'induction',
  `up-?regulat${endings}`,
  `elevat${endings}`,
  `boost${endings}`,
  `augment${endings}`,
  `potentiat${endings}`,
  `strengthen${endings}`,
  `amplif(?:y|ies|ied|ying|ication)`,
  `trigger${endings}`,
  `facilitat${endings}`,
  `favou?r${endings}`,
  'drives?|driving|driven|drove',
  `support${endings}`,
  `restor${endings}`,
  `rescu${endings}`,
  `accelerat${endings}`,
  `speed${endings}`,
  `stabili[sz]${endings}`,
  `sustain${endings}`,
  `maintain${endings}`,
  `preserv${endings}`,
  `prolong${endings}`,
  `extend${endings}`,
  `expand${endings}`,
  `elicit${endings}`,
  `evok${endings}`,
  `initiat${endings}`,
  `enabl${endings}`,
  `permit${endings}`,
  `allow${endings}`,
  `unleash${endings}`,
  `heighten${endings}`,
  `intensif(?:y|ies|ied|ying)`,
  `stok${endings}`,
  `help${endings}`,
  `derepress${endings}`,
  `disinhibit${endings}`,
];
const lowering = [
  `decreas${endings}`,
  `reduc${endings}`,
  'reductions?',
  `lower${endings}`,
  `inhibit${endings}`,
  `suppress${endings}`,
  `repress${endings}`,
  `block${endings}`,
  'blockade',
  `impair${endings}`,
  `down-?regulat${endings}`,
  `attenuat${endings}`,
  `diminish${endings}`,
  `prevent${endings}`,
  `abolish${endings}`,
  `abrogat${endings}`,
  `blunt${endings}`,
  `dampen${endings}`,
  `dimin${endings}`,
  `limit${endings}`,
  `restrict${endings}`,
  `restrain${endings}`,
  `weaken${endings}`,
  `curb${endings}`,
  `curtail${endings}`,
  `silenc${endings}`,
  `inactivat${endings}`,
  `deactivat${endings}`,
  `antagoni[sz]${endings}`,
  `deplet${endings}`,
  `hinder${endings}`,
  `hamper${endings}`,
  `disrupt${endings}`,
  `stop${doubled}`,
  `arrest${endings}`,
  `halt${endings}`,
  `oppos${endings}`,
  `counteract${endings}`,
  `counter`,
  `eliminat${endings}`,
  `destabili[sz]${endings}`,
  `degrad${endings}`,
  `delay${endings}`,
  `slow${endings}`,
  `protect${endings}`,
  `reliev${endings}`,
  `reliefs?`,
  `lift${endings}`,
  `remov${endings}`,
  `shorten${endings}`,
  `quench${endings}`,
  `extinguish${endings}`,
  `interrupt${endings}`,
  `revers${endings}`,
  `neutrali[sz]${endings}`,
  `compromis${endings}`,
  `alleviat${endings}`,
  `ameliorat${endings}`,
  `interfer${endings}`,
];
/** What a thing does by itself. */
const rising = ['rises?|rising|rose|risen', `climb${endings}`, `accumulat${endings}`, `gains?|gained|gaining`, `surg${endings}`]; // biome-ignore format: a row
const falling = ['falls?|falling|fell|fallen', `drop${doubled}`, `declin${endings}`, `disappear${endings}`, `vanish${endings}`, `lose|loses|losing|lost|loss`, `decay${endings}`, `collaps${endings}`, `shrink${endings}`, `fad${endings}`, 'wanes?|waned|waning']; // biome-ignore format: a row
const greater =
  'more|higher|greater|stronger|larger|elevated|excess|excessive|faster|longer|heightened|extra|hyperactive|overactive|abundant|active|up|upwards?';
const lesser =
  'less|lower|smaller|weaker|fewer|reduced|diminished|poor|poorer|insufficient|inactive|defective|deficient|slower|shorter|down|off|absent|low|downwards?';

const up = words(...raising, ...rising, greater);
const down = words(...lowering, ...falling, lesser, 'breakdown|clearance|turnover|destruction|elimination|withdrawal|exclusion|brakes?|restraint|inhibitors?|repressors?|suppressors?'); // biome-ignore format: a row

/** What a word of the question does to what it governs: raise, lower, or nothing that is known. */
export function polarityOf(word: string): Direction | undefined {
  if (down.test(word)) return '-';
  return up.test(word) ? '+' : undefined;
}

const state = words(greater, lesser);
/** Adjectives of comparison and state: `is X lower`, `becomes more active`. */
export const isState = (word: string) => state.test(word);

const verbUp = words(...raising, ...rising);
const verbDown = words(...lowering, ...falling);

export function isEffectVerb(word: string): boolean {
  return verbUp.test(word) || verbDown.test(word);
}

/** Verbs that can stand without an object, where the subject is what changes. */
export const isIntransitive = (word: string) => intransitive.test(word);
const intransitive = words(
  ...rising,
  ...falling,
  `increas${endings}`,
  `decreas${endings}`,
  `diminish${endings}`,
  `accelerat${endings}`,
  `slow${endings}`,
  `expand${endings}`,
  `strengthen${endings}`,
  `weaken${endings}`,
  `stop${doubled}`,
  `degrad${endings}`,
);

/** Verbs that only join cause and effect, or a thing and its state. */
export const isNeutralVerb = (word: string) => neutral.test(word);
const neutral = words(
  'leads?|leading|led|causes?|causing|caused|results?|resulting|resulted|makes?|making|made|produces?|produced',
  'gives?|giving|gave|brings?|brought|renders?|rendered|yields?|shows?|showing|displays?|exhibits?|have|has|having|had',
  'contain|contains|carry|carries|secretes?|release|express|forms?|develops?|undergo|undergoes|synthesi[sz]es?|stores?|drifts?|deviates?|move|moves|shifts?|swing|swings|trends?|end|run|tip|tips|push|pushes|take|takes|pull|pulls',
  'becomes?|be|being|been|gets?|remains?|stays?|turns?|switch|switches|goes?|go|contributes?|keeps?|kept|lets?|leaves?|left|tends?|acts?|start|begin|require|need',
);

/** What an enzyme does to its substrate, as the graph's subtypes call it. */
const modifications: readonly [RegExp, string][] = [
  [/^phosphorylat/, 'phosphorylation'],
  [/^dephosphorylat/, 'dephosphorylation'],
  [/^(?:poly)?ubiquitin/, 'ubiquitination'],
  [/^deubiquitin/, 'deubiquitination'],
  [/^acetylat/, 'acetylation'],
  [/^deacetylat/, 'deacetylation'],
  [/^methylat/, 'methylation'],
  [/^sumoylat/, 'sumoylation'],
  [/^cleav/, 'cleavage'],
];

export function modificationOf(word: string): string | undefined {
  return modifications.find(([pattern]) => pattern.test(word))?.[1];
}

/** Words for two things coming together, and for coming apart. */
export const joins = words(
  'bind(?:s|ing)?|bound|interact(?:s|ed|ing|ion|ions)?|associat(?:e|es|ed|ing|ion)|recruit(?:s|ed|ing|ment)?|dock(?:s|ed|ing)?|complex|complexes|coupl(?:e|es|ed|ing)|dimeri[sz](?:e|es|ed|ing|ation)|heterodimers?|pair(?:s|ing)?|assembl(?:e|es|y|ing)|contacts?|engage(?:s|ment)?|partner(?:s|ing)?|hold|attach(?:es|ment)?|retention|retain(?:s|ed|ing)?|recognition|recogni[sz](?:e|es|ed|ing)|capture|grip|effect|action|influence|tether(?:s|ing)?|sequest(?:er|ers|ration)',
);
export const parts = words(
  'dissociat(?:e|es|ed|ing|ion)|releas(?:e|es|ed|ing)|separat(?:e|es|ed|ing|ion)|detach(?:es|ed|ment)?|displac(?:e|es|ed|ing|ement)|escape(?:s|d)?|unbinding|free(?:s|d|ing)?',
);

/** Before a name (`loss of PTEN`), after it (`PTEN loss`), or joined to it (`PTEN-null`): the name is less or lost. */
export const loses = words(
  ...lowering,
  'dominant|loss|lose|loses|lost|losing|lack|lacks|lacking|lacked|absence|absent|without|missing|deficiency|deficient|deficits?|knock-?outs?|knock-?downs?|knocked|knocking|knock|knocks|delet(?:e|es|ed|ing|ion|ions)|ablat(?:e|es|ed|ing|ion)|sirna|shrna|rnai|null|nulls|mutants?|dead|inhibitors?|antagonists?|blockers?|antibod(?:y|ies)|withdrawal|withdraw(?:n|ing)|remov(?:e|ed|al|ing)|depriv(?:e|ed|ation|ing)|starv(?:e|ed|ing|ation)|low|defective|inactive|less|reduced|fall|falls|falling|drop|drops|dropping|decline|destruction|scaveng(?:e|ed|ing|er|ers)|chelat(?:e|ed|ing|or|ors|ion)|sequester(?:s|ed|ing)?|haploinsufficiency|mutated|inactivating|insufficiency|disabled?|disabling|destroy(?:s|ed|ing)?|minus|lower(?:ed|ing)?|off|erased?|poison(?:s|ed|ing)?|excised?|degraders?|shortage|depleted|free|wash(?:ed|ing)|nonfunctional',
);
export const gains = words(
  ...raising,
  'gain|gains|gained|gaining|overexpress(?:ed|es|ing|ion)?|over-?expressed|overproduc(?:e|ed|tion)|over-?activ(?:e|ity|ation)|hyperactiv(?:e|ity|ation)|constitutively|constitutive|amplif(?:ied|ication)|excess|excessive|more|higher|high|(?:pre)?treat(?:ed|ment|s|ing)?|giv(?:e|en|es|ing)|add(?:ed|ing|ition|s)?|expos(?:ed|ure|ing)|inject(?:ed|ion|ing)|infus(?:ed|ion)|supply|supplied|supplement(?:ed|ing|ation)?|presence|agonists?|activators?|rise|rises|rising|dose|doses|transfect(?:ed|ion|ing)?|knock-?in|administ(?:er|ered|ering|ration)|receiv(?:e|ed|ing|es)|tak(?:e|en|es|ing)|active|persistent|permanently|oncogenic|bath(?:ed|ing)|(?:pre)?incubat(?:ed|ing|ion)|appl(?:y|ied|ying|ication)|abundant|extra|forced|ectopic|express(?:ed|es|ing)?|flood(?:ed|ing|s)?|drench(?:ed)?',
);
/** A mutation loses function unless it is called active or gaining. */
export const activating = words('constitutively|constitutive|activating|active|activated|hyperactive|gain|gain-of-function|oncogenic|overactive|permanently'); // biome-ignore format: a row

/** The name before it only says what something is driven by: `insulin-stimulated uptake`. */
export const drivenBy = words(
  'stimulated|induced|mediated|driven|dependent|evoked|triggered|activated|elicited|regulated|provoked|directed|controlled|responsive|independent|initiated|sensitive|like|related|based',
);

/** What a thing is; between two names it makes the second one the head: `the MEK inhibitor trametinib`. */
export const roles = words(
  'inhibitors?|antagonists?|blockers?|agonists?|activators?|kinases?|phosphatases?|receptors?|ligands?|adaptors?|adapters?|targets?|effectors?|substrates?|regulators?|repressors?|suppressors?|drugs?|hormones?|cytokines?|factors?|proteins?|genes?|enzymes?|ligases?|proteases?|transporters?|antibod(?:y|ies)|pathway|subunits?|members?|isoforms?|partners?|sensors?|messengers?|channels?|gtpases?',
);

/** Prepositions and conjunctions that begin another phrase than the object's. */
export const cuts = words(
  'when|whenever|after|if|in|upon|following|by|with|without|under|because|during|once|while|as|despite|via|through|at|on|for|from|compared|relative|than|since|until|unless|even|thereby|although|though|where|whose|which|that|into|onto|lacking|versus|despite|before',
);

/** Adjectives between subject and verb after which the subject stays the cause: `is X sufficient to raise Y?` */
export const agentive = words(
  'required|needed|necessary|essential|sufficient|enough|able|likely|expected|predicted|thought|known|responsible|capable|indispensable|crucial|going|bound',
);

/** Turns the sense of what follows. */
export const negates = words('fail|fails|failed|failing|not|never|cannot|no|refuse|incapable|unable|neither');

/** Words of a treatment that came first, so that it is the setting and not the cause. */
export const before = words(
  'pre-?treat(?:ed|ment|ing)?|pre-?incubat(?:ed|ion|ing)|already|beforehand|previously|first|earlier',
);
