// Generate: pictures from a prompt, or from a picture of which a part is painted over.

import { call, json, post } from './api.js';
import { busy, drop, h, select } from './dom.js';
import { showJob } from './job.js';
import { maskPainter } from './mask.js';
import { base64 } from './pictures.js';

export function generate() {
  const place = h('div', {}), outcome = h('div', { 'aria-live': 'polite' }), seen = h('div', {}), history = h('ul', { class: 'history' });
  const made = h('section', { hidden: true }, h('h2', {}, 'Made here'), history);
  let painter = null, init = null;
  const prompt = h('textarea', { id: 'prompt', placeholder: 'a lighthouse at dusk', required: true });
  const fields = { width: field('Width', '', 16, 8192, 16), height: field('Height', '', 16, 8192, 16), steps: field('Steps', '', 1, 1000, 1), seed: field('Seed', '', 0, 2 ** 53, 1) };
  const sampler = select('Sampler', [['', 'standard']]), strength = field('Changed by', .75, .01, 1, .01);
  const painting = h('div', {});
  json('sdapi/v1/sd-models').then(models => place.replaceChildren(models.length ? form() : h('div', { class: 'card empty' }, h('div', {},
    h('p', {}, 'This service has no model that makes pictures.'), h('p', { class: 'hint' }, 'An operator names one: ', h('code', {}, 'latent serve --model NAME'), '; ',
      h('code', {}, 'latent models'), ' shows what is on the machine.'))))).catch(() => {});

  function field(label, value, min, max, step) {
    const input = h('input', { type: 'number', value, min, max, step, placeholder: label === 'Seed' ? 'any' : 'its own' });
    return { element: h('label', {}, label + ' ', input), get value() { return input.value === '' ? undefined : Number(input.value); }, set value(v) { input.value = v; } };
  }

  function form() {
    json('sdapi/v1/samplers').then(all => sampler.list.append(...all.map(s => h('option', { value: s.name }, s.name)))).catch(() => {});
    return h('form', { class: 'card', onsubmit: run }, h('label', { htmlFor: 'prompt' }, 'What is to be seen'), prompt,
      h('div', { class: 'fields' }, fields.width.element, fields.height.element, fields.steps.element, fields.seed.element, sampler.element, strength.element),
      h('div', { class: 'row' }, h('button', { class: 'main' }, 'Make it')),
      h('details', {}, h('summary', {}, 'From a picture'), drop({ title: 'Drop a picture here', hint: 'paint over what is to be made anew', accept: 'image/*', take: async files => {
        await busy('', painting, async () => {
          painter = await maskPainter(files[0]);
          init = files[0];
          painting.replaceChildren(painter.element);
        });
      } }), painting));
  }

  async function run(event) {
    event.preventDefault();
    await busy('', outcome, async () => {
      const order = { prompt: prompt.value, width: fields.width.value, height: fields.height.value, steps: fields.steps.value, seed: fields.seed.value, sampler: sampler.list.value };
      const request = { ...order };
      if (init) {
        Object.assign(request, { init: await base64(init), strength: strength.value });
        const mask = await painter.mask();
        if (mask) request.mask = await base64(mask);
      }
      const image = h('img', { class: 'picture', alt: 'The picture on its way', width: order.width, height: order.height });
      seen.replaceChildren(h('section', { class: 'card' }, image));
      const job = await showJob(await post('v1/generate', request), outcome, { preview: url => { image.src = url; } });
      if (job.status !== 'done') return;
      made.hidden = false;
      for (const picture of job.result.pictures) {
        const url = URL.createObjectURL(await (await call(`v1/jobs/${job.id}/files/${picture.file}`)).blob());
        Object.assign(image, { src: url, alt: order.prompt });
        history.prepend(h('li', {}, h('img', { class: 'picture', src: url, alt: order.prompt }),
          h('a', { href: url, download: `latent-${picture.seed}.png` }, `seed ${picture.seed}`), ' ',
          h('button', { type: 'button', onclick: () => { prompt.value = order.prompt; fields.seed.value = picture.seed; fields.steps.value = order.steps ?? ''; } }, 'Again')));
      }
    });
  }

  return h('div', {}, h('h1', {}, 'Generate'), h('p', { class: 'soft' }, 'Each picture says within itself how it was made.'),
    h('div', { class: 'columns' }, place, h('div', {}, outcome, seen)), made);
}
