/**
 * The page's only script: filters the samples. It reads data attributes and sets `hidden`; it never builds
 * markup, so nothing that a model wrote can become part of the page's code.
 */
export const script = `
'use strict';
const samples = [...document.querySelectorAll('details.sample')];
const filters = [...document.querySelectorAll('.filters select')];
const search = document.getElementById('search');
const shown = document.getElementById('shown');
const none = document.getElementById('none');
function apply() {
  const words = search.value.trim().toLowerCase().split(/\\s+/).filter(Boolean);
  let count = 0;
  for (const sample of samples) {
    const kept = filters.every((filter) => !filter.value || (' ' + sample.dataset[filter.name] + ' ').includes(' ' + filter.value + ' '))
      && (words.length === 0 || words.every((word) => sample.querySelector('summary').textContent.toLowerCase().includes(word)));
    sample.hidden = !kept;
    if (kept) count += 1;
  }
  shown.textContent = count + ' of ' + samples.length;
  none.hidden = count > 0;
}
for (const field of [...filters, search]) field.addEventListener('input', apply);
apply();
`;
