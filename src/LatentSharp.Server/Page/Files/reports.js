// Reports: an autoencoder measured on pictures; what is under way and what is done.

import { call, json } from './api.js';
import { busy, drop, h, select } from './dom.js';
import { showJob } from './job.js';

export function reports() {
  const outcome = h('div', { 'aria-live': 'polite' }, h('p', { class: 'card job soft' }, 'The report appears here.')), list = h('div', { class: 'scroll' });
  const ae = select('Autoencoder', []), thorough = h('input', { type: 'checkbox' });
  let pictures = [];
  const go = h('button', { type: 'button', class: 'main', disabled: true, onclick: run }, 'Make a report'), state = h('p', { class: 'hint' }, 'No pictures yet.');
  json('v1/autoencoders').then(all => ae.list.append(...all.autoencoders.filter(a => !a.problem).map(a => h('option', { value: a.name, selected: a.default }, a.name)))).catch(() => {});

  async function run() {
    go.disabled = true;
    await busy('', outcome, async () => {
      const form = new FormData();
      form.append('autoencoder', ae.list.value);
      form.append('experiments', String(thorough.checked));
      for (const p of pictures) form.append('pictures', p, p.name);
      await showJob(await (await call('v1/report', { method: 'POST', body: form })).json(), outcome);
    });
    go.disabled = false;
    refresh();
  }

  async function refresh() {
    const { jobs } = await json('v1/jobs').catch(() => ({ jobs: [] }));
    list.replaceChildren(jobs.length === 0 ? h('p', { class: 'hint' }, 'Nothing has been asked for yet.')
      : h('table', { class: 'stack' }, h('thead', {}, h('tr', {}, ['What', 'State', 'Asked for', 'Actions'].map(t => h('th', { scope: 'col' }, t)))), h('tbody', {}, jobs.map(j =>
        h('tr', {}, h('td', {}, j.kind), h('td', {}, j.status), h('td', {}, new Date(j.created).toLocaleTimeString()),
          h('td', {}, h('button', { type: 'button', onclick: () => showJob(j, outcome).then(refresh) }, 'Show')))))));
  }

  refresh();
  return h('div', {}, h('h1', {}, 'Reports'), h('p', { class: 'soft' }, 'How good an autoencoder is on your pictures, in figures and on a page to read.'),
    h('div', { class: 'drop-row' }, drop({ title: 'Drop pictures here', hint: 'ten to a hundred of the kind that matters to you', accept: 'image/*', multiple: true, take: files => {
      pictures = files;
      state.textContent = `${files.length} ${files.length === 1 ? 'picture' : 'pictures'} chosen.`;
      go.disabled = false;
    } })), state,
    h('div', { class: 'row' }, ae.element, h('label', { class: 'inline' }, thorough, 'with experiments (takes longer)'), go), outcome,
    h('section', { class: 'card' }, h('h2', {}, 'Jobs of this service'), list));
}
