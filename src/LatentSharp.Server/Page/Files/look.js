// Look: a picture goes through an autoencoder and back, and its latent can be changed on the way.

import { json, send } from './api.js';
import { busy, drop, figures, h, number, samplePicture, select } from './dom.js';
import { channelEditor } from './channels.js';
import { compare, fitted } from './pictures.js';

const largestSide = 1024;

export function look() {
  const result = h('div', { 'aria-live': 'polite' }, h('div', { class: 'card empty' }, h('p', {}, 'What an autoencoder keeps of a picture, and what it loses, is shown here.')));
  let chosen = '', last = null;
  const ae = select('Autoencoder', [['', 'the default']], name => { chosen = name; if (last) go(last); });
  json('v1/autoencoders').then(list => ae.list.append(...list.autoencoders.filter(a => !a.problem && a.name !== list.default)
    .map(a => h('option', { value: a.name }, `${a.name} (${a.space})`)))).catch(() => {});

  async function go(file) {
    last = file;
    await busy('Encoding and decoding ...', result, async () => {
      const picture = await fitted(file, largestSide);
      const trip = await (await send(`v1/roundtrip?include=reconstruction,error_map&autoencoder=${encodeURIComponent(chosen)}&name=${encodeURIComponent(file.name)}`,
        picture.file)).json();
      const one = trip.results[0];
      const views = {
        Compare: compare(URL.createObjectURL(picture.file), one.files.reconstruction, ['original', 'decoded']),
        'Error map': h('img', { class: 'picture', src: one.files.error_map, alt: 'Where the decoded picture differs from the original: the brighter, the more' }),
      };
      const stage = h('div', {}, views.Compare);
      const buttons = Object.keys(views).map(name => h('button', { type: 'button', 'aria-pressed': String(name === 'Compare'), onclick: () => {
        stage.replaceChildren(views[name]);
        for (const b of buttons) b.setAttribute('aria-pressed', String(b.textContent === name));
      } }, name));
      const editor = h('section', { class: 'card' }, h('h2', {}, 'The latent'), h('p', { class: 'hint' }, 'Loading its channels ...'));
      const changed = h('section', { class: 'card' }, h('h2', {}, 'Decoded from the changed latent'));
      result.replaceChildren(h('div', { class: 'columns' },
        h('div', {}, h('section', { class: 'card' }, h('div', { class: 'row' }, buttons), stage,
          picture.shrunk ? h('p', { class: 'hint' }, `Made smaller to ${picture.width} × ${picture.height} for this view; the API takes the whole picture.`) : null), changed),
        h('div', {}, h('section', { class: 'card' }, h('h2', {}, 'Figures'), figures([
          ['PSNR', one.psnr === null ? 'unchanged' : `${number(one.psnr)} dB`], ['Colour error ΔE', number(one.delta_e)],
          ['Picture', `${one.picture.width} × ${one.picture.height}`], ['Latent', one.latent.join(' × ')],
          ['Encoding', `${number(one.encode_seconds)} s`], ['Decoding', `${number(one.decode_seconds)} s`],
        ]), h('p', { class: 'hint' }, `${trip.autoencoder.name}: ${trip.autoencoder.family_title}, latents of ${trip.autoencoder.space_title}. A ΔE below 1 is hard to see.`)), editor)));
      await channelEditor(editor, changed, picture.file, chosen);
    });
  }

  return h('div', {}, h('h1', {}, 'Look'), h('p', { class: 'soft' }, 'Drop a picture: it is encoded, decoded, and laid over itself.'),
    h('div', { class: 'drop-row' }, drop({ title: 'Drop a picture here', hint: 'or choose one: PNG, JPEG, WebP, TIFF, AVIF, GIF', accept: 'image/*', take: files => go(files[0]) })),
    h('div', { class: 'row' }, ae.element, h('button', { type: 'button', onclick: async () => go(await samplePicture()) }, 'Use a sample picture')), result);
}
