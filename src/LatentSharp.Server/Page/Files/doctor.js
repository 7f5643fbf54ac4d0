// Doctor: a file that looks wrong is looked at; an autoencoder is held against a model.

import { call, json, send } from './api.js';
import { busy, drop, figures, h, reveal, select } from './dom.js';
import { marked } from './pictures.js';

export function doctor() {
  const result = h('div', { 'aria-live': 'polite' });
  const ae = select('Autoencoder', []), model = h('input', { type: 'text', list: 'models', placeholder: 'flux1-dev', autocomplete: 'off' });
  json('v1/autoencoders').then(list => ae.list.append(...list.autoencoders.map(a => h('option', { value: a.name }, a.name)))).catch(() => {});

  async function look(file) {
    await busy('Looking at it ...', result, async () => {
      const facts = await (await send(`v1/inspect?name=${encodeURIComponent(file.name)}`, file)).json();
      const card = h('section', { class: 'card' }, h('h2', {}, file.name), figures(known(facts)), facts.finding ? h('p', { class: 'clear' }, facts.finding) : null,
        facts.remedy ? h('p', {}, facts.remedy.text) : null, (facts.notes ?? []).map(n => h('p', { class: 'hint' }, n)));
      result.replaceChildren(card);
      reveal(result);
      if (facts.kind !== 'picture' && facts.kind !== 'latent') return;
      const form = new FormData();
      form.append(facts.kind, file, file.name);
      const diagnosis = await (await call('v1/diagnose', { method: 'POST', body: form })).json();
      const places = diagnosis.findings.flatMap(f => f.places);
      const bitmap = facts.kind === 'picture' ? await createImageBitmap(file).catch(() => null) : null;
      result.replaceChildren(h('div', { class: 'columns' }, h('div', {}, bitmap ? h('section', { class: 'card' }, marked(URL.createObjectURL(file), bitmap.width, bitmap.height, places)) : null, card),
        h('section', { class: 'card' }, h('h2', {}, 'Diagnosis'), h('p', {}, diagnosis.headline), diagnosis.findings.map(finding),
          diagnosis.cannot_tell.map(t => h('p', { class: 'hint' }, t)))));
    });
  }

  const check = event => {
    event.preventDefault();
    return busy('Checking ...', result, async () => {
      const found = await json(`v1/check?autoencoder=${encodeURIComponent(ae.list.value)}&model=${encodeURIComponent(model.value)}`, { method: 'POST' });
      result.replaceChildren(h('section', { class: 'card' }, h('h2', {}, `${ae.list.value} and ${model.value}`), h('p', { class: found.compatible ? 'good' : 'severe' }, found.compatible ? 'They belong together.' : 'They do not belong together.'),
        found.findings.map(f => h('p', {}, f.text)), found.advice ? h('p', {}, found.advice) : null));
      reveal(result);
    });
  };

  return h('div', {}, h('h1', {}, 'Doctor'), h('p', { class: 'soft' }, 'Drop what looks wrong: a picture, a latent, or a weight file.'),
    h('div', { class: 'drop-row' }, drop({ title: 'Drop a file here', hint: 'it is looked at and forgotten', take: files => look(files[0]) })),
    h('form', { class: 'card', onsubmit: check }, h('h2', {}, 'Does an autoencoder fit a model?'),
      h('div', { class: 'row' }, ae.element, h('label', {}, 'Model ', model), h('button', { class: 'main' }, 'Check')),
      h('datalist', { id: 'models' }, ['flux1-dev', 'flux1-schnell', 'sdxl', 'sd15', 'sd3.5-large', 'flux2-dev', 'qwen-image', 'wan2.1'].map(m => h('option', { value: m })))), result);
}

function finding(f) {
  return h('div', { class: `finding ${f.severity}` }, h('h3', {}, f.kind, ' ', h('span', { class: `badge ${f.severity}` }, f.severity)),
    h('p', {}, f.evidence), h('p', {}, f.next), h('p', { class: 'hint' }, `${Math.round(100 * f.confidence)} % sure; it comes from: ${f.origin}`));
}

const known = f => [['What it is', f.kind], ['Format', f.format], ['Family', f.family_title ?? f.family], ['Latent space', f.space_title ?? f.space],
  ['Shape', f.shape?.join(' × ')], ['Picture', f.picture ? `${f.picture.width} × ${f.picture.height}` : f.width ? `${f.width} × ${f.height}` : null],
  ['Numbers', f.element_type], ['Bytes', f.bytes?.toLocaleString('en')]];
