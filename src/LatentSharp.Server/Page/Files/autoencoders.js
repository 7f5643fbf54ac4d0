// Autoencoders: what is on this machine, what each is, which is the default; several compared on the same pictures.

import { call, json, post } from './api.js';
import { busy, drop, figures, h, reveal } from './dom.js';
import { showJob } from './job.js';

export function autoencoders() {
  const table = h('div', { class: 'scroll' }), outcome = h('div', { 'aria-live': 'polite' }), rest = h('div', { hidden: true });
  const chosen = new Set();
  let pictures = [];
  const go = h('button', { type: 'button', class: 'main', disabled: true, onclick: run }, 'Compare'), state = h('p', { class: 'hint' });
  ready();

  async function refresh() {
    await busy('', table, async () => {
      const list = await json('v1/autoencoders');
      table.replaceChildren(h('table', { class: 'stack' }, h('thead', {}, h('tr', {}, ['Compare', 'Name', 'Family', 'Latent space', 'Actions'].map(t => h('th', { scope: 'col' }, t)))),
        h('tbody', {}, list.autoencoders.map(a => h('tr', {},
          h('td', {}, h('input', { type: 'checkbox', disabled: Boolean(a.problem), checked: chosen.has(a.name), 'aria-label': `Compare ${a.name}`, onchange: e => {
            if (e.target.checked) chosen.add(a.name); else chosen.delete(a.name);
            ready();
          } })),
          h('td', {}, a.name, a.default ? h('span', {}, ' ', h('span', { class: 'badge good' }, 'default')) : null),
          h('td', { 'data-label': 'family' }, a.problem ? h('span', { class: 'error' }, a.problem) : a.family), h('td', { 'data-label': 'latents' }, a.space ?? ''),
          h('td', {}, h('div', { class: 'row' }, h('button', { type: 'button', onclick: () => show(a.name) }, 'What is it?'),
            a.default || a.problem ? null : h('button', { type: 'button', onclick: () => make(a.name) }, 'Make default'))))))));
    });
  }

  const make = name => busy('', outcome, async () => { await post('v1/autoencoders/default', { name }, 'PUT'); await refresh(); });

  const show = name => busy('Reading ...', outcome, async () => {
    const facts = await json(`v1/autoencoders/${encodeURIComponent(name)}`);
    outcome.replaceChildren(h('section', { class: 'card' }, h('h2', {}, name), figures([
      ['Family', facts.family_title ?? facts.family], ['Latent space', facts.space_title ?? facts.space], ['Format', facts.format], ['Numbers', facts.element_type],
      ['Parameters', facts.parameters?.toLocaleString('en')], ['Bytes', facts.bytes?.toLocaleString('en')], ['SHA-256', facts.sha256],
    ]), (facts.notes ?? []).map(n => h('p', { class: 'hint' }, n))));
    reveal(outcome);
  });

  function ready() {
    go.disabled = chosen.size < 2 || pictures.length === 0;
    state.textContent = `${chosen.size} autoencoders and ${pictures.length} pictures chosen; two and one are needed at least.`;
  }

  async function run() {
    await busy('', outcome, async () => {
      const form = new FormData();
      form.append('autoencoders', [...chosen].join(','));
      for (const p of pictures) form.append('pictures', p, p.name);
      const job = await (await call('v1/compare', { method: 'POST', body: form })).json();
      const shown = showJob(job, outcome);
      reveal(outcome);
      await shown;
    });
  }

  rest.append(h('section', { class: 'card' }, h('h2', {}, 'Compare on your pictures'), state,
    h('div', { class: 'drop-row' }, drop({ title: 'Drop pictures here', hint: 'each autoencoder measured on all of them, and crossed where latents fit', accept: 'image/*', multiple: true,
      take: files => { pictures = files; ready(); } })), go), outcome);
  // Shown as a whole, so that the table pushes nothing away.
  refresh().finally(() => { rest.hidden = false; });
  return h('div', {}, h('h1', {}, 'Autoencoders'), h('p', { class: 'soft' }, 'What is on this machine. Another one is made known with ', h('code', {}, 'latent ae add FILE'), '.'),
    h('section', { class: 'card' }, table), rest);
}
