// The channels of a latent: seen, scaled, made noisy, rounded, left out, and decoded again at once.

import { call } from './api.js';
import { h, problem, say, select } from './dom.js';

/** Fills a place with the channels of a picture's latent, and another with what they decode to. */
export async function channelEditor(place, result, file, autoencoder) {
  const name = encodeURIComponent(autoencoder);
  const response = await call(`v1/encode?autoencoder=${name}`, { method: 'POST', body: file, headers: { Accept: 'tensor/binary', 'Content-Type': 'image/png' } });
  const [, channels, height, width] = JSON.parse(response.headers.get('shape')), values = new Float32Array(await response.arrayBuffer());
  const plane = height * width, deviation = Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length) || 1;
  const dropped = new Set(), output = h('img', { class: 'picture', alt: 'The picture decoded from the changed latent' });
  const scale = slider('Scale', 0, 2, 1, .01), noise = slider('Noise', 0, 1, 0, .01);
  const bits = select('Rounded to', [['0', 'as it is'], ['8', '8 bits'], ['6', '6 bits'], ['4', '4 bits'], ['3', '3 bits'], ['2', '2 bits'], ['1', '1 bit']], later);
  const which = select('Channel', [['-1', 'all'], ...Array.from({ length: channels }, (_, c) => [String(c), `${c + 1}`])], later);
  const sheet = h('div', { class: 'channels' }, Array.from({ length: channels }, (_, c) => channel(c)));
  place.replaceChildren(h('h2', {}, 'The latent'), h('p', { class: 'hint' }, 'A click on a channel leaves it out. What is changed is decoded at once.'),
    sheet, h('div', { class: 'fields' }, which.element, bits.element), scale.element, noise.element,
    h('div', { class: 'row' }, h('button', { type: 'button', onclick: reset }, 'As it was')));
  result.append(output);

  function channel(c) {
    const canvas = h('canvas', { width, height }), draw = canvas.getContext('2d'), picture = draw.createImageData(width, height);
    for (let i = 0; i < plane; i++) {
      const v = 127.5 + 60 * values[c * plane + i] / deviation;
      picture.data.set([v, v, v, 255], i * 4);
    }
    draw.putImageData(picture, 0, 0);
    const button = h('button', { type: 'button', 'aria-pressed': 'false', 'aria-label': `Leave channel ${c + 1} out`, onclick: () => {
      if (!dropped.delete(c)) dropped.add(c);
      mark(button, c);
      later();
    } }, canvas, String(c + 1));
    return button;
  }

  function mark(button, c) {
    button.classList.toggle('dropped', dropped.has(c));
    button.setAttribute('aria-pressed', String(dropped.has(c)));
  }

  function slider(label, min, max, value, step) {
    const shown = h('output', {}, String(value));
    const input = h('input', { type: 'range', min, max, step, value, oninput: () => { shown.textContent = input.value; later(); } });
    return { element: h('label', {}, `${label} `, shown, input), input, set: v => { input.value = v; shown.textContent = String(v); } };
  }

  function reset() {
    dropped.clear();
    [...sheet.children].forEach(mark);
    scale.set(1);
    noise.set(0);
    bits.list.value = '0';
    which.list.value = '-1';
    later();
  }

  function changed() {
    const result = values.slice(), only = Number(which.list.value), steps = Number(bits.list.value) ? 2 ** Number(bits.list.value) - 1 : 0;
    for (let c = 0; c < channels; c++) {
      const part = result.subarray(c * plane, (c + 1) * plane);
      if (dropped.has(c)) { part.fill(0); continue; }
      if (only >= 0 && only !== c) continue;
      for (let i = 0; i < plane; i++) {
        let v = part[i] * scale.input.value;
        if (noise.input.value > 0) v += noise.input.value * deviation * Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
        // The range of four deviations either way holds nearly all values.
        if (steps) v = (Math.round((Math.min(1, Math.max(-1, v / (4 * deviation))) + 1) / 2 * steps) / steps * 2 - 1) * 4 * deviation;
        part[i] = v;
      }
    }
    return result;
  }

  let timer = 0, running = null;
  function later() {
    clearTimeout(timer);
    timer = setTimeout(decode, 200);
  }

  async function decode() {
    running?.abort();
    running = new AbortController();
    say('Decoding ...');
    try {
      const answer = await call(`v1/decode?format=png&autoencoder=${name}&shape=1&shape=${channels}&shape=${height}&shape=${width}&dtype=float32`,
        { method: 'POST', body: changed(), headers: { 'Content-Type': 'tensor/binary' }, signal: running.signal });
      const url = URL.createObjectURL(await answer.blob());
      URL.revokeObjectURL(output.src);
      output.src = url;
      say();
    } catch (error) {
      if (error.name === 'AbortError') return;
      say();
      result.append(problem(error));
    }
  }

  await decode();
}
