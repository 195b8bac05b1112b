/** The page's own style: nothing is loaded from anywhere. */
export const style = `
:root { --ink: #1d2733; --soft: #5b6875; --line: #dfe4ea; --wash: #f5f7f9; --right: #1b7a43; --wrong: #b3261e;
  --run-0: #2f67b1; --run-1: #d07a1f; --run-2: #5a8f3c; --run-3: #8a56a8; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 70rem; color: var(--ink); background: #fff;
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .75rem; }
h3 { font-size: 1rem; margin: 1.25rem 0 .4rem; }
p { margin: .4rem 0; max-width: 48rem; }
.soft { color: var(--soft); }
.small { font-size: .875rem; }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: .85rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: .3rem 0; padding: .6rem .75rem;
  background: var(--wash); border-radius: 6px; }
.notice { padding: .6rem .9rem; border-left: 4px solid #d9a300; background: #fff8e1; border-radius: 0 6px 6px 0; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }
th, td { padding: .3rem .7rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child { text-align: left; padding-left: 0; }
thead th { color: var(--soft); font-weight: 600; vertical-align: bottom; }
tr.inner td { border-bottom: 0; }
td.text, th.text { text-align: left; }
tbody th { vertical-align: top; }
tr.first td, tr.first th { font-weight: 600; }
tr.cell th { font-weight: 400; color: var(--soft); }
tbody th { font-weight: 500; text-align: left; }
tr.reference td, tr.reference th { color: var(--soft); font-style: italic; font-weight: 400; }
.facts th { text-align: left; color: var(--soft); font-weight: 500; vertical-align: top; }
.facts td { text-align: left; white-space: normal; overflow-wrap: anywhere; }
.swatch { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin-right: .4em; }
.run-0 { background: var(--run-0); } .run-1 { background: var(--run-1); }
.run-2 { background: var(--run-2); } .run-3 { background: var(--run-3); }
figure { margin: 0; }
figure { overflow-x: auto; }
figure svg { width: 100%; min-width: 40rem; height: auto; max-width: 60rem; }
.bar-0 { fill: var(--run-0); } .bar-1 { fill: var(--run-1); } .bar-2 { fill: var(--run-2); } .bar-3 { fill: var(--run-3); }
.filters { display: flex; flex-wrap: wrap; gap: .6rem 1rem; align-items: end; margin: .75rem 0; }
.filters label { display: grid; gap: .15rem; font-size: .8rem; color: var(--soft); }
.filters select, .filters input { font: inherit; font-size: .9rem; padding: .3rem .45rem; color: var(--ink);
  border: 1px solid #b9c2cc; border-radius: 6px; background: #fff; }
.filters input { width: 18rem; max-width: 100%; }
details.sample { border-top: 1px solid var(--line); content-visibility: auto; contain-intrinsic-size: auto 3rem; }
details.sample[hidden] { display: none; }
details.sample > summary { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: .2rem 1rem;
  padding: .55rem .25rem; cursor: pointer; list-style-position: inside; }
details.sample > summary:hover { background: var(--wash); }
summary .question { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
details[open] > summary .question { white-space: normal; }
summary .results { display: flex; gap: .4rem; align-items: start; }
summary .about { grid-column: 1 / -1; color: var(--soft); font-size: .8rem; }
.chip { padding: .05rem .5rem; border-radius: 999px; font-size: .8rem; border: 1px solid currentColor; white-space: nowrap; }
.chip.right { color: var(--right); } .chip.wrong, .chip.error { color: var(--wrong); }
.chip.unparsed, .chip.unscored { color: var(--soft); }
.inside { padding: .25rem .25rem 1.25rem 1.1rem; }
.answers { display: grid; gap: 1rem 2rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); }
.answers > section { min-width: 0; }
ol.evidence { margin: .3rem 0; padding: 0; list-style: none; font-size: .875rem; }
ol.evidence li { padding: .15rem 0 .15rem 2.4rem; text-indent: -2.4rem; overflow-wrap: anywhere; }
ol.evidence b { display: inline-block; width: 2rem; text-indent: 0; text-align: right; margin-right: .4rem;
  color: var(--soft); font-weight: 500; }
.picture { max-width: 100%; border: 1px solid var(--line); border-radius: 6px; margin: .4rem 0; background: #fff; }
.turn { margin: .5rem 0; }
.turn > .who { font-size: .75rem; font-weight: 600; letter-spacing: .02em; color: var(--soft); }
.turn.model pre { background: #eef4fb; }
details.transcript > summary { cursor: pointer; font-weight: 600; margin-top: .8rem; }
#none { padding: 1rem 0; color: var(--soft); }
@media (max-width: 40rem) {
  details.sample > summary { grid-template-columns: minmax(0, 1fr); }
  summary .results { flex-wrap: wrap; }
}
@media print {
  body { max-width: none; padding: 0; font-size: 11px; }
  .filters, details.transcript { display: none; }
  details.sample { break-inside: avoid; content-visibility: visible; }
  h2 { break-after: avoid; }
}
`;
